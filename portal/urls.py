"""Every address of the portal."""

from allauth.account import views as accounts
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

import cases.admin  # noqa: F401 - its section of the desk
from districts.admin import desk
from notifications import admin as delivery_log  # noqa: F401 - a section of the desk, which knows no floor above its own
from portal.views import (
    case,
    delivery,
    directions,
    entrance,
    events,
    files,
    gateway,
    health,
    home,
    letters,
    offline,
    pages,
    phone,
    preview,
    proof,
    readiness,
    receipts,
    ringing,
    shift,
    suggestions,
    tap,
    telephones,
    tray,
    wall,
)
from portal.views.acts import ACTS


class ReferenceConverter(StringConverter):
    """A case's reference. What cannot be one is not looked for, and is answered like one that is not there."""

    regex = r"[A-Z]{2,4}-[0-9]{4}-[0-9]{4}"


register_converter(ReferenceConverter, "reference")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("console", pages.console, name="console"),
    path("inbox", pages.inbox, name="inbox"),
    path("register", pages.register, name="register"),
    path("units", pages.units, name="units"),
    path("cases/<reference:reference>", case.page, name="case"),
    *(path(f"cases/<reference:reference>/{verb}", case.act, {"verb": verb}, name=f"case-{verb}") for verb in ACTS),
    path("cases/<reference:reference>/suggestions", suggestions.suggestions, name="case_suggestions"),
    path("cases/<reference:reference>/sheet/<slug:unit>.pdf", letters.sheet, name="case_sheet"),
    path("cases/<reference:reference>/requests/<int:number>.pdf", letters.inquiry, name="case_request"),
    path("cases/<reference:reference>/way", directions.way, name="case_way"),
    path("cases/<reference:reference>/proof", proof.page, name="case_proof"),
    path("cases/<reference:reference>/preview", preview.preview, name="case_preview"),
    path("cases/<reference:reference>/presence", preview.presence, name="case_presence"),
    path("cases/<reference:reference>/files", files.add, name="case_files"),
    path("cases/<reference:reference>/files/<uuid:file_id>", files.download, name="case_file"),
    path("cases/<reference:reference>/files/<uuid:file_id>/picture", files.picture, name="case_picture"),
    path("receipts", receipts.receipts_page, name="receipts"),
    path("receipts/<uuid:receipt_id>", receipts.receipt_page, name="receipt"),
    path("receipts/<uuid:receipt_id>/acknowledge", receipts.acknowledge, name="receipt_acknowledge"),
    path("intake/phone", phone.page, name="intake_phone"),
    path("intake/phone/twins", phone.twins, name="intake_phone_twins"),
    path("tray", tray.mails, name="tray"),
    path("tray/<uuid:mail_id>/open", tray.open_mail, name="tray-open"),
    path("readiness", readiness.board, name="readiness"),
    path("readiness/test", readiness.test, name="readiness_test"),
    path("wall", wall.wall, name="wall"),
    path("ringing", ringing.ringing, name="ringing"),
    path("desk", ringing.desk, name="desk"),
    path("events", events.events, name="events"),
    path("shift", shift.page, name="shift"),
    path("shift/sign", shift.sign, name="shift_sign"),
    path("shift/<uuid:sheet_id>/take", shift.take, name="shift_take"),
    path("shift/diary", shift.diary, name="shift_diary"),
    path("delivery", delivery.page, name="delivery"),
    path("telephones", telephones.telephones, name="telephones"),
    path("language", home.language, name="language"),
    path("offline", offline.page, name="offline"),
    path("signed-in", home.signed_in, name="signed_in"),
    # Signing in, and one's own password and second factor. Nobody signs up, and no address is confirmed by mail.
    path("accounts/login/", entrance.login, name="account_login"),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("accounts/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", accounts.password_change, name="account_change_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", desk.urls),
    path("api/v1/", include("portal.api.v1.urls")),
    path("a/<str:token>", tap.page, name="tap"),
    path("gateway/receipts/<str:token>", gateway.receipt, name="gateway_receipt"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
handler400 = "portal.views.problems.bad_request"
handler403 = "portal.views.problems.forbidden"
handler404 = "portal.views.problems.not_found"
handler500 = "portal.views.problems.broken"

"""The words of messages at the onboarding desk: previewed, counted, versioned, withdrawn, and nobody else's."""

from __future__ import annotations

import pytest
from django.utils import timezone

from districts.actors import CLOCK
from districts.models import Officer, RegisterEntry, State
from districts.onboarding import SEED, post_officer
from districts.reach import reach_of
from notifications.models import Message, Template
from tests.portal.conftest import do

ADD = "/admin/notifications/template/add/"
TEXT = "{reference} {urgency}: {unit} के पास मामला है। {link}"


@pytest.fixture
def words(land) -> dict[str, object]:
    at = timezone.localtime()
    return {
        "state": State.objects.get(code="RJ").pk, "topic": "case_forwarded", "channel": "sms", "language": "hi",
        "text": TEXT, "dlt_template_id": "1107161234567890123", "dlt_header": "RJPOLC",
        "valid_from_0": at.strftime("%Y-%m-%d"), "valid_from_1": at.strftime("%H:%M:%S"),
    }  # fmt: skip


def test_words_are_added_previewed_counted_and_sent(words, desk, post):
    admin = desk("admin")
    assert admin.post(ADD, words).status_code == 302
    row = Template.objects.get()
    assert (row.version, row.text, row.dlt_header) == (1, TEXT, "RJPOLC")
    shown = admin.get(f"/admin/notifications/template/{row.pk}/change/").content.decode()
    assert "RJ-4829-1736 अति आवश्यक: झुंझुनूं के पास मामला है।" in shown
    assert "SMS of 67" in shown
    assert RegisterEntry.objects.filter(act="template_added", actor="officer:admin").exists()

    case = post()
    do(desk("op1"), case, "claim")
    assert do(desk("op1"), case, "forward", unit="RJ-NORTH", role="lead").status_code == 200
    with reach_of(CLOCK):
        sent = Message.objects.get(about_id=case.pk, topic="case_forwarded", channel="sms")
    assert (sent.wording_id, sent.template_id, sent.header) == (row.pk, "1107161234567890123", "RJPOLC")
    assert "के पास मामला है" in sent.text


@pytest.mark.parametrize("text", ["{reference} 9829012345", "{reference} {name}", "{reference} http://x", ""])
def test_what_must_not_leave_is_refused_beside_the_fields(words, desk, text):
    assert desk("admin").post(ADD, words | {"text": text}).status_code == 200
    assert not Template.objects.exists()


def test_a_change_is_another_version_and_a_withdrawal_ends_them_all(words, desk):
    admin = desk("admin")
    admin.post(ADD, words)
    first = Template.objects.get()
    page = f"/admin/notifications/template/{first.pk}"
    assert admin.post(f"{page}/change/", words | {"text": f"{TEXT} नया"}).status_code == 302
    first.refresh_from_db()
    assert first.text == TEXT
    assert sorted(Template.objects.values_list("version", flat=True)) == [1, 2]
    assert admin.post(f"{page}/withdraw/").status_code in {200, 302}
    assert not Template.objects.filter(valid_to=None).exists()


def test_a_form_begins_from_the_houses_own_words(words, desk):
    shown = desk("admin").get(f"{ADD}?topic=deadline_missed&channel=voice&language=hi").content.decode()
    assert "यह पुलिस राज्य प्रकोष्ठ का संदेश है।" in shown


def test_nobody_else_sees_or_writes_them(words, desk):
    desk("admin").post(ADD, words)
    row = Template.objects.get()
    stranger = Officer.objects.get(username="nobody")
    unit = State.objects.get(code="UP").units.get(code="UP-CELL")
    post_officer(stranger, unit=unit, role="administrator", by=SEED, at=timezone.now(), valid_from=timezone.now())
    abroad = desk("nobody")
    assert abroad.get(f"/admin/notifications/template/{row.pk}/change/").status_code == 302
    assert TEXT not in abroad.get("/admin/notifications/template/").content.decode()
    assert abroad.post(ADD, words | {"text": f"{TEXT} x"}).status_code == 200
    for who in ("op1", "north", "reviewer"):
        assert desk(who).get("/admin/notifications/template/").status_code in {302, 403}
        assert desk(who).post(ADD, words).status_code in {302, 403}
    assert Template.objects.count() == 1

"""
Every sentence the portal can say, read from its templates and sources, and the Hindi for it.

``python -m tests.browser.words`` brings ``portal/locale/hi`` up to date: new sentences are added without Hindi, those
that nobody says any more are removed, and the compiled catalogue is written. ``msgfmt`` is not needed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib

from tests.browser import libraries

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portal", "cases", "districts", "notifications")
CATALOGUE = ROOT / "portal" / "locale" / "hi" / "LC_MESSAGES" / "django.po"
SIMPLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
#: Pages of allauth that officers see as they are; we give them our frame and their Hindi.
ALLAUTH = (
    "mfa/index.html", "mfa/totp/activate_form.html", "mfa/totp/deactivate_form.html", "mfa/recovery_codes/index.html",
    "mfa/recovery_codes/generate.html", "mfa/reauthenticate.html", "account/reauthenticate.html",
    "account/base_reauthenticate.html", "account/logout.html", "account/account_inactive.html",
    "account/password_change.html", "account/messages/password_changed.txt",
    "mfa/messages/totp_activated.txt", "mfa/messages/totp_deactivated.txt",
    "mfa/messages/recovery_codes_generated.txt", "account/messages/logged_out.txt",
)  # fmt: skip
_CALL = re.compile(
    r"\b(?P<name>n?p?gettext(?:_lazy)?|_)\(\s*u?(?P<one>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
    r"(?:\s*,\s*u?(?P<two>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"))?"
)


class Saying(NamedTuple):
    """One sentence as the source has it."""

    context: str | None
    text: str
    plural: str | None


def sayings() -> dict[Saying, list[str]]:
    """Return every sentence with the files that say it."""
    found: dict[Saying, list[str]] = {}
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        reader = _in_python if path.suffix == ".py" else _in_template
        for saying in reader(path.read_text(encoding="utf-8"), name):
            found.setdefault(saying, []).append(name)
    for saying, name in (*_from_allauth(), *libraries.missing(_in_python, _in_template)):
        found.setdefault(saying, []).append(name)
    return {saying: sorted(set(places)) for saying, places in sorted(found.items(), key=lambda item: item[1][0])}


def _files() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and not {"migrations", "static", "locale"} & set(path.parts):
                yield path


def _in_python(source: str, _name: str) -> Iterator[Saying]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in SIMPLE and texts:
            yield Saying(None, texts[0], None)
        elif name in PLURAL and len(texts) > 1:
            yield Saying(None, texts[0], texts[1])
        elif name in CONTEXT and len(texts) > 1:
            yield Saying(texts[0], texts[1], None)


def _in_template(source: str, name: str) -> Iterator[Saying]:
    from django.utils.translation.template import templatize

    for call in _CALL.finditer(templatize(source, origin=name)):
        one = ast.literal_eval(call["one"])
        two = ast.literal_eval(call["two"]) if call["two"] else None
        if call["name"] == "pgettext" and two:
            yield Saying(one, two, None)
        elif call["name"] == "ngettext" and two:
            yield Saying(None, one, two)
        elif one.strip():
            yield Saying(None, one, None)


def _from_allauth() -> Iterator[tuple[Saying, str]]:
    import allauth
    from allauth.account.adapter import DefaultAccountAdapter
    from allauth.account.forms import ChangePasswordForm, LoginForm
    from allauth.mfa.adapter import DefaultMFAAdapter
    from allauth.mfa.base.forms import AuthenticateForm
    from allauth.mfa.totp.forms import ActivateTOTPForm
    from django.utils.translation import override

    templates = Path(allauth.__file__).parent / "templates"
    for name in ALLAUTH:
        for saying in _in_template((templates / name).read_text(encoding="utf-8"), name):
            yield saying, f"allauth/{name}"
    with override(None, deactivate=True):
        refusals = {
            **{
                key: DefaultAccountAdapter.error_messages[key]
                for key in REFUSALS
                if key in DefaultAccountAdapter.error_messages
            },
            **DefaultMFAAdapter.error_messages,
        }
        labels = [
            *AuthenticateForm.base_fields.values(),
            *ActivateTOTPForm.base_fields.values(),
            *LoginForm.base_fields.values(),
            *ChangePasswordForm.base_fields.values(),
        ]
        for text in [*refusals.values(), *(field.label for field in labels), *ALTERNATIVES]:
            if text:
                yield Saying(None, str(text), None), "allauth"


#: What allauth's door can answer here; it never sends mail and nobody signs up.
REFUSALS = (
    "account_inactive", "username_password_mismatch", "email_password_mismatch", "incorrect_password",
    "too_many_login_attempts", "incorrect_code", "rate_limited",
)  # fmt: skip

#: What stands below a question for a code or a password: the other way.
ALTERNATIVES = ("Use your password", "Use authenticator app or code")


def update() -> tuple[int, int]:
    """Bring the catalogue up to date, compile it, and return how many sentences were added and removed."""
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=118)
    known = {Saying(entry.msgctxt, entry.msgid, entry.msgid_plural or None): entry for entry in catalogue}
    said = sayings()
    fresh = polib.POFile(wrapwidth=118)
    fresh.metadata = catalogue.metadata
    fresh.header = catalogue.header
    for saying, places in said.items():
        old = known.get(saying)
        entry = polib.POEntry(
            msgctxt=saying.context,
            msgid=saying.text,
            msgid_plural=saying.plural or "",
            occurrences=[(place, "") for place in places],
            flags=["python-format"] if re.search(r"%\(\w+\)[sd]", saying.text) else [],
        )
        if saying.plural:
            entry.msgstr_plural = old.msgstr_plural if old else {0: "", 1: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        fresh.append(entry)
    fresh.save(str(CATALOGUE))
    fresh.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    return len(said.keys() - known.keys()), len(known.keys() - said.keys())


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    added, removed = update()
    print(f"{added} added, {removed} removed")  # noqa: T201 - said to whoever runs it

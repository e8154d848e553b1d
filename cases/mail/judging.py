"""Judging: whether a mail is an alert, unreadable, or one for the tray. When in doubt it is an alert."""

from __future__ import annotations

import re
from typing import Any

from cases.models import TrayKind

Letter = dict[str, Any]

#: What somebody writes about who writes to a cell against suicide about somebody.
RISK = re.compile(
    r"\b(?:suicid\w*|self[- ]?(?:harm|injur)\w*|harm(?:ing)? (?:him|her|them|my|your|one)\w*|kill(?:ing)? (?:him|her|them|my)\w*"
    r"|imminent|risk (?:to|of) (?:life|serious|harm|death)|end(?:ing)? (?:his|her|their|my) (?:own )?life|want(?:s|ed)? to die"
    r"|life[- ]threatening|emergency disclosure|danger to life|distress|overdose|hang(?:ing)? (?:him|her|my)\w*|goodbye|farewell"
    r"|welfare check|jump(?:ed|ing)? off|save (?:him|her|them|me)|marna|mar ?jaun?ga|mar ?jaun?gi|khudkushi|aatmahatya|jaan de)\b"
    r"|आत्महत्या|ख़?ुदकुशी|आत्मघात|मरना चाह|मर जा|जान दे|जीने का मन|जान का ख़?तरा|आपात|मौत|अलविदा|फाँसी|फांसी|ज़हर|जहर|बचा लो|बचाओ",
    re.IGNORECASE,
)
#: What is said of the subject and of nobody: a newsletter has it in every line.
SUBJECT_MATTER = re.compile(
    r"\bsuicid\w*[- ]+(?:prevention|awareness|helpline|hotline|policy|policies|research|statistics|data|rates?|month|week|day|cell"
    r"|training|webinar|report|studies|study|figures|cases|numbers)\b|\b(?:prevention|prevent|causes|rates?) (?:of )?suicid\w*"
    r"|आत्महत्या (?:की )?(?:रोकथाम|निवारण|दर|आंकड़े)",
    re.IGNORECASE,
)
UNDELIVERED = re.compile(
    r"undeliver|returned|delivery (?:status|failure|has failed|incomplete)|failure notice|mail delivery|not delivered|could not be sent",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
#: Labels that only a mail about somebody has.
TELLING = frozenset({
    "partner_reference", "handle", "platform_user_id", "display_name", "content_text", "content_url", "ip", "phone",
    "account", "profile_url",
})  # fmt: skip
BULK = frozenset({"bulk", "list", "junk", "auto_reply"})


def kind_of(letter: Letter, *, trusted: bool, known_reference: bool) -> TrayKind | None:
    """
    Return why a mail is for the tray; None for an alert, which is what everything is that one can not be sure of.

    ``trusted`` is a partner whose mail was verified; ``known_reference`` says that an alert of that reference is here.
    """
    signs = letter["signs"]
    tells, tells_anew = tells_of_somebody(letter), bool(TELLING & set(letter["fresh_labelled"]))
    replied = signs["auto_submitted"].startswith(("auto-replied", "auto-notified")) or signs["auto_reply"]
    returned = signs["return_path"] is not None and signs["return_path"].strip() in {"<>", ""}
    if signs["report"] or (signs["multipart_report"] and returned):
        return TrayKind.BOUNCE
    if _is_postmaster(letter) and (returned or UNDELIVERED.search(letter["subject"])) and not tells_anew:
        return TrayKind.BOUNCE
    # What a machine answers quotes what it answers to, and that may well be an alert: only what it says itself counts.
    surely = signs["auto_submitted"].startswith("auto-replied")
    perhaps = (replied or signs["out_of_office"]) and not _at_risk(letter["fresh"], signs)
    if (surely or perhaps) and not tells_anew:
        return TrayKind.AUTO_REPLY
    if known_reference or tells or _at_risk(_said(letter), signs) or not _said(letter).strip():
        return None
    return _harmless(signs, replied=replied, trusted=trusted)


def _at_risk(text: str, signs: dict[str, Any]) -> bool:
    """Tell whether a text speaks of danger; in what goes to many, the name of our subject is none."""
    text = ADDRESS.sub(" ", text)
    return bool(RISK.search(SUBJECT_MATTER.sub(" ", text) if signs["list"] or signs["precedence"] in BULK else text))


def _harmless(signs: dict[str, Any], *, replied: bool, trusted: bool) -> TrayKind | None:
    """Return what a mail is that leads to nobody and speaks of no danger; None where it may yet be meant for us."""
    if replied or signs["out_of_office"] or signs["precedence"] == "auto_reply":
        return TrayKind.AUTO_REPLY
    if signs["list"] or signs["precedence"] in BULK:
        return TrayKind.LIST
    generated = signs["auto_submitted"].startswith("auto-generated")
    return TrayKind.NOTICE if trusted or generated else None


def tells_of_somebody(letter: Letter) -> bool:
    """Tell whether a mail leads to a person: by what stands behind labels, or by enough of what prose says."""
    parsed = letter["parsed"]
    if TELLING & set(letter["labelled"]):
        return True
    found = [parsed[name] for name in ("handle", "platform_user_id", "phones", "content_text", "ip_events")]
    return (
        any(found) or bool(letter["more"]["content_urls"]) or bool(letter["more"]["claimed_age"] and parsed["emails"])
    )


def says_nothing(letter: Letter) -> bool:
    """Tell whether nothing could be read in a mail: no text, and nobody it leads to."""
    letters = {letter_ for letter_ in letter["text"].casefold() if letter_.isalpha()}
    return len(letters) < 2 and not tells_of_somebody(letter)


def _said(letter: Letter) -> str:
    """Return subject and text without addresses: that of the cell itself has the word in it."""
    return ADDRESS.sub(" ", f"{letter['subject']}\n{letter['text']}")


def _is_postmaster(letter: Letter) -> bool:
    local = letter["from"]["address"].partition("@")[0].lower()
    return local in {"mailer-daemon", "postmaster", "mail-daemon", "mdaemon"}

"""Masking: what stands in place of a name, a number or an address for whoever does not hold the case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "•••"
DOTS = "••••••"
#: Anything in a text that somebody could be called, written to or found by.
NUMBER = re.compile(r"\+?\d(?:[\s\-().]?\d){5,}")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PAGE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@])@[\w.]{2,}")
WORD_SHORTEST = 3


def name(value: str, *, minor: bool = False) -> str:
    """Return the first letter of a name; of a minor's, nothing."""
    value = value.strip()
    if not value:
        return ""
    return HIDDEN if minor else f"{_first_letter(value)}{HIDDEN}"


def handle(value: str, *, minor: bool = False) -> str:
    """Return the first two letters of a handle; of a minor's, nothing."""
    value = value.strip().removeprefix("@")
    if not value:
        return ""
    return f"@{HIDDEN}" if minor else f"@{value[: min(2, len(value) // 2)]}{HIDDEN}"


def phone(value: str) -> str:
    """Return the last four digits of a number, so that two of them can be told apart."""
    digits = re.sub(r"\D", "", value)
    return f"{DOTS}{digits[-4:]}" if len(digits) > 6 else (DOTS if value else "")


def email(value: str) -> str:
    """Return an address as its first letter and nothing of its house."""
    return f"{value[0]}{HIDDEN}@{HIDDEN}" if "@" in value and value[0] != "@" else (HIDDEN if value else "")


def anything(value: object) -> str:
    """Return that something is there."""
    return HIDDEN if value else ""


def text(value: str, known: Iterable[str]) -> str:
    """Return a text without the numbers, addresses, handles and names in it."""
    for word in sorted({part for whole in known for part in _parts(whole)}, key=len, reverse=True):
        # A Latin name is a word; a Devanagari one may carry an ending, and half of it would still be read.
        bounded = rf"(?<!\w){re.escape(word)}(?!\w)" if word.isascii() else re.escape(word)
        value = re.sub(bounded, HIDDEN, value, flags=re.IGNORECASE)
    for pattern in (PAGE, ADDRESS, NUMBER, HANDLE):
        value = pattern.sub(HIDDEN, value)
    return value


def parsed(facts: dict[str, Any], *, known: Iterable[str], minor: bool = False) -> dict[str, Any]:
    """Return what was read in an alert, in the same shape, with everything masked that points to the person."""
    return facts | {
        "handle": handle(facts.get("handle") or "", minor=minor) or None,
        "platform_user_id": anything(facts.get("platform_user_id")) or None,
        "display_name": name(facts.get("display_name") or "", minor=minor) or None,
        "phones": [phone(number) for number in facts.get("phones") or []],
        "emails": [email(address) for address in facts.get("emails") or []],
        "ip_events": [event | {"ip": HIDDEN} for event in facts.get("ip_events") or [] if isinstance(event, dict)],
        "content_text": text(facts.get("content_text") or "", known) or None,
        "urls": [anything(url) for url in facts.get("urls") or []],
    }


def _first_letter(value: str) -> str:
    """Return the first letter with the vowel signs that belong to it; half a letter of Devanagari is none."""
    end = 1
    while end < len(value) and ("\u0900" <= value[end] <= "\u0903" or "\u093a" <= value[end] <= "\u094f"):
        end += 1
    return value[:end].rstrip("\u094d")


def _parts(whole: str) -> list[str]:
    whole = whole.strip().removeprefix("@")
    words = [word for word in re.split(r"\s+", whole) if len(word) >= WORD_SHORTEST]
    return [whole, *words] if len(whole) >= WORD_SHORTEST else []

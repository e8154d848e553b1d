"""Values: telephone numbers, addresses, IP addresses and links, as the mail writes them and as the portal keeps them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from cases.mail.reading.moments import HINDI_DIGITS

REGION = "IN"
NOTHING = frozenset({
    "none", "n/a", "na", "nil", "null", "unknown", "not available", "not provided", "not on file", "not known", "no data",
    "not specified", "not applicable", "withheld", "redacted", "empty", "no responsive records located", "no", "absent",
    "not given", "not disclosed", "unavailable", "not shared", "not verified", "tbd", "not found", "nothing",
    "उपलब्ध नहीं", "उपलब्ध नहीं है", "अज्ञात", "नहीं", "कोई नहीं", "पता नहीं", "ज्ञात नहीं", "लागू नहीं", "शून्य", "नहीं है",
})  # fmt: skip
WRAPPING = " \t\"'“”‘’«»<>()[]{}*_`|"
URL = re.compile(r"https?://[^\s<>\"'“”‘’{}|\\^`]+", re.IGNORECASE)
EMAIL = re.compile(r"[A-Za-z0-9._%+*•-]{1,64}@[A-Za-z0-9*-]+(?:\.[A-Za-z0-9*-]+)+")
IP4 = r"(?<![\w.:])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)"
IP6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3}|(?<=::))?(?![\w:])"
IP = re.compile(rf"(?P<four>{IP4})|\[?(?P<six>{IP6})\]?")
PORT = re.compile(
    r"^\s*(?:\]?:|[,(]?\s*(?:source\s+|src\.?\s+)?port\s*[:#=]?|[,(]?\s*पोर्ट\s*:?)\s*(\d{1,5})\b", re.IGNORECASE
)
PHONE = re.compile(r"(?<![\w.@/:-])\+?\(?\d[\d\s().\-–/*xX•]{5,22}[\d*xX•](?![\w@])")
MASKED_PHONE = re.compile(r"\+?\d{0,4}[\s-]?[*xX•]{3,}[\d*xX•\s-]{0,12}\d")
VERIFIED = re.compile(r"\b(?:verified|confirmed)\b|सत्यापित", re.IGNORECASE)
NOT_VERIFIED = re.compile(r"\b(?:un|not[ -])(?:verified|confirmed)|असत्यापित", re.IGNORECASE)
HANDLE = re.compile(r"@?([A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,48}[A-Za-z0-9_])?)")
#: What stands in the address of a post, and not in that of a profile.
POSTED = re.compile(
    r"/(?:p|reel|reels|tv|status|statuses|stories|story|posts?|videos?|watch|live|shorts|photo|photos|permalink|spotlight"
    r"|snap|comment|comments|t|add|clip|clips)(?:[/.?]|$)|[?&](?:v|story_fbid|fbid|post|lc)=",
    re.IGNORECASE,
)


def is_nothing(value: str) -> bool:
    """Tell whether a value says that there is none."""
    plain = " ".join(value.strip(WRAPPING + "-–—.:;/").casefold().split())
    return not plain or plain in NOTHING


def unwrapped(value: str) -> str:
    """Return a value without the quotation marks and brackets around all of it."""
    value = value.strip()
    for opening, closing in (
        ("“", "”"),
        ('"', '"'),
        ("‘", "’"),
        ("'", "'"),
        ("«", "»"),
        ("<", ">"),
        ("[", "]"),
        ("*", "*"),
    ):
        if len(value) > 1 and value.startswith(opening) and value.endswith(closing):
            value = value[1:-1].strip()
    return value


def e164(number: str) -> str:
    """Return a telephone number in E.164 where it can be one, else as it was written."""
    number = number.strip().translate(HINDI_DIGITS)
    try:
        read = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    # A number without its area code is "possible" too, and would become somebody else's.
    if phonenumbers.is_possible_number_with_reason(read) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return number
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def phones_in(value: str) -> list[tuple[str, bool]]:
    """Return the telephone numbers of a value, and for each whether the mail says that it was verified."""
    value = value.translate(HINDI_DIGITS)
    found: list[tuple[str, bool]] = []
    for piece in re.split(r"[;|\n\t]|,(?![^(]*\))| and | or | / ", value):
        # What stands in brackets tells of the number: when it was verified, of which sort it is.
        bare = re.sub(r"\((?=[^)]*[A-Za-z])[^)]*\)?", " ", piece)
        bare = re.split(r"\b(?:cell|mobile|verified|unverified|added|since|on|at|ext)\b", bare, flags=re.IGNORECASE)[0]
        match = PHONE.search(bare) or MASKED_PHONE.search(bare)
        if match is None:
            continue
        number = match.group().strip(" .-–/(")
        if sum(letter.isdigit() for letter in number) < 4 or re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", number):
            continue
        verified = bool(VERIFIED.search(piece)) and not NOT_VERIFIED.search(piece)
        masked = bool(re.search(r"[*xX•]", number))
        found.append((number if masked else e164(number), verified))
    return found


def emails_in(value: str) -> list[tuple[str, bool]]:
    """Return the addresses of a value, masked ones as they stand, and whether each was verified."""
    found = []
    for piece in re.split(r"[;,\s]*\n|[;,] ", value):
        verified = bool(VERIFIED.search(piece)) and not NOT_VERIFIED.search(piece)
        found += [(match.group().rstrip(".-"), verified) for match in EMAIL.finditer(piece)]
    return found


def urls_in(value: str) -> list[str]:
    """Return the links of a value."""
    return [match.group().rstrip(".,;:!?)»।") for match in URL.finditer(value)]


def is_post(url: str) -> bool:
    """Tell whether a link leads to a post, and not to a profile or a front page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    place = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return bool(POSTED.search(place)) and len(place.strip("/")) > 4


def ips_in(value: str) -> list[tuple[dict[str, Any], int, int]]:
    """Return the IP addresses of a value, each with the port that follows it, and where it stands."""
    found = []
    for match in IP.finditer(value[:20_000]):
        try:
            address = ipaddress.ip_address(match.group("four") or match.group("six"))
        except ValueError:
            continue
        if address.is_unspecified:
            continue
        port = PORT.match(value[match.end() : match.end() + 40])
        number = int(port.group(1)) if port else None
        event = {"ip": str(address), "port": number if number and 0 < number < 65536 else None}
        found.append((event, match.start(), match.end()))
    return found


def handle_of(value: str) -> str | None:
    """Return a value as a handle without its @, None where it can not be one."""
    value = unwrapped(value).strip(WRAPPING + ".,;:")
    value = re.sub(r"\s*\((?:[^)]*)\)\s*$", "", value)
    match = HANDLE.fullmatch(value)
    return match.group(1) if match else None

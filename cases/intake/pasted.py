"""Pasted: whatever somebody pastes or types in haste, read as what points to a person: link, number, handle, PIN."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from cases.intake import addresses
from cases.intake.arrival import Pointer
from cases.models import Identifier

REGION = "IN"
#: Nothing longer is read: a pasted book points to nobody.
LONGEST = 20_000
DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
HOUSES = "|".join(re.escape(house) for house in (*addresses.PLATFORMS, *addresses.SAME_HOST))
URL = re.compile(rf"(?:https?://|www\.|(?<![\w.@/-])(?:m\.)?(?:{HOUSES})/)[^\s<>\"'“”]+", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?<![\w@./])@([A-Za-z0-9_][A-Za-z0-9_.-]{1,49})")
BARE_HANDLE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,48}[A-Za-z0-9_])")
# Numbers before PINs, and the long before the short: six digits within a number are no PIN.
ACCOUNT = re.compile(r"(?<![\w+])\d{14,20}(?!\w)")
PHONES = (
    re.compile(r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){7,13}(?!\d)"),
    re.compile(r"(?<![\w+])(?:0|91[ -]?)?\d{5}[ -]?\d{5}(?!\d)"),
    re.compile(r"(?<![\w+])0\d{2,4}[ -]?\d{6,8}(?!\d)"),
    re.compile(r"(?<![\w+])\d{3}[ -]\d{3}[ -]\d{4}(?!\d)"),
)
PIN = re.compile(r"(?<![\w+])([1-9]\d{2})[ ]?(\d{3})(?![\w])")
TRAILING = ".,;:!?)]»।…"


@dataclass(frozen=True, slots=True)
class Clues:
    """What was read, each thing once and in the order it was found."""

    pointers: tuple[Pointer, ...] = ()
    posts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()

    @property
    def platform(self) -> str:
        """The platform that the links name, empty when they name none."""
        pages = (addresses.page_of(address).platform for address in self.of(Identifier.Kind.URL))
        named = (pointer.platform for pointer in self.pointers)
        return next((name for name in (*pages, *named) if name), "")

    def __or__(self, other: Clues) -> Clues:
        """Return both together."""
        return Clues(
            _once([*self.pointers, *other.pointers]),
            tuple(dict.fromkeys([*self.posts, *other.posts])),
            tuple(dict.fromkeys([*self.pins, *other.pins])),
        )

    def of(self, kind: str) -> list[str]:
        """Return the values of one kind of pointer."""
        return [pointer.value for pointer in self.pointers if pointer.kind == kind]

    def without(self, *kinds: str) -> Clues:
        """Return the clues without some kinds of pointers."""
        return Clues(tuple(p for p in self.pointers if p.kind not in kinds), self.posts, self.pins)

    def settled(self) -> Clues:
        """Return the clues with every name and account on the platform that the links name."""
        named, platform = {Identifier.Kind.HANDLE, Identifier.Kind.ACCOUNT}, self.platform
        pointers = [
            Pointer(p.kind, p.value, p.platform or platform, p.verified) if p.kind in named else p
            for p in self.pointers
        ]
        return Clues(_once(pointers), self.posts, self.pins)


def read(text: str, *, words: bool = False) -> Clues:
    """Return what a text points to; where ``words`` is given, a single word on a line of its own is a handle."""
    text = text[:LONGEST].translate(DIGITS)
    clues = Clues()
    for found in URL.findall(text):
        clues |= page(found.rstrip(TRAILING))
    text = URL.sub(" ", text)
    kind = Identifier.Kind
    clues |= Clues(tuple(Pointer(kind.EMAIL, found) for found in EMAIL.findall(text)))
    text = EMAIL.sub(" ", text)
    handles = [found.rstrip(".-") for found in HANDLE.findall(text)]
    if words:
        handles += [line for line in map(str.strip, text.splitlines()) if BARE_HANDLE.fullmatch(line)]
    text = HANDLE.sub(" ", text)
    clues |= Clues(tuple(Pointer(kind.HANDLE, found) for found in handles))
    clues |= Clues(tuple(Pointer(kind.ACCOUNT, found) for found in ACCOUNT.findall(text)))
    text = ACCOUNT.sub(" ", text)
    for pattern in PHONES:
        clues |= Clues(tuple(Pointer(kind.PHONE, e164(found)) for found in pattern.findall(text)))
        text = pattern.sub(" ", text)
    return clues | Clues(pins=tuple(f"{left}{right}" for left, right in PIN.findall(text)))


def page(address: str) -> Clues:
    """Return what a web address points to: the page, whose it is, and the post, if it is one."""
    whole = address if "://" in address else f"https://{address}"
    found, kind = addresses.page_of(whole), Identifier.Kind
    pointers = [Pointer(kind.URL, whole[:500])]
    pointers += [Pointer(kind.HANDLE, found.handle, found.platform)] if found.handle else []
    pointers += [Pointer(kind.ACCOUNT, found.account, found.platform)] if found.account else []
    return Clues(tuple(pointers), (whole,) if found.is_post else ())


def e164(number: str) -> str:
    """Return a telephone number in E.164 where it can be one, else as it was written."""
    number = number.strip().translate(DIGITS)
    try:
        read_as = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    # A number without its area code is "possible" too, and would become somebody else's.
    if phonenumbers.is_possible_number_with_reason(read_as) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return number
    return phonenumbers.format_number(read_as, phonenumbers.PhoneNumberFormat.E164)


def _once(pointers: Iterable[Pointer]) -> tuple[Pointer, ...]:
    """Return each pointer once; a handle whose platform is known later is not kept without it as well."""
    found: dict[tuple[str, str], Pointer] = {}
    for pointer in pointers:
        known = found.get((pointer.kind, pointer.value))
        found[pointer.kind, pointer.value] = pointer if known is None or not known.platform else known
    return tuple(found.values())

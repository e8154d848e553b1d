"""Sections: what of a mail's text was newly written, what was quoted or forwarded, and what is a signature."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr

QUOTED = re.compile(r"^\s{0,3}(?:>\s?)+")
FORWARDED = re.compile(
    r"^\W*(?:-{2,}\s*)?(?:begin forwarded message|forwarded message|original message|forwarded by|original appointment"
    r"|अग्रेषित संदेश|मूल संदेश)\b.{0,80}$",
    re.IGNORECASE,
)
WROTE = re.compile(r"^\s*(?:on\b.{5,200}\bwrote|.{5,200}\bने लिखा)\s*:?\s*$", re.IGNORECASE)
HEADER = re.compile(r"^\W{0,4}(from|sent|date|to|subject|cc|प्रेषक|दिनांक|प्रति|विषय)\W{0,4}:", re.IGNORECASE)
SIGNED = re.compile(r"^\s*(?:--|—|__+)\s*$")
GREETED = re.compile(
    r"^\s*(?:(?:(?:best|kind|warm|warmest|with|many|my|thanks|and|&)\s+){0,4}regards|(?:yours )?(?:sincerely|truly|faithfully)(?: yours)?"
    r"|(?:many )?thanks|thank you|thanking you|thx|cheers|respectfully|cordially|jai hind|sent from my .{2,30}|सादर|सधन्यवाद|धन्यवाद"
    r"|भवदीय|आपका|शुभेच्छु|निवेदक|प्रार्थी|जय हिन्द|जय हिंद)\s*[,.!।]?\s*$",
    re.IGNORECASE,
)
MACHINE = re.compile(r"^\s*(?:received|x-originating-ip|x-[a-z-]+|return-path|message-id|dkim-signature|authentication-results"
                     r"|arc-[a-z-]+|received-spf|delivered-to|mime-version|content-[a-z-]+)\s*:", re.IGNORECASE)  # fmt: skip
LINES = 60_000
#: Nobody writes a label or a value beyond this, nor so many blanks between them.
LINE_LONGEST = 20_000
BLANKS = re.compile(r"[ \t\xa0]{100,}")


@dataclass(slots=True)
class Sections:
    """The lines of one text: ``fresh`` as written by whoever sent it, ``quoted`` what they pass on."""

    fresh: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    #: The senders that quoted mails name.
    senders: list[str] = field(default_factory=list)


def split(text: str, *, names: frozenset[str] = frozenset()) -> Sections:
    """
    Return the sections of a text. A signature ends where a forwarded mail begins.

    ``names`` are those of whoever sent it or a part of it: a line that is one of them signs what stands above it.
    """
    found, signers = Sections(), {name.casefold() for name in names}
    passing_on, signed, machine, heads = False, False, False, 0
    lines = lines_of(text)
    for number, line in enumerate(lines):
        bare = QUOTED.sub("", line)
        depth = line != bare
        if FORWARDED.match(bare) or WROTE.match(bare) or _begins_head(lines, number, bare, passing_on=passing_on):
            passing_on, signed, heads = True, False, 8
        if machine and bare[:1] in {" ", "\t"} and bare.strip():
            continue
        machine = bool(MACHINE.match(bare))
        if machine:
            continue
        if heads and HEADER.match(bare):
            if re.match(r"\W{0,4}(?:from|प्रेषक)\W{0,4}:", bare, re.IGNORECASE):
                found.senders.append(bare.partition(":")[2].strip()[:300])
                signers.add(parseaddr(found.senders[-1])[0].strip().casefold())
            heads -= 1
            continue
        if SIGNED.match(bare) or GREETED.match(bare) or _is_name(bare, signers):
            signed = True
        elif depth and signed and not passing_on:
            signed = False
        target = found.signature if signed else found.quoted if passing_on or depth else found.fresh
        target.append(bare.rstrip(" \t\r\xa0"))
    return found


def _is_name(line: str, signers: set[str]) -> bool:
    """Tell whether a line is somebody's name and nothing more, but perhaps what they are called beside it."""
    plain = line.strip().casefold()
    return len(plain) > 3 and any(
        plain == name or plain.startswith((f"{name},", f"{name} -", f"{name} |")) for name in signers if len(name) > 3
    )


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, none of them longer than anybody writes one."""
    return [line[:LINE_LONGEST] for line in BLANKS.sub("   ", text).split("\n")[:LINES]]


def _begins_head(lines: list[str], number: int, line: str, *, passing_on: bool) -> bool:
    """Tell whether the head of a mail begins here: three lines of it at least, as some write above what they pass on."""
    if passing_on or not HEADER.match(line):
        return False
    following = [QUOTED.sub("", other) for other in lines[number : number + 6]]
    return sum(bool(HEADER.match(other)) for other in following) >= 3

"""Lines: the generic label reader. It knows what labels mean, and no sender's layout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cases.mail.reading import moments, values
from cases.mail.reading.facts import Facts
from cases.mail.reading.labels import LONGEST, Field, field_of, is_somebody_else
from cases.mail.reading.markup import QUOTE_ENDS
from cases.mail.reading.sections import GREETED

BULLET = re.compile(r"^[\s>*•·‣▪◦‐\-–—#|]+|^\s*\(?\d{1,2}[.)]\s+")
SEPARATOR = re.compile(r"\s*(?:[:：](?!//)|\t+:?|=(?!=)|\.{3,}|…+|_{3,}|\s[-–—|]\s|\s{3,})\s*")
AND_ANOTHER = re.compile(r"\s*[|;]\s+|\s*,\s+(?=[^\s,:;|][^,:;|]{1,40}:\s)|\s{2,}(?=[A-Z][A-Za-z /]{2,30}:\s)")
CELLS = re.compile(r"\s*\t:?\s*")
KEY_OF_PROGRAM = re.compile(r"[\"'][\w .-]{1,40}[\"']\s*:")
ROW_END = re.compile(r"\s\|\s*$")
#: Nothing but a reference: what may stand below a label that has a line of its own.
BARE_REFERENCE = re.compile(r"#?(?=\S*\d)[A-Za-z0-9][\w./-]{2,60}")
OPENS = {"“": "”", '"': '"', "«": "»", "‘": "’", "„": "“"}
#: A paragraph of the sender about its own procedure: what the person wrote has ended before it.
PROCEDURE = re.compile(
    r"\b(?:disclos(?:ure|ed)|law enforcement|mailbox|legal process|confidential|unsubscribe|voluntar(?:y|ily)|good faith"
    r"|emergency request|submit|please contact|further information|do not reply|this (?:e-?mail|message|report|information)"
    r"|our team|privileged|intended recipient|provided (?:by|to|pursuant))\b|गोपनीय|इस ईमेल|यह सूचना|कृपया",
    re.IGNORECASE,
)
#: Values of these may run over several lines.
RUN_ON = frozenset({Field.IP, Field.PHONE, Field.EMAIL, Field.CONTENT_URL, Field.PROFILE_URL, Field.BIO, Field.PLACE})
SENTENCE = re.compile(r"[.!?।]\s*$")


def read_lines(lines: list[str], facts: Facts) -> None:
    """Read everything that stands behind a label into ``facts``."""
    number = 0
    while number < len(lines):
        if skipped := _table(lines, number, facts):
            number += skipped
            continue
        if skipped := _block_of_somebody_else(lines, number):
            number += skipped
            continue
        labelled = _labelled(lines, number)
        if labelled is None:
            number += 1
            continue
        what, label, value = labelled
        if what is Field.TEXT:
            text, number = _block(lines, number + 1, value)
            facts.take(what, text, label=label)
            continue
        pairs = list(_pairs(what, label, value))
        for kind, name, said in pairs[:-1]:
            facts.take(kind, said, label=name)
        what, label, value = pairs[-1]
        more, number = _continued(lines, number + 1, what, value)
        facts.take(what, more, label=label)


def _block_of_somebody_else(lines: list[str], number: int) -> int:
    """Return how many lines stand below a heading such as "Reporter", with their labels right under it; else nothing."""
    heading = lines[number].strip(" *_#:-–—=")
    if not heading or len(heading) > LONGEST or ":" in heading or not is_somebody_else(heading):
        return 0
    end = number + 1
    while end < len(lines) and lines[end].strip():
        end += 1
    below = [line for line in lines[number + 1 : end] if SEPARATOR.search(line)]
    return end - number if below and _labelled(lines, number + 1) is not None else 0


def _labelled(lines: list[str], number: int) -> tuple[Field, str, str] | None:
    """Return what a line is labelled as and its value; a label alone on a line has its value on the next."""
    line = ROW_END.sub("", BULLET.sub("", lines[number])).strip()
    if not line or len(line) > 100_000:
        return None
    if KEY_OF_PROGRAM.match(line):
        line = line.rstrip(", ")
    for match in list(SEPARATOR.finditer(line[: LONGEST + 20]))[:3]:
        label, value = line[: match.start()].strip(" *_"), line[match.end() :].strip()
        # A blank that is as wide as a column parts a label from its value only where there is a value.
        if not label or (not match.group().strip() and not value):
            continue
        what = field_of(label)
        if what is not None and not _is_prose(label, match.group(), what):
            return what, label, value.strip("*_ ") if value.startswith(("*", "_")) else value
    if len(line) <= 40 and not SENTENCE.search(line) and ":" not in line:
        what = field_of(line.strip(" *_"))
        follows = _next_value(lines, number)
        if what and follows and len(line.split()) <= 4 and _may_stand_above(what, follows):
            return what, line, ""
    return None


def _may_stand_above(what: Field, value: str) -> bool:
    """Tell whether a label alone on a line can be the label of what stands below it, and is no heading."""
    if what is Field.TEXT:
        return value[:1] in OPENS
    if what is Field.REFERENCE:
        return bool(BARE_REFERENCE.fullmatch(value))
    return what is not Field.OTHER


def _is_prose(label: str, separator: str, what: Field) -> bool:
    """Tell whether what stands before the separator is a piece of a sentence, and no label."""
    words = len(label.split())
    return (
        words > 7
        or (words > 4 and separator.strip() in {"-", "–", "—", "|", "="})
        or (what is Field.TEXT and words > 5)
    )


def _next_value(lines: list[str], number: int) -> str:
    following = next((line.strip() for line in lines[number + 1 : number + 4] if line.strip()), "")
    return following if following and len(following) < 300 and ":" not in following[:30] else _time_like(following)


def _time_like(following: str) -> str:
    """Return a value with a colon in it that may have one: a time, an IPv6 address, a link."""
    if re.match(r"^[\d\[(]|^https?://|^[0-9a-f]{1,4}:", following, re.IGNORECASE):
        return following
    dated = len(following) < 80 and any(reading.at and reading.start < 12 for reading in moments.find(following))
    return following if dated else ""


def _pairs(what: Field, label: str, value: str) -> Iterator[tuple[Field, str, str]]:
    """Yield each label and value of a line that holds several of them."""
    said = ""
    for number, piece in enumerate(AND_ANOTHER.split(value)):
        head, colon, tail = piece.partition(":")
        other = field_of(head) if number and colon and tail.startswith(" ") and len(head.split()) <= 5 else None
        if other is None:
            said = f"{said}; {piece}" if said else piece
        else:
            yield what, label, said
            what, label, said = other, head.strip(), tail.strip()
    yield what, label, said


def _continued(lines: list[str], number: int, what: Field, value: str) -> tuple[str, int]:
    """Return the value with the lines it runs on over, and the number of the line behind it."""
    said = [value] if value else []
    while number < len(lines) and len(said) < 60:
        line = BULLET.sub("", lines[number]).strip()
        if not line:
            if said or number + 1 >= len(lines):
                break
            number += 1
            continue
        belongs = (what is Field.IP and values.IP.match(line)) or (
            _labelled(lines, number) is None and (not said or (what in RUN_ON and len(line) < 200 and not value))
        )
        if not belongs:
            break
        said.append(line)
        number += 1
        if what not in RUN_ON:
            break
    return "\n".join(said), number


def _block(lines: list[str], number: int, first: str) -> tuple[str, int]:
    """Return what somebody wrote: to its closing quotation mark, else until something else begins."""
    said = [first] if first else []
    while not said and number < len(lines) and not lines[number].strip():
        number += 1
    if not said and number < len(lines):
        said, number = [lines[number].strip()], number + 1
    if not said:
        return "", number
    closing = OPENS.get(said[0].lstrip("* ")[:1])
    if closing:
        quoted, after = _to_closing(lines, number, said[0].lstrip("* "), closing)
        if quoted is not None:
            return quoted, after
    while number < len(lines) and not _speaks_again(lines, number):
        line = lines[number].strip()
        if not line:
            paragraph = next((later.strip() for later in lines[number + 1 : number + 4] if later.strip()), "")
            if not paragraph or _ends(lines, number, paragraph):
                break
        said.append(line)
        number += 1
    return values.unwrapped("\n".join(said).strip()), number


def _speaks_again(lines: list[str], number: int) -> bool:
    """Tell whether a line is no longer what the person wrote: their quotation has ended, a label or a greeting stands."""
    line = lines[number].strip()
    signed = bool(line) and (_labelled(lines, number) is not None or bool(GREETED.match(line)))
    return QUOTE_ENDS in lines[number] or signed


def _to_closing(lines: list[str], number: int, first: str, closing: str) -> tuple[str | None, int]:
    """Return a quotation without its marks; None where it is never closed at the end of a line."""
    said = [first[1:]]
    for ahead in range(400):
        if said[-1].rstrip(" .,*").endswith(closing):
            said[-1] = said[-1].rstrip(" .,*")[: -len(closing)]
            return "\n".join(said).strip(), number + ahead
        if number + ahead >= len(lines):
            break
        said.append(lines[number + ahead].strip())
    return None, number


def _ends(lines: list[str], number: int, paragraph: str) -> bool:
    """Tell whether the paragraph behind a blank line is no longer what the person wrote."""
    place = next(n for n in range(number + 1, len(lines)) if lines[n].strip())
    return bool(PROCEDURE.search(paragraph) or GREETED.match(paragraph) or _labelled(lines, place) is not None)


def _table(lines: list[str], number: int, facts: Facts) -> int:
    """Read a table whose first row is labels; return how many lines it took."""
    heads = CELLS.split(lines[number].strip())
    if len(heads) < 3:
        heads = re.split(r"\s*\|\s*", lines[number].strip(" |"))
    kinds = [field_of(head) for head in heads]
    known = sum(kind is not None for kind in kinds)
    # One head that nobody knows is no reason to lose the others; of a sentence no half is labels.
    if len(heads) < 3 or known < max(3, len(heads) / 2) or any(":" in head for head in heads):
        return 0
    taken = 1
    for line in lines[number + 1 : number + 60]:
        cells = CELLS.split(line.strip()) if "\t" in line else re.split(r"\s*\|\s*", line.strip(" |"))
        if re.fullmatch(r"[\s|:+-]*", line):
            taken += 1
            continue
        if len(cells) != len(heads):
            break
        for kind, head, cell in zip(kinds, heads, cells, strict=True):
            facts.take(kind or Field.OTHER, cell, label=head)
        taken += 1
    return taken if taken > 1 else 0

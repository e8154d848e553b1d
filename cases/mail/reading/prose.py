"""Prose: what a mail without labels says of somebody. Only what an anchoring word stands beside is taken."""

from __future__ import annotations

import re

from cases.mail.reading import moments, platforms, values
from cases.mail.reading.facts import Facts

BRACKETED = re.compile(r"\[\s*([A-Z][A-Z0-9]*-[A-Z0-9-]*\d[A-Z0-9-]*|[0-9][0-9-]{5,})\s*\]")
REFERENCE = re.compile(
    r"\b(?:case|ref(?:erence)?|ticket|incident|escalation|disclosure)\b(?:\s*(?:number|no\.?|id|#|is))*\s*[.:#-]?\s*[\[(]?"
    r"(?=[\w-]*\d)([A-Z0-9][\w-]{3,60})|(?:केस|प्रकरण|संदर्भ|मामला|मामले|टिकट)\s*(?:संख्या|क्रमांक|नंबर)?\s*[:#-]?\s*([A-Z0-9][\w-]{3,60})",
    re.IGNORECASE,
)
#: What looks like nothing else, in a subject.
BARE = re.compile(r"(?<![\w-])[A-Z]{2,10}-(?:[A-Z0-9]+-)*\d{4,}(?![\w-])")
HANDLE = re.compile(
    r"\b(?:account|user|username|handle|profile|user name|id)\b\s*(?:name\s*)?(?:is\s+|of\s+|named\s+|called\s+)?[:\"'“(]*\s*"
    r"@([A-Za-z0-9_][A-Za-z0-9_.]{1,48}[A-Za-z0-9_])|\b(?:username|handle|screen name)\s+(?:is\s+)?[\"'“]?@?"
    r"([A-Za-z0-9_](?=[\w.]*[\d_.])[\w.]{2,48})|(?:हैंडल|खाता|अकाउंट|यूज़र)\s*[:\"“(]*\s*@([A-Za-z0-9_][\w.]{1,48})"
    r"|(?<![\w.])@([A-Za-z0-9_][\w.]{2,48})\s*[\")”']?\s*(?:on|at|posted|wrote|has posted|ने)\s",
    re.IGNORECASE,
)
USER_ID = re.compile(
    r"\b(?:user|account|channel|numeric|profile)(?:\s+(?:user|account))?\s*(?:id|number|uid)\b\s*(?:is\s+|of\s+)?[:#(]*\s*"
    r"(?=[\w-]*\d)([\w-]{5,80})|\buid\b\s*[:#(]*\s*(\d{5,25})",
    re.IGNORECASE,
)
NAME = re.compile(
    r"\b(?:name(?:d)?|display name|goes by|person|user)\s*(?:is|as|of|:)?\s*[\"“']([^\"”'\n]{2,80})[\"”']"
    r"|\b(?:named|name is|goes by(?: the name)?(?: of)?)\s+([A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,3})"
)
OWN = r"(?:phone|mobile|telephone|cell|whatsapp|number|फ़?ोन|मोबाइल|नंबर)"
NUMBER = re.compile(rf"{OWN}[^.\n\d+]{{0,40}}((?:\+|\b)\d[\d\s()-]{{7,18}}\d)", re.IGNORECASE)
OURS = re.compile(
    r"\b(?:helpline|hotline|call (?:us|me|back)|our|officer|desk|support|toll|control room|contact (?:us|me)|reach (?:us|me)|my|fax"
    r"|analyst|friend|mother|father|parent|brother|sister|reporter)\b|हेल्पलाइन|अधिकारी|हमारे|हमें|पिता|माता|मित्र|दोस्त|मेरा",
    re.IGNORECASE,
)
MAIL = re.compile(
    r"\b(?:e-?mail|address|registered|recovery|ईमेल)\b[^.\n@]{0,40}?([\w.%+*-]{1,64}@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE
)
QUOTE = re.compile(r"[“\"«]([^“”\"«»]{12,4000})[”\"»]")
ANCHOR = re.compile(r"\b(?:post(?:ed)?|wrote|written|says?|said|comment(?:ed)?|message|text|caption|reads?|content|tweet(?:ed)?|stating|story|status|reel|msg|likh[aio]|dal[aio]|daal[aio]|bol[aio]|kaha|bhej[aio]|लिखा|पोस्ट|कहा)\b"
                    r"|लिखा|पोस्ट|कहा", re.IGNORECASE)  # fmt: skip
POSTED = re.compile(
    r"\b(?:post(?:ed)?|wrote|written|published|uploaded|comment(?:ed)?|streamed|tweeted|live)\b|पोस्ट|लिखा",
    re.IGNORECASE,
)
AGE = re.compile(r"\b(?:aged?|age of|is|be)\s+(?:about\s+|around\s+)?(\d{1,2})(?:\s*(?:years?|yrs?)(?:[\s-]old)?\b|\b(?=[,.)]))|\b(\d{1,2})[\s-]?(?:years?|yrs?)?[\s-]old\b"
                 r"|(?:उम्र|आयु)\s*[:\-]?\s*(\d{1,2})|(\d{1,2})\s*(?:साल|वर्ष)", re.IGNORECASE)  # fmt: skip
CLASS = re.compile(
    r"\b(?:class|std|standard|grade)\s*[-:]?\s*(\d{1,2})(?:th)?\b|\b(\d{1,2})(?:th|वीं|वी|th)\s*(?:class|std|standard|grade|कक्षा|क्लास|me|में)"
    r"|कक्षा\s*(\d{1,2})|(\d{1,2})\s*वीं?\s*(?:कक्षा|क्लास|में)",
    re.IGNORECASE,
)
LAST_CLASS = 12
OLDER_THAN_CLASS = 5


def read_prose(text: str, facts: Facts, *, own_domains: frozenset[str] = frozenset()) -> None:
    """Add what plain sentences say and no label has said."""
    text = text[:100_000]
    said = text.replace(facts.content_text, " ") if facts.content_text else text
    said = re.sub(r"(?<!\n)\n(?!\n)", " ", said)  # a sentence runs on over the end of a line
    if not facts.tells_of_a_person:
        _read_person(said, facts, own_domains)
    elif not (facts.handle or facts.user_id or facts.name or facts.phones or facts.emails):
        _read_names(said, facts)
    if not facts.content_text:
        _read_quotation(said, facts)
    if not facts.content_urls:
        for url in values.urls_in(said):
            if values.is_post(url) and platforms.of_links([url]) and len(facts.content_urls) < 10:
                facts.content_urls.append(url[:500])


def read_subject(subject: str, facts: Facts) -> None:
    """Add what the subject says and the mail does not."""
    if not facts.reference:
        bare = BARE.search(subject)
        facts.reference = reference_in(subject) or (bare.group() if bare else "")
    if not facts.handle and (match := re.search(r"(?<![\w.])@([A-Za-z0-9_][\w.]{1,48})", subject)):
        facts.handle = match.group(1).rstrip(".")
    if facts.live is None and re.search(r"\[live\]|\blive (?:video|stream|now)|लाइव", subject, re.IGNORECASE):
        facts.live = True


def reference_in(text: str) -> str:
    """Return the reference that a text names, empty where it names none."""
    match = BRACKETED.search(text) or REFERENCE.search(text)
    return next((group for group in match.groups() if group), "").strip("-") if match else ""


def age_by_class(text: str) -> int | None:
    """Return the age of somebody who says which class they are in."""
    match = CLASS.search(text.translate(moments.HINDI_DIGITS))
    number = next((int(group) for group in match.groups() if group), 0) if match else 0
    return number + OLDER_THAN_CLASS if 1 <= number <= LAST_CLASS else None


def _read_person(text: str, facts: Facts, own_domains: frozenset[str]) -> None:
    facts.reference = facts.reference or reference_in(text)
    _read_names(text, facts)
    _read_addresses(text, facts, own_domains)
    if facts.age is None and (match := AGE.search(text.translate(moments.HINDI_DIGITS))):
        facts.age = next((int(group) for group in match.groups() if group), None)
    _read_posting(text, facts)


def _read_names(text: str, facts: Facts) -> None:
    for pattern, name in ((HANDLE, "handle"), (USER_ID, "user_id"), (NAME, "name")):
        if (match := pattern.search(text)) and not getattr(facts, name):
            setattr(facts, name, next(group for group in match.groups() if group).rstrip(".").strip())


def _read_addresses(text: str, facts: Facts, own_domains: frozenset[str]) -> None:
    for match in NUMBER.finditer(text):
        near = text[max(0, match.start() - 60) : match.start(1)]
        if not OURS.search(near):
            for number, verified in values.phones_in(match.group(1)):
                facts.phones.setdefault(number, verified)
    for match in MAIL.finditer(text):
        near = text[max(0, match.start() - 40) : match.start(1)]
        if not OURS.search(near) and match.group(1).rpartition("@")[2].lower() not in own_domains:
            facts.emails.setdefault(match.group(1).rstrip("."), False)
    for event, start, end in values.ips_in(text):
        near = text[end : end + 80]
        at = next((reading.at for reading in moments.find(near, zone=facts.zone) if reading.at), None)
        kind = "login" if re.search(r"log(?:ged)?.?in|sign", text[max(0, start - 60) : start], re.IGNORECASE) else None
        if len(facts.ip_events) < 10:
            facts.ip_events.append(event | {"at": moments.written(at), "event": kind, "possible_proxy": None})


def _read_posting(text: str, facts: Facts) -> None:
    """Read when it was posted: the time nearest behind a word for posting, else before it, where Hindi has it."""
    for word in POSTED.finditer(text):
        behind = text[word.end() : word.end() + 120].split("\n\n", maxsplit=1)[0]
        before = text[max(0, word.start() - 60) : word.start()].rsplit("\n\n", maxsplit=1)[-1]
        times = [*moments.find(behind, zone=facts.zone), *reversed(moments.find(before, zone=facts.zone))]
        at = next((reading.at for reading in times if reading.at), None)
        if at and facts.posted_at is None:
            facts.posted_at = at


def _read_quotation(text: str, facts: Facts) -> None:
    """Read the longest quotation behind a word for writing."""
    quotations = [
        match for match in QUOTE.finditer(text) if ANCHOR.search(text[max(0, match.start() - 120) : match.start()])
    ]
    if quotations:
        facts.content_text = max(quotations, key=lambda match: len(match.group(1))).group(1).strip()

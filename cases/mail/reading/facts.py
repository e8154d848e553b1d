"""Facts: what has been read of a mail so far. Each kind of value knows how it is taken from what stands in the mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from cases.mail.reading import decoding, moments, platforms, values
from cases.mail.reading.labels import Field

REFERENCE = re.compile(r"(?<![\w@])(?=[\w./-]*\d)[A-Za-z0-9][\w./-]{1,79}")
ACCOUNT_ID = re.compile(r"(?<![\w@])(?=[\w:.-]*\d)[\w:.-]{3,100}")
LONG_ID = re.compile(r"\d{5,}|UC[\w-]{10,}|[0-9a-f]{8}-[0-9a-f-]{20,}", re.IGNORECASE)
ID_BESIDE = re.compile(r"\b(?:user id|uid|id|आईडी)\b\s*[:#=]?\s*([\w-]{4,80})", re.IGNORECASE)
AT_HANDLE = re.compile(r"(?<![\w.])@([A-Za-z0-9_][A-Za-z0-9_.]{0,49})")
PAIR = re.compile(r"(-?\d{1,2}\.\d{2,})\D{1,12}?(-?\d{1,3}\.\d{2,})")
PIN = re.compile(r"(?<![\d+])([1-9]\d{2}\s?\d{3})(?!\d)")
YES = re.compile(r"^\W*(?:yes|true|1|live|now|in progress|हाँ|हां|जी)\b", re.IGNORECASE)
MARK_OF_VALUE = re.compile(r"\s+\((?:verified|unverified|primary|current|self|from|per|as)[^)]*\)\s*$", re.IGNORECASE)
#: What takes a value: the value, its label in small letters, and what was taken before it.
Taker = Callable[[str, str, Field | None], None]
#: What the person wrote is kept to this length; the sealed bytes hold all of it.
TEXT_LONGEST = 20_000
MANY = 50


@dataclass(slots=True)
class Facts:
    """Everything that was read of one person. The first reading of a single value stays."""

    zone: tzinfo = UTC
    reference: str = ""
    platform: str = ""
    #: What a label says by the way: "Snapchat username".
    hinted: str = ""
    handle: str = ""
    user_id: str = ""
    name: str = ""
    bio: str = ""
    content_text: str = ""
    urgency: str = ""
    live: bool | None = None
    age: int | None = None
    birth: date | None = None
    posted_at: datetime | None = None
    detected_at: datetime | None = None
    phones: dict[str, bool] = field(default_factory=dict)
    emails: dict[str, bool] = field(default_factory=dict)
    ip_events: list[dict[str, Any]] = field(default_factory=list)
    content_urls: list[str] = field(default_factory=list)
    profile_urls: list[str] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    #: What stood behind a label, as against what was guessed from prose.
    labelled: set[str] = field(default_factory=set)
    last: Field | None = None

    @property
    def tells_of_a_person(self) -> bool:
        """Whether anything was read that leads to somebody."""
        return bool(
            self.handle or self.user_id or self.name or self.content_text or self.phones or self.emails
            or self.ip_events or self.content_urls or self.profile_urls or self.places or self.age or self.birth
        )  # fmt: skip

    @property
    def is_a_signature(self) -> bool:
        """Whether there is a number or an address and nothing else: that is whoever passes a mail on, and nobody else."""
        return bool(self.labelled) and self.labelled <= {Field.PHONE, Field.EMAIL, Field.NAME}

    def take(self, what: Field, value: str, *, label: str = "") -> None:
        """Take what stands behind a label."""
        before = self.last
        self.last = what
        if what is Field.OTHER or values.is_nothing(value):
            return
        self.hinted = self.hinted or platforms.named_in(label)
        taker: Taker = getattr(self, f"_take_{what.name.lower()}")
        taker(value, label.casefold(), before)
        self.labelled.add(str(what))

    def fill_from(self, other: Facts) -> None:
        """Add what another part of the mail tells and this one does not."""
        for name in ("reference", "platform", "hinted", "handle", "user_id", "name", "bio", "content_text", "urgency"):
            if not getattr(self, name):
                setattr(self, name, getattr(other, name))
        for name in ("live", "age", "birth", "posted_at", "detected_at"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.phones = other.phones | self.phones
        self.emails = other.emails | self.emails
        for url in other.content_urls:
            _once(self.content_urls, url)
        for url in other.profile_urls:
            _once(self.profile_urls, url)
        for event in other.ip_events:
            self._add_event(event)
        for place in other.places:
            if place not in self.places and len(self.places) < MANY:
                self.places.append(place)
        self.labelled |= other.labelled

    # ---- takers, in the order of ``Field`` ----------------------------------------------------------------

    def _take_reference(self, value: str, _label: str, _before: Field | None) -> None:
        match = REFERENCE.search(value.translate(moments.HINDI_DIGITS))
        if match and not self.reference:
            self.reference = match.group().strip("./-")

    def _take_platform(self, value: str, _label: str, _before: Field | None) -> None:
        self.platform = self.platform or platforms.named_in(value)
        if re.search(r"\blive\b|लाइव", value, re.IGNORECASE) and "chat" not in value.casefold():
            self.live = True

    def _take_handle(self, value: str, label: str, _before: Field | None) -> None:
        if urls := values.urls_in(value):
            self._take_profile_url(value, label, None)
            value = urls[0].split("?")[0].rstrip("/").rpartition("/")[2]
        at = AT_HANDLE.search(value)
        first = re.split(r"\s*[,;/|]\s+|\s+\(|\s+/\s+", value)[0]
        handle = at.group(1).rstrip(".") if at else values.handle_of(first)
        if handle:
            self.handle = self.handle or handle
        elif "@" not in value:
            self._take_name(value, label, None)

    def _take_user_id(self, value: str, _label: str, _before: Field | None) -> None:
        match = ACCOUNT_ID.search(values.unwrapped(value).translate(moments.HINDI_DIGITS))
        if match and not self.user_id:
            self.user_id = match.group().strip(".:-")

    def _take_account(self, value: str, label: str, _before: Field | None) -> None:
        """Take something that is only called an account, by what it looks like."""
        if beside := ID_BESIDE.search(value):
            self.user_id = self.user_id or beside.group(1)
        plain = decoding.one_line(values.unwrapped(value))
        if values.urls_in(value):
            self._take_profile_url(value, label, None)
        elif at := AT_HANDLE.search(value):
            self.handle = self.handle or at.group(1).rstrip(".")
            rest = re.sub(r"[(\[]?@[\w.]+[)\]]?|\((?:user )?(?:u?id)[^)]*\)", " ", plain).strip(" ,;/|-–()")
            if rest and " " in rest and not values.is_nothing(rest):
                self._take_name(rest, label, None)
        elif values.EMAIL.search(value):
            self._take_email(value, label, None)
        elif LONG_ID.fullmatch(plain):
            self.user_id = self.user_id or plain
        elif handle := values.handle_of(plain):
            self.handle = self.handle or handle
        else:
            self._take_name(re.sub(r"\([^)]*\)", "", plain), label, None)

    def _take_name(self, value: str, _label: str, _before: Field | None) -> None:
        name = decoding.one_line(values.unwrapped(MARK_OF_VALUE.sub("", value)), longest=200)
        if name and not self.name and not values.is_nothing(name):
            self.name = name

    def _take_phone(self, value: str, _label: str, _before: Field | None) -> None:
        for number, verified in values.phones_in(value)[:MANY]:
            self.phones[number[:60]] = self.phones.get(number[:60], False) or verified

    def _take_email(self, value: str, _label: str, _before: Field | None) -> None:
        for address, verified in values.emails_in(value)[:MANY]:
            self.emails[address[:250]] = self.emails.get(address[:250], False) or verified

    def _take_ip(self, value: str, label: str, _before: Field | None) -> None:
        found = values.ips_in(value)
        times = [reading for reading in moments.find(value, zone=self.zone) if reading.at]
        kind = "login" if re.search(r"log ?in|sign.?in|session|लॉगिन", label) else None
        kind = "post" if kind is None and re.search(r"post|upload|content|comment|पोस्ट", label) else kind
        for number, (event, start, end) in enumerate(found):
            until = found[number + 1][1] if number + 1 < len(found) else len(value)
            near = [reading for reading in times if end <= reading.start < until]
            if not near and len(times) == len(found):
                near = [times[number]]
            if not near and times and times[0].end <= start and len(found) == 1:
                near = times[:1]
            at = moments.written(near[0].at) if near else None
            self._add_event(event | {"at": at, "event": kind, "possible_proxy": None})

    def _take_ip_time(self, value: str, label: str, before: Field | None) -> None:
        if label.startswith("last ") and " ip" not in label and before not in {Field.IP, Field.IP_PORT}:
            return  # when somebody was last seen is no fact of an address that stands elsewhere
        times = [reading.at for reading in moments.find(value, zone=self.zone) if reading.at]
        waiting = [event for event in self.ip_events if event["at"] is None]
        for event, at in zip(waiting[-len(times) :] if times else [], times, strict=False):
            event["at"] = moments.written(at)

    def _take_ip_port(self, value: str, _label: str, _before: Field | None) -> None:
        match = re.search(r"\b(\d{1,5})\b", value)
        if match and self.ip_events and 0 < int(match.group(1)) < 65536 and self.ip_events[-1]["port"] is None:
            self.ip_events[-1]["port"] = int(match.group(1))

    def _take_profile_url(self, value: str, _label: str, _before: Field | None) -> None:
        for url in values.urls_in(value)[:MANY]:
            _once(self.profile_urls, url[:500])

    def _take_content_url(self, value: str, label: str, _before: Field | None) -> None:
        named = re.search(r"post|content|video|tweet|story|reel|comment|photo|snap|stream|media|पोस्ट|वीडियो", label)
        for url in values.urls_in(value)[:MANY]:
            _once(self.content_urls if named or values.is_post(url) else self.profile_urls, url[:500])

    def _take_text(self, value: str, label: str, before: Field | None) -> None:
        urls = values.urls_in(value)
        if urls and not values.URL.sub("", value).strip(values.WRAPPING + "-–:."):
            self._take_content_url(value, label + " post", before)
        elif not self.content_text:
            self.content_text = value.strip()[:TEXT_LONGEST]

    def _take_posted(self, value: str, _label: str, _before: Field | None) -> None:
        self.posted_at = self.posted_at or moments.moment_of(value, zone=self.zone)

    def _take_time(self, value: str, label: str, before: Field | None) -> None:
        if before in {Field.IP, Field.IP_PORT} and self.ip_events and self.ip_events[-1]["at"] is None:
            self._take_ip_time(value, label, before)
        else:
            self._take_posted(value, label, before)

    def _take_detected(self, value: str, _label: str, _before: Field | None) -> None:
        self.detected_at = self.detected_at or moments.moment_of(value, zone=self.zone)

    def _take_place(self, value: str, label: str, _before: Field | None) -> None:
        source = "ip" if re.search(r"\bip\b|estimat|अनुमानित", f"{label} {value}".casefold()) else "text"
        source = "profile" if source == "text" and re.search(r"profile|home|bio|lives|प्रोफ", label) else source
        pair, pin = PAIR.search(value), PIN.search(value)
        place: dict[str, Any] = {"source": source, "text": decoding.one_line(value, longest=300)}
        if pair:
            place |= {"lat": float(pair.group(1)), "lon": float(pair.group(2))}
            place["source"] = "gps" if source == "text" else source
        if pin and not pair:
            place["pin"] = pin.group(1).replace(" ", "")
        if re.search(r"\bunverified\b", value, re.IGNORECASE):
            place["verified"] = False
        if len(self.places) < MANY:
            self.places.append(place)

    def _take_latlon(self, value: str, label: str, before: Field | None) -> None:
        self._take_place(value, label, before)

    def _take_city(self, value: str, _label: str, _before: Field | None) -> None:
        self._add_to_place("city", decoding.one_line(value, longest=120))

    def _take_region(self, value: str, _label: str, _before: Field | None) -> None:
        self._add_to_place("region", decoding.one_line(value, longest=120))

    def _take_pin(self, value: str, _label: str, _before: Field | None) -> None:
        if match := PIN.search(value.translate(moments.HINDI_DIGITS)):
            self._add_to_place("pin", match.group(1).replace(" ", ""))

    def _take_lat(self, value: str, label: str, before: Field | None) -> None:
        if PAIR.search(value):
            self._take_place(value, label + " gps", before)
        elif match := re.search(r"-?\d{1,3}(?:\.\d+)?", value):
            self._add_to_place("lat", float(match.group()), source="gps")

    def _take_lon(self, value: str, _label: str, _before: Field | None) -> None:
        if match := re.search(r"-?\d{1,3}(?:\.\d+)?", value):
            self._add_to_place("lon", float(match.group()), source="gps")

    def _take_age(self, value: str, _label: str, _before: Field | None) -> None:
        match = re.search(r"(?<!\d)(\d{1,3})(?!\d)", value.translate(moments.HINDI_DIGITS))
        if match and self.age is None and 3 < int(match.group(1)) < 120:
            self.age = int(match.group(1))

    def _take_birth(self, value: str, _label: str, _before: Field | None) -> None:
        self.birth = self.birth or moments.day_of(value)

    def _take_urgency(self, value: str, _label: str, _before: Field | None) -> None:
        self.urgency = self.urgency or decoding.one_line(value, longest=200)

    def _take_live(self, value: str, _label: str, _before: Field | None) -> None:
        self.live = bool(YES.match(value)) or self.live

    def _take_bio(self, value: str, _label: str, _before: Field | None) -> None:
        self.bio = self.bio or value.strip()[:2000]

    # ---- helpers -------------------------------------------------------------------------------------------

    def _add_event(self, event: dict[str, Any]) -> None:
        """Add an event; one that is known, with less known of it, is completed instead."""
        for known in self.ip_events:
            same_time = known["at"] is None or event["at"] is None or known["at"] == event["at"]
            if known["ip"] == event["ip"] and same_time:
                for name in ("at", "port", "event"):
                    known[name] = known[name] if known[name] is not None else event[name]
                return
        if len(self.ip_events) < MANY:
            self.ip_events.append(dict(event))

    def _add_to_place(self, name: str, value: object, *, source: str = "text") -> None:
        last = self.places[-1] if self.places else None
        if last is None or name in last or (source == "gps" and "lat" not in last):
            self.places.append({"source": source, name: value})
        else:
            last[name] = value
        del self.places[MANY:]


def _once(known: list[str], url: str) -> None:
    if url and url not in known and len(known) < MANY:
        known.append(url)

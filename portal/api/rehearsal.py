"""Rehearsal: practice alerts about people who do not exist, as varied as real ones, without a word of how."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A town in which a rehearsal takes place."""

    city: str
    pin: str
    lat: float
    lon: float


PLACES = (
    Place("Kota", "324005", 25.14, 75.85),
    Place("Jhunjhunu", "333001", 28.13, 75.40),
    Place("Jaipur", "302017", 26.85, 75.81),
    Place("Jodhpur", "342001", 26.29, 73.03),
    Place("Udaipur", "313001", 24.58, 73.69),
    Place("Ajmer", "305001", 26.45, 74.64),
    Place("Bikaner", "334001", 28.02, 73.31),
    Place("Sikar", "332001", 27.61, 75.14),
    Place("Alwar", "301001", 27.56, 76.61),
    Place("Bharatpur", "321001", 27.22, 77.49),
)
#: (language, text). What somebody feels, never what somebody does.
TEXTS = (
    ("hi", "अब और नहीं होता। सबको अलविदा।"),
    ("hi", "मम्मी पापा मुझे माफ़ कर देना, मैं आपके लायक नहीं बन पाया।"),
    ("hi", "कल रिज़ल्ट आएगा, उसके बाद मैं नहीं रहूँगा।"),
    ("hi", "किसी को मेरी ज़रूरत नहीं है। यह मेरी आख़िरी पोस्ट है।"),
    ("hi", "बहुत थक गया हूँ, बस सब ख़त्म हो जाए।"),
    ("hi", "mujhe maaf kar dena dosto, ab himmat nahi bachi"),
    ("en", "I can't carry this any more. Goodbye everyone."),
    ("en", "Please look after my brother. I am sorry."),
    ("en", "Nobody will notice when I am gone tonight."),
    ("en", "this is the last thing I will ever post"),
)
NAMES = ("Aarav", "Diya", "Kabir", "Meera", "Rohan", "Tara", "Vihaan", "Zoya", "Ishan", "Naina")
PLATFORMS = ("instagram", "facebook", "x", "youtube", "snapchat")
#: How likely each part is to be there. Real alerts are seldom whole.
OFTEN, HALF, SELDOM = 0.8, 0.5, 0.2


def alert(chance: Random, *, at: datetime, place: Place | None = None, level: str | None = None) -> dict[str, Any]:
    """Return the body of one practice alert, sent at that time."""
    place = place or chance.choice(PLACES)
    language, text = chance.choice(TEXTS)
    platform = chance.choice(PLATFORMS)
    posted = at - timedelta(seconds=chance.randint(40, 900))
    number = chance.randint(10_000, 99_999)
    body: dict[str, Any] = {
        "partner_reference": f"PRACTICE-{secrets.token_hex(6).upper()}",
        "platform": platform,
        "sent_at": at.isoformat(),
        "practice": True,
        "urgency": {"level": level or chance.choices(("imminent", "high", "concern"), (1, 6, 3))[0]},
        "content": {
            "posted_at": posted.isoformat(),
            "detected_at": (posted + (at - posted) / 2).isoformat(),
            "text": text,
            "language": language,
            "urls": [f"https://{platform}.example/p/{secrets.token_hex(5)}"],
        },
        "subject": _person(chance, number),
        "partner_contact": {"name": "Practice desk", "phone": "+915550000001"},
        "reviewed_by_human": chance.random() < HALF,
    }
    body |= _evidence(chance, place, posted)
    return body


def _person(chance: Random, number: int) -> dict[str, Any]:
    """Return somebody who does not exist; the numbers belong to nobody."""
    name = chance.choice(NAMES)
    subject: dict[str, Any] = {
        "platform_user_id": f"99{secrets.randbelow(10**12):012d}",
        "handle": f"@{name.lower()}.{number}",
    }
    if chance.random() < OFTEN:
        subject["display_names"] = [f"{name} Kalpanik"]
    if chance.random() < HALF:
        subject["phones"] = [{"number": f"+9155500{number:05d}", "verified": chance.random() < HALF}]
    if chance.random() < SELDOM:
        subject["emails"] = [{"address": f"{name.lower()}.{number}@post.example", "verified": True}]
    if chance.random() < HALF:
        subject["claimed_age"] = chance.randint(15, 34)
    return subject


def _evidence(chance: Random, place: Place, posted: datetime) -> dict[str, Any]:
    """Return what says where somebody may be: sometimes plain, sometimes only a city, sometimes nothing."""
    found: dict[str, Any] = {}
    if chance.random() < OFTEN:
        event = {"ip": f"203.0.113.{chance.randint(1, 254)}", "port": chance.randint(20_000, 60_000)}
        found["ip_events"] = [event | {"at": posted.isoformat(), "event": "post", "possible_proxy": False}]
    places: list[dict[str, Any]] = []
    if chance.random() < SELDOM:
        lat, lon = place.lat + chance.uniform(-0.02, 0.02), place.lon + chance.uniform(-0.02, 0.02)
        places.append({"source": "gps", "lat": round(lat, 5), "lon": round(lon, 5), "accuracy_m": 60})
    if chance.random() < HALF:
        places.append({"source": "profile", "city": place.city, "pin": place.pin, "region": "Rajasthan"})
    if places:
        found["locations"] = [spot | {"country": "IN", "at": posted.isoformat()} for spot in places]
    return found

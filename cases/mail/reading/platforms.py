"""Platforms: which service a mail is about, by what it calls it, where its links lead, and who sends it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: The words of each platform, most telling first: YouTube belongs to Google, and a mail about it names both.
WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("instagram", re.compile(r"\b(?:instagram|insta)\b|इंस्टाग्राम|इन्स्टाग्राम|इंस्टा", re.IGNORECASE)),
    ("youtube", re.compile(r"\byou ?tube\b|यू ?ट्यूब", re.IGNORECASE)),
    ("snapchat", re.compile(r"\bsnap ?chat\b|\bsnap inc\b|स्नैप ?चैट", re.IGNORECASE)),
    ("facebook", re.compile(r"\b(?:facebook|messenger)\b|फेसबुक|फ़ेसबुक", re.IGNORECASE)),
    ("x", re.compile(r"\btwitter\b|\bx corp\b|\btweets?\b|\bx \(|ट्विटर|\bx\.com\b", re.IGNORECASE)),
    ("google", re.compile(r"\b(?:google|gmail)\b|गूगल", re.IGNORECASE)),
)
#: Every name a platform has here.
NAMES = tuple(name for name, _ in WORDS)
#: A value of a label may be as short as one letter.
SHORT = {"ig": "instagram", "fb": "facebook", "x": "x", "yt": "youtube", "snap": "snapchat"}
HOSTS = {"instagram": "instagram", "facebook": "facebook", "fb": "facebook", "x": "x", "twitter": "x", "t": "x",
         "youtube": "youtube", "youtu": "youtube", "snapchat": "snapchat", "google": "google"}  # fmt: skip


def named_in(value: str) -> str:
    """Return the platform that a value names, empty when it names none."""
    short = re.split(r"[\s(,/:]", value.strip().casefold(), maxsplit=1)[0]
    if short in SHORT:
        return SHORT[short]
    found = [(match.start(), name) for name, pattern in WORDS if (match := pattern.search(value))]
    if not found:
        return ""
    names = [name for _, name in sorted(found)]
    # "Google / YouTube" is about YouTube, and "Facebook Messenger, Instagram" about what comes first.
    return "youtube" if names[0] == "google" and "youtube" in names else names[0]


def of_links(urls: list[str]) -> str:
    """Return the platform that the links lead to."""
    for url in urls:
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            continue
        for label in host.split(".")[-3:-1] or [host]:
            if label in HOSTS and not (label == "t" and not host.endswith("t.co")):
                return HOSTS[label]
    return ""


def of_sender(name: str, domain: str) -> str:
    """Return the platform of a sender: by its own name, else by its domain."""
    if re.match(r"x\s+\w", name.strip(), re.IGNORECASE):
        return "x"
    if found := named_in(name):
        return found
    words = re.split(r"[.-]", domain.lower())
    return next((HOSTS[word] for word in words if word in HOSTS and word != "t"), "")

"""Web addresses: when two of them are the same post, and what a profile's address says of whose it is."""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlencode, urlsplit

LONGEST_KEY = 500
#: What apps add when somebody shares a link; it says who shared it, and not what.
SHARED_BY = frozenset(
    {"igsh", "igshid", "img_index", "fbclid", "gclid", "mibextid", "rdid", "share_url", "sfnsn", "ref", "ref_src",
     "ref_url", "s", "t", "si", "feature", "pp", "ab_channel", "app", "_rdr", "locale", "hl", "__tn__", "__cft__[0]"}
)  # fmt: skip
SAME_HOST = {"twitter.com": "x.com", "fb.com": "facebook.com", "instagr.am": "instagram.com"}
PLATFORMS = {
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "fb.watch": "facebook",
    "x.com": "x",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "snapchat.com": "snapchat",
}
#: First words of a path behind which no profile stands.
NO_PROFILE = {
    "instagram": frozenset({"accounts", "explore", "direct", "about", "legal", "developer"}),
    "facebook": frozenset({"login", "events", "marketplace", "help", "gaming", "pages", "settings", "messages"}),
    "x": frozenset({"home", "search", "explore", "hashtag", "messages", "notifications", "settings", "share", "login"}),
    "youtube": frozenset({"feed", "results", "playlist", "account"}),
    "snapchat": frozenset({"discover", "web"}),
}
#: Words of a path behind which a post stands, whoever's name comes before them.
POSTS = frozenset(
    {"p", "reel", "reels", "tv", "stories", "posts", "videos", "photos", "permalink", "status", "statuses", "watch",
     "shorts", "live", "story.php", "permalink.php", "photo.php", "photo", "spotlight", "groups", "video.php",
     "share"}
)  # fmt: skip


class Page(NamedTuple):
    """What an address leads to: a post or a profile, and whose."""

    platform: str = ""
    handle: str = ""
    account: str = ""
    is_post: bool = True


def key_of(address: str) -> str:
    """
    Return what is the same for every way of writing the address of one post.

    Scheme, ``www.`` and what a sharing app adds do not make another post of it; the path is kept as it is written,
    because the short names of posts differ in their capitals.
    """
    parts = _split(address)
    if parts is None:
        return _short(address.strip().rstrip("/").casefold())
    host, path, query = _host(parts), parts.path.rstrip("/"), parts.query
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", urlencode({"v": path.strip("/")})
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name not in SHARED_BY and not name.startswith("utm_")
    )
    return _short(f"{host}{path}{'?' if kept else ''}{urlencode(kept)}")


def page_of(address: str) -> Page:
    """Return what an address leads to. Of a house we do not know, it is taken for the post itself."""
    parts = _split(address)
    platform = PLATFORMS.get(_host(parts), "") if parts else ""
    if parts is None or not platform:
        return Page()
    path = [part for part in parts.path.split("/") if part]
    first = path[0] if path else ""
    account = _account(platform, path, parse_qs(parts.query))
    if _host(parts) in {"youtu.be", "fb.watch"} or POSTS & set(path):
        return Page(platform, _author(platform, path), account)
    if account:
        return Page(platform, account=account, is_post=False)
    if platform == "youtube" and first in {"c", "user"} and len(path) > 1:
        first = path[1]
    if platform == "snapchat" and first == "add" and len(path) > 1:
        first = path[1]
    handle = "" if first in NO_PROFILE[platform] or first == "i" else first.removeprefix("@")
    return Page(platform, handle=handle, is_post=False)


def _account(platform: str, path: list[str], query: dict[str, list[str]]) -> str:
    """Return the id of the account, where the address has it and not only its name."""
    said = ""
    if platform == "facebook":
        named = path[:1] in (["profile.php"], ["story.php"], ["permalink.php"])
        said = query.get("id", [""])[0] if named else ""
        if not said and path[:1] == ["people"] and len(path) > 2:
            said = path[2]
        if not said and path and path[0].isdigit():
            said = path[0]
    if platform == "x":
        said = path[2] if path[:2] == ["i", "user"] and len(path) > 2 else query.get("user_id", [""])[0]
    if platform == "youtube" and path[:1] == ["channel"] and len(path) > 1:
        return path[1]
    return said if said.isdigit() else ""


def _author(platform: str, path: list[str]) -> str:
    """Return whose post it is, where the address says so."""
    if platform == "youtube":
        return ""
    first = path[1] if path[0] == "stories" and len(path) > 1 else path[0] if path else ""
    known = first in POSTS or first in NO_PROFILE[platform] or first in {"i", "highlights"} or first.isdigit()
    return "" if known else first.removeprefix("@")


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address; nothing, if it can not be one."""
    address = address.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        return parts if parts.scheme.lower() in {"http", "https"} and parts.hostname else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    """Return the house without its side doors."""
    host = (parts.hostname or "").rstrip(".")
    for door in ("www.", "m.", "mobile.", "web.", "mbasic.", "touch."):
        host = host.removeprefix(door)
    return SAME_HOST.get(host, host)


def _short(key: str) -> str:
    """Return a key that fits, and differs where the whole does."""
    return key if len(key) <= LONGEST_KEY else f"{key[:400]}#{hashlib.sha256(key.encode()).hexdigest()}"

"""Trust: what the state's own mail server says of where a mail comes from. Nobody else's word counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypedDict

from districts.models import Partner


class Trust(TypedDict):
    """What was found, and whether it is enough to take the sender for who it says it is."""

    spf: str | None
    dkim: str | None
    dmarc: str | None
    verified: bool


UNKNOWN = Trust(spf=None, dkim=None, dmarc=None, verified=False)
COMMENT = re.compile(r"\([^()]*\)")
RESULT = re.compile(r"^\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)\b(.*)$", re.IGNORECASE | re.DOTALL)
HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?@?([\w.-]+)", re.IGNORECASE)


def trust_of(headers: Sequence[str], *, authserv_id: str, domain: str, partner: Partner | None) -> Trust:
    """
    Return the trust in a mail, from its ``Authentication-Results`` headers, topmost first.

    Only the topmost one of our own server counts: one further down, or of another name, was written by the sender.
    """
    ours = _ours(headers, authserv_id)
    if ours is None:
        return UNKNOWN
    found: dict[str, str] = {}
    names_domain = True
    for piece in ours[1:]:
        match = RESULT.match(piece)
        if match is None:
            continue
        method, result = match.group(1).lower(), match.group(2).lower()
        # Several signatures are several results: one that passes is enough to be shown, DMARC is said once.
        if method not in found or (method != "dmarc" and result == "pass"):
            found[method] = result
        if method == "dmarc" and (named := HEADER_FROM.search(match.group(3))):
            names_domain = names_domain and named.group(1).lower().strip(".") == domain
    known = partner is not None and domain in domains_of(partner)
    verified = found.get("dmarc") == "pass" and names_domain and known
    return Trust(spf=found.get("spf"), dkim=found.get("dkim"), dmarc=found.get("dmarc"), verified=verified)


def domains_of(partner: Partner) -> set[str]:
    """Return the domains a partner sends from. A domain below one of them is another one."""
    listed: Any = partner.mail_domains
    return {str(name).strip().lower().strip(".@") for name in listed} if isinstance(listed, list) else set()


def _ours(headers: Sequence[str], authserv_id: str) -> list[str] | None:
    """Return the pieces of the topmost header of our own server."""
    wanted = authserv_id.strip().lower()
    if not wanted:
        return None
    for header in headers:
        plain = header
        for _ in range(5):
            plain = COMMENT.sub(" ", plain)
        pieces = plain.split(";")
        if (pieces[0].split() or [""])[0].lower() == wanted:
            return pieces
    return None

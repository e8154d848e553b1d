"""What an alert says, in one shape for every door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from cases.crossings import trail_key
from cases.intake import addresses
from districts.models import Partner, State
from districts.models.policy import Urgency

ADULT = 18


class Pointer(NamedTuple):
    """Something that points to the person: a handle, an account id, a number, an address, a page."""

    kind: str
    value: str
    platform: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One report that has been sealed and read, and is not yet in the database."""

    door: str
    state: State
    partner: Partner | None
    sha256: str
    size: int
    practice: bool = False
    platform: str = ""
    partner_reference: str = ""
    urgency: str = Urgency.P1
    sent_at: datetime | None = None
    posted_at: datetime | None = None
    detected_at: datetime | None = None
    name: str = ""
    claimed_age: int | None = None
    pointers: tuple[Pointer, ...] = ()
    content_urls: tuple[str, ...] = ()
    # Where the door itself knows that this adds to a report made before, as the answer to a mail does.
    follow_up: bool = False
    # `parsed` in the shape the case page shows; `body` what the partner sent, fields we do not know included.
    parsed: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def is_minor(self) -> bool:
        """Whether the person says they are a child."""
        return self.claimed_age is not None and self.claimed_age < ADULT

    @property
    def hard_keys(self) -> list[str]:
        """What can belong to one crisis only: the platform's own reference or account, or the address of the post."""
        accounts = [(p.platform or self.platform, p.value) for p in self.pointers if p.kind == "account"]
        known = hard_keys(self.platform, self.partner_reference, accounts=accounts, posts=self.content_urls)
        return sorted({*known, *(trail_key(step["portal"], step["reference"]) for step in self.trail)})

    @property
    def trail(self) -> list[dict[str, str]]:
        """Through which portals it came, if another state has handed it over: only a portal we know can say so."""
        return list((self.parsed.get("handed_over") or {}).get("trail", ()))

    @property
    def family_not_told(self) -> str:
        """Why the family must not be told, where the other state has said that."""
        return str((self.parsed.get("handed_over") or {}).get("family_not_told", ""))


def hard_keys(platform: str, reference: str, *, accounts: Iterable[tuple[str, str]], posts: Iterable[str]) -> list[str]:
    """Return the hard keys of an alert; the first word of each says which fact it is."""
    keys = {f"account:{on}:{account}" for on, account in accounts}
    keys |= {f"url:{addresses.key_of(address)}" for address in posts}
    if reference:
        keys.add(f"reference:{platform}:{reference}")
    return sorted(key[:600] for key in keys)

"""Weighing: from findings to a verdict and ranked units, by the order of trust, and "unclear" rather than a guess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from districts.jurisdiction.clue import Finding, Spot, Trust

#: A name that is so much better known elsewhere is meant there; the own state counts one step.
APART = 2
#: From this rank on a place is the seat of its district, and its namesakes in the same state are not meant.
SEAT = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the evidence points: one place, or several of which none may be preferred."""

    spots: tuple[Spot, ...]
    decided: bool


def weigh(findings: Sequence[Finding], *, state: str) -> Verdict:
    """Return where the person is, as far as their own evidence says."""
    own = [finding for finding in findings if finding.whose == "person" and finding.spots]
    gone = [spot for finding in own if finding.gone for spot in finding.spots]
    deciding = [
        finding
        for finding in own
        if not finding.gone
        and finding.trust > Trust.GOING
        and not (finding.trust < Trust.HERE and _all_agree(finding.spots, gone))
    ]
    closer = [finding for finding in deciding if not _is_wide(finding, state)]
    if not deciding:
        return Verdict(_offered(findings, state), decided=False)
    if not closer:
        return Verdict((), decided=False)
    tiers = sorted({_tier(finding.trust) for finding in closer}, reverse=True)
    top = _newest([finding for finding in closer if _tier(finding.trust) == tiers[0]])
    spots, conflict = _agreed(top)
    for trust in tiers[1:]:
        for finding in closer:
            if _tier(finding.trust) == trust and not conflict:
                spots = _narrowed(spots, finding.spots) or spots
    for finding in deciding:
        if not conflict:
            spots = _narrowed(spots, finding.spots) or spots
    if len(_districts(spots)) > 1 and not conflict:
        spots = _better_known(spots, state)
    against = [
        finding
        for finding in closer
        if finding.trust == Trust.NOW
        and tiers[0] in {Trust.EXPLICIT, Trust.STD}
        and not _narrowed(spots, finding.spots)
    ]
    spots = _united(spots, [spot for finding in against for spot in finding.spots])
    return Verdict(spots, decided=len(_districts(spots)) == 1 and not against and not conflict)


def _tier(trust: int) -> int:
    """Return the step of trust: where somebody comes from and what they name are one step."""
    return Trust.NAMED if trust == Trust.HOME else trust


def _is_wide(finding: Finding, state: str) -> bool:
    """Tell whether a finding names no more than the whole state of the cell."""
    return all(spot.country == "IN" and spot.state in {"", state} and not spot.district for spot in finding.spots)


def _newest(findings: list[Finding]) -> list[Finding]:
    """Of fixes of one telephone that moves, keep the last."""
    if findings[0].trust != Trust.FIX:
        return findings
    dated = [finding for finding in findings if finding.at is not None]
    if len(dated) != len(findings):
        return findings
    last = max(finding.at for finding in dated if finding.at)
    return [finding for finding in dated if finding.at == last]


def _agreed(findings: list[Finding]) -> tuple[tuple[Spot, ...], bool]:
    """Return what findings of one step have in common, or all of it and that they contradict each other."""
    ordered = sorted(findings, key=lambda finding: (len(_districts(finding.spots)), not finding.reason.clue.verified))
    spots, conflict = ordered[0].spots, False
    for finding in ordered[1:]:
        common = _narrowed(spots, finding.spots)
        if common:
            spots = common
        else:
            spots, conflict = _united(spots, finding.spots), True
    return spots, conflict


def _narrowed(spots: Iterable[Spot], others: Iterable[Spot]) -> tuple[Spot, ...]:
    """Return the places that both may mean, each known as closely as either says."""
    found = [_closer(one, other) for one in spots for other in others if one.agrees(other)]
    return tuple(dict.fromkeys(found))


def _closer(one: Spot, other: Spot) -> Spot:
    """Join two that agree; a part that was named says more than the city as such."""
    parts = [part for part in (one.part, other.part) if part and part != "*city"] or [one.part or other.part]
    placed = one if one.lat is not None else other
    return replace(
        one, state=one.state or other.state, district=one.district or other.district, part=parts[0],
        lat=placed.lat, lon=placed.lon, rank=max(one.rank, other.rank) if other.district else one.rank,
    )  # fmt: skip


def _united(spots: Iterable[Spot], others: Iterable[Spot]) -> tuple[Spot, ...]:
    return tuple(dict.fromkeys([*spots, *others]))


def _better_known(spots: tuple[Spot, ...], state: str) -> tuple[Spot, ...]:
    """Leave out the namesakes that nobody would mean: a village of the name of a large city."""

    def known(spot: Spot) -> int:
        return spot.rank + (1 if spot.country == "IN" and spot.state == state else 0)

    seats = {(spot.country, spot.state) for spot in spots if spot.rank >= SEAT}
    spots = tuple(spot for spot in spots if spot.rank >= SEAT or (spot.country, spot.state) not in seats)
    best = max(known(spot) for spot in spots)
    ranked = sorted((spot for spot in spots if known(spot) > best - APART), key=lambda spot: -known(spot))
    return tuple(ranked)


def _all_agree(spots: Iterable[Spot], others: list[Spot]) -> bool:
    return bool(others) and all(any(spot.agrees(other) for other in others) for spot in spots)


def _districts(spots: Iterable[Spot]) -> set[tuple[str, str, str]]:
    """Return the different destinations: districts here, whole states and countries elsewhere are told apart later."""
    return {(spot.country, spot.state, spot.district) for spot in spots}


def _offered(findings: Sequence[Finding], state: str) -> tuple[Spot, ...]:
    """Return what may be offered where nothing decides: the best of what there is."""
    usable = sorted((one for one in findings if one.spots and not one.gone), key=lambda one: -one.trust)
    spots = [spot for finding in usable for spot in finding.spots if not _is_wide(finding, state)]
    return tuple(dict.fromkeys(spots))[:6]

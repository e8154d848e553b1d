"""Names: every place that can be named, under every spelling, with what it may be mistaken for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from districts.jurisdiction import reference
from districts.jurisdiction.clue import Spot
from districts.jurisdiction.script import WORD, bones, fold, is_hindi, plain, roman

#: A misspelling must come this near to one name and stay this far from every other.
NEAR, APART = 0.93, 0.02
SHORTEST, LONG = 5, 7


@dataclass(frozen=True, slots=True)
class Place:
    """A name's meaning: where it is, what it is, and what must stand beside it to be believed."""

    name: str
    spot: Spot
    kind: str = "town"
    #: "" nothing; cue: a word of place beside it; named: a word such as district, or its state; student: a hostel.
    needs: str = ""


@dataclass(frozen=True, slots=True)
class FalseFriend:
    """A word that is a place's name and something else as well."""

    needs: str
    not_after: re.Pattern[str] | None
    not_before: re.Pattern[str] | None


@dataclass
class Gazetteer:
    """Places by folded name, and the names that a misspelling may mean."""

    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    bare: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    strong: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: The names that ship, which a state's own go before.
    under: Gazetteer | None = None
    #: What a state has put in the place of a shipped name, or ended: its own state and district.
    silenced: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, names: Iterable[str], place: Place, *, strong: bool) -> None:
        """Put one place under several names."""
        for name in names:
            key = fold("".join(WORD.findall(plain(name))))
            friend = false_friends().get(key)
            if len(key) < (2 if is_hindi(key) else 3) or (friend and friend.needs == "never"):
                continue
            if self.under is not None and any(_is_the_same(one.spot, place.spot) for one in self.under.named(key)):
                continue
            needs = (friend.needs if friend else "") or place.needs
            known = Place(place.name, place.spot, place.kind, needs)
            others = [other for other in self.places[key] if not _is_meant_by(other, known)]
            if not any(other.spot == known.spot for other in others):
                others.append(known)
            self.places[key] = others
            self._index(key, name, strong=strong)

    def _index(self, key: str, name: str, *, strong: bool) -> None:
        if not is_hindi(name):
            self.bare[bones(key)].add(key)
        if strong and len(key) >= SHORTEST:
            self.strong[_drawer(key)].append(key)

    def replace(self, name: str, place: Place, *, gone: bool) -> None:
        """Put a state's own place where one that ships may have been, or silence that one."""
        key = fold("".join(WORD.findall(plain(name))))
        self.silenced[key].add((place.spot.state, place.spot.district))
        if not gone and len(key) >= 2:
            self.places[key].append(place)
            self._index(key, name, strong=True)

    def named(self, key: str) -> list[Place]:
        """Return what a folded name may mean."""
        own = self.places.get(key, [])
        if self.under is None:
            return own
        silenced = self.silenced.get(key, set())
        return own + [
            place
            for place in self.under.named(key)
            if (place.spot.state, place.spot.district) not in silenced
            and not any(_says_more(mine, place) for mine in own)
        ]

    def sounding(self, word: str) -> list[Place]:
        """Return what a Hindi word may mean that is known by its Roman spelling only."""
        sound, friend = roman(word), false_friends().get(fold(word))
        if len(sound) < SHORTEST or (friend and friend.needs == "never"):
            return []
        found = self.bare.get(bones(sound), set()) | (self.under.bare.get(bones(sound), set()) if self.under else set())
        keys = [key for key in sorted(found) if _drops_only_a(key, sound)]
        return [place for key in keys for place in self.named(key) if place.spot.rank]

    def misspelt(self, key: str) -> list[Place]:
        """Return the one well-known name that a word comes near to, if there is one and no second."""
        if len(key) < SHORTEST:
            return []
        near: list[tuple[float, str]] = []
        names = [*self.strong.get(_drawer(key), ()), *(self.under.strong.get(_drawer(key), ()) if self.under else ())]
        for other in dict.fromkeys(names):
            likeness = JaroWinkler.similarity(key, other, score_cutoff=NEAR)
            if likeness and OSA.distance(key, other) <= (1 if len(key) < LONG else 2):
                near.append((likeness, other))
        near.sort(reverse=True)
        if not near:
            return []
        best = self.named(near[0][1])
        districts = {place.spot.district or place.spot.state for place in best}
        for likeness, other in near[1:]:
            meant = {place.spot.district or place.spot.state for place in self.named(other)}
            if likeness > near[0][0] - APART and not meant & districts:
                return []
        return best


def _drawer(key: str) -> str:
    return f"{'h' if is_hindi(key) else 'r'}{key[0]}"


def _drops_only_a(one: str, other: str) -> bool:
    """Tell whether one spelling is the other without some of the vowels that Hindi does not write."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    letters = iter(longer)
    return JaroWinkler.similarity(one, other) >= NEAR and all(letter in letters for letter in shorter)


def _is_the_same(one: Spot, other: Spot) -> bool:
    return (one.country, one.state, one.district) == (other.country, other.state, other.district)


def _says_more(mine: Place, shipped_one: Place) -> bool:
    """Tell whether a state's own place is the one that ships, known as closely or closer."""
    same = mine.kind == shipped_one.kind or not shipped_one.spot.district
    return same and shipped_one.kind not in {"state", "country"} and mine.spot.agrees(shipped_one.spot)


def _is_meant_by(district: Place, town: Place) -> bool:
    """Tell whether an alias of a district is the name of a town in it, which says more."""
    same = (district.spot.state, district.spot.district) == (town.spot.state, town.spot.district)
    return same and district.kind == "district" != town.kind and town.name != district.name


@lru_cache(maxsize=1)
def false_friends() -> dict[str, FalseFriend]:
    """Return the words that are places and other things as well, by folded word."""
    return {
        fold("".join(WORD.findall(row["word"]))): FalseFriend(
            row["needs"],
            _before(reference.several(row["not_after"])),
            _behind(reference.several(row["not_before"])),
        )
        for row in reference.rows("words")
    }


def _before(words: list[str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, words))})\s*$", re.IGNORECASE) if words else None


def _behind(words: list[str]) -> re.Pattern[str] | None:
    return re.compile(rf"^[\s,]*(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE) if words else None


@lru_cache(maxsize=1)
def shipped() -> Gazetteer:
    """Return the names that ship with the portal."""
    gazetteer = Gazetteer()
    for row in reference.rows("countries"):
        place = Place(row["name_en"], Spot(country=row["name_en"], rank=3), "country")
        names = [name for name in reference.several(row["aliases"]) if len(name) > 2]
        gazetteer.add([row["name_en"], row["name_hi"], *names], place, strong=False)
    for row in reference.rows("states"):
        place = Place(row["name_en"], Spot(state=row["code"], rank=3), "state")
        names = [row["name_en"], row["name_hi"], *reference.several(row["aliases"])]
        gazetteer.add([name for name in names if len(name) > 2], place, strong=True)
    for (state, name), row in reference.districts().items():
        place = Place(
            name, Spot(state=state, district=name, rank=2, lat=float(row["lat"]), lon=float(row["lon"])), "district"
        )
        gazetteer.add([name, row["name_hi"], *reference.several(row["aliases"])], place, strong=True)
    for row in reference.rows("cities"):
        place = Place(row["name_en"], Spot(state=row["state"], rank=int(row["rank"])), "city")
        gazetteer.add([row["name_en"], row["name_hi"], *reference.several(row["aliases"])], place, strong=True)
    for row in reference.rows("places"):
        spot = Spot(state=row["state"], district=row["district"], part=row["unit"], rank=int(row["rank"]))
        place = Place(row["name_en"], spot, row["kind"], "" if int(row["rank"]) else "cue")
        gazetteer.add([row["name_en"], row["name_hi"], *reference.several(row["aliases"])], place, strong=True)
    _add_towns(gazetteer)
    _share_namesakes(gazetteer)
    return gazetteer


def _share_namesakes(gazetteer: Gazetteer) -> None:
    """Let a Hindi name mean what its Roman spelling may mean as well: most towns are known by that one only."""
    for key, places in gazetteer.places.items():
        if is_hindi(key):
            spelt = {fold("".join(WORD.findall(plain(place.name)))) for place in places}
            others = [other for roman_key in sorted(spelt) for other in gazetteer.places.get(roman_key, ())]
            places += [other for other in others if not any(place.spot.agrees(other.spot) for place in places)]


def _add_towns(gazetteer: Gazetteer) -> None:
    """Add what is known by one Roman spelling only; a word of place must stand beside it."""
    for row in reference.rows("made_from"):
        spot = Spot(state=row["state"], district=row["district"], lat=float(row["lat"]), lon=float(row["lon"]))
        gazetteer.add([row["place"]], Place(row["place"], spot, "town", "cue"), strong=True)
    known_before = frozenset(gazetteer.places)
    for row in reference.rows("towns"):
        words = [fold(word) for word in WORD.findall(row["name"])]
        # A head office in another state is a smaller thing than one here, of which more is known.
        spot = Spot(state=row["state"], district=row["district"], rank=int(row["rank"]) if row["district"] else 0)
        known, friend = gazetteer.named("".join(words)), false_friends().get("".join(words))
        if friend and friend.needs == "student":
            continue
        if any(place.spot.agrees(spot) for place in known) or (len(words) > 1 and known_before & set(words)):
            continue
        gazetteer.add([row["name"]], Place(row["name"], spot, "town", "cue"), strong=False)

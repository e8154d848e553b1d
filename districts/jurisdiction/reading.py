"""Reading what somebody wrote: clause by clause, the places in it and what is said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from districts.jurisdiction.clue import Clue, Source, Spot
from districts.jurisdiction.cues import (
    DISTRICT_BESIDE,
    STREET,
    STUDENT,
    Mode,
    is_beside_a_word_of_place,
    is_of_somebody_else,
    mode_of,
)
from districts.jurisdiction.gazetteer import Gazetteer, Place, false_friends, shipped
from districts.jurisdiction.numbers import Number, numbers_in
from districts.jurisdiction.script import WORD, fold, is_hindi, plain

ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|(?<!\w)@\w+", re.IGNORECASE)
STOP = re.compile(r"(?<=[^\W\d_]{3})\.(?=\s|$)|[!?।;\n…|]+|\.{2,}|\s[-–—]+\s(?=(?:now|abhi|but|अभी|पर)\b)")
TURN = re.compile(
    r"[\s,]+(?=(?:but|however|though|although|lekin|magar|par\s+(?:ab|abhi|main|mai|filhal|is)|pr\s+(?:ab|abhi|main|mai)|lekin|aur\s+(?:ab|abhi|main|mai)|and\s+(?:now|i|am|my)"
    r"|लेकिन|मगर|किंतु|किन्तु|परंतु|परन्तु|पर\s+(?:अब|अभी|मैं|फिलहाल|इस|आज|रह)|और\s+(?:अब|अभी|मैं|फिलहाल))(?:\s|$))"
    r"|,\s*(?=(?:now|abhi|ab|अभी|अब|main|mai|i|i['’]m|im|filhal|फिलहाल|मैं|currently|right\s+now|my|mere|mera|meri|मेरे|मेरा|मेरी|mummy|papa|मम्मी|पापा|family|parents|माँ|here|यहाँ|yaha|yahan)(?:\s|$))"
    r"|[\s,]+(?=(?:fir|phir|then|फिर)\s)",
    re.IGNORECASE,
)
BETWEEN = re.compile(
    r"^[\s,()\-–/|]*(?:(?:district|distt?\.?|dist|zila|jila|city|जिला|ज़िला|शहर|in|ke|ki|ka|के|की|का|me|में|near|ps|thana|थाना|tehsil|तहसील|po|post)[\s,:.()-]*)?$",
    re.IGNORECASE,
)
INITIALS = {
    "UP": "UP",
    "MP": "MP",
    "HP": "HP",
    "RAJ": "RJ",
    "RJ": "RJ",
    "GUJ": "GJ",
    "MH": "MH",
    "HR": "HR",
    "PB": "PB",
    "WB": "WB",
    "AP": "AP",
    "TN": "TN",
    "UK": "UK",
    "J&K": "JK",
}
SHORT_STATE = re.compile(
    r"(?<=[\s,(.-])(U\.?\s?P|M\.?\s?P|H\.?\s?P|RAJ|Raj|RJ|Guj|GUJ|MH|HR|PB|WB|AP|TN|UK|J&K)\.?(?=[\s,).!?-]|$)"
)
LONGEST = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that a clause names, where it may be, and what is said of it."""

    name: str
    places: tuple[Place, ...]
    mode: Mode
    start: int
    end: int
    district: bool = False

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where it may be."""
        return tuple(place.spot for place in self.places)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a text that says one thing of somebody, with what it names."""

    text: str
    whose: str
    mentions: tuple[Mention, ...]
    numbers: tuple[Number, ...]


def clauses_of(text: str) -> list[str]:
    """Cut a text where it begins to say something else."""
    tidy = ADDRESS.sub(" ", plain(text)).replace("#", " ").replace("_", " ")
    pieces = [piece for sentence in STOP.split(tidy) for piece in TURN.split(sentence)]
    return [piece.strip(" ,\t") for piece in pieces if piece and piece.strip(" ,\t")]


def read(
    text: str, gazetteer: Gazetteer | None = None, *, whose: str = "person", codes: frozenset[str] = frozenset()
) -> list[Clause]:
    """Return the clauses of a text with the places, telephones and PINs in them."""
    names = gazetteer or shipped()
    student = STUDENT.search(text) is not None
    read_ones = []
    for piece in clauses_of(text):
        numbers = numbers_in(piece, codes)
        masked = _masked(piece, numbers)
        mentions = _together(piece, _mentions(masked, names, student=student, pin=bool(numbers)))
        other = whose == "person" and is_of_somebody_else(piece)
        read_ones.append(Clause(piece, "family" if other else whose, tuple(mentions), tuple(numbers)))
    return read_ones


def clues_in(text: str, *, source: str = "text", whose: str = "person") -> list[Clue]:
    """
    Return the clues in a text, each with the clause it stands in, so that it can be read again as it was meant.

    Telephones are read before PINs. A fixed line is a clue of its own kind, ``std``; a mobile tells no place and comes
    along as a telephone.
    """
    found: list[Clue] = []
    for clause in read(text, whose=whose):
        for number in clause.numbers:
            if number.kind == "pin":
                found.append(Clue(source, clause.whose, text=clause.text, pin=number.digits))
            else:
                kind = Source.STD if number.kind == "fixed" else source
                found.append(Clue(kind, clause.whose, text=clause.text, phone=number.digits))
        if clause.mentions:
            found.append(Clue(source, clause.whose, text=clause.text))
    return list(dict.fromkeys(found))


def _masked(text: str, numbers: list[Number]) -> str:
    letters = list(text)
    for number in numbers:
        letters[number.start : number.end] = " " * (number.end - number.start)
    return "".join(letters)


def _mentions(text: str, names: Gazetteer, *, student: bool, pin: bool) -> list[Mention]:
    tokens = list(WORD.finditer(text))
    found: list[Mention] = []
    place = 0
    while place < len(tokens):
        mention, used = _longest(text, tokens, place, names)
        if mention:
            found.append(mention)
        place += used
    for short in SHORT_STATE.finditer(text):
        code = INITIALS[re.sub(r"[.\s]", "", short.group(1)).upper()]
        state = Place(short.group(1), Spot(state=code, rank=3), "state")
        mode = mode_of(text[: short.start()], text[short.end() :], text)
        found.append(Mention(short.group(1), (state,), mode, short.start(), short.end()))
    return _believed(text, sorted(found, key=lambda one: one.start), pin=pin, student=student)


def _longest(text: str, tokens: list[re.Match[str]], first: int, names: Gazetteer) -> tuple[Mention | None, int]:
    """Return the place that the next words name, the longest name first, and how many words it takes."""
    for count in range(min(LONGEST, len(tokens) - first), 0, -1):
        words = tokens[first : first + count]
        start, end = words[0].start(), words[-1].end()
        if count > 1 and re.search(r"[,;:()/]", text[start:end]):
            continue
        key = fold("".join(word.group() for word in words))
        if count > 1 and len(key) < (4 if is_hindi(key) else 6):
            continue
        places = names.named(key) or (_guessed(text, words[0], key, names) if count == 1 else [])
        if not places or _is_spoilt(text, start, end, key) or STREET.match(text[end:]):
            continue
        mode = mode_of(text[:start], text[end:], text)
        beside = text[max(0, start - 12) : start] + " " + text[end : end + 10]
        mention = Mention(text[start:end], tuple(places), mode, start, end, DISTRICT_BESIDE.search(beside) is not None)
        return mention, count
    return None, 1


def _guessed(text: str, word: re.Match[str], key: str, names: Gazetteer) -> list[Place]:
    """Return what a word may mean that is no name as it stands: another script, or a misspelling."""
    left, right = text[: word.start()], text[word.end() :]
    if key in COMMON or (
        mode_of(left, right, text) is Mode.NAMED and not is_beside_a_word_of_place(left, right) and len(key) < 7
    ):
        return []
    sounding = names.sounding(word.group()) if is_hindi(key) else []
    return sounding or names.misspelt(key)


def _is_spoilt(text: str, start: int, end: int, key: str) -> bool:
    """Tell whether the words around say that this is the other meaning of a false friend."""
    friend = false_friends().get(key)
    if friend is None:
        return False
    before = friend.not_after is not None and friend.not_after.search(text[:start]) is not None
    return before or (friend.not_before is not None and friend.not_before.match(text[end:]) is not None)


def _believed(text: str, mentions: list[Mention], *, pin: bool, student: bool) -> list[Mention]:
    """Leave out the words that are a place's name only by chance."""
    kept: list[Mention] = []
    for mention in mentions:
        left, right = text[: mention.start], text[mention.end :]
        named = is_beside_a_word_of_place(left, right)
        others = [other for other in mentions if other is not mention]
        held = any(_lies_in(mention, other) for other in others)
        cue = named or held or mention.mode is not Mode.NAMED or (pin and bool(re.match(r"^[\s,-]*$", right)))
        allowed = {
            "": True,
            "cue": cue,
            "named": named or held or mention.mode is Mode.HOME,
            "student": student or held,
        }
        places = tuple(place for place in mention.places if allowed[place.needs])
        if places and not any(_outshines(other, places) for other in others):
            kept.append(replace(mention, places=places))
    return kept


def _outshines(other: Mention, places: tuple[Place, ...]) -> bool:
    """Tell whether another name of the clause is a city, and these are villages elsewhere that a quarter is called as."""
    if not any(place.needs == "" and place.spot.rank >= 2 and place.kind != "state" for place in other.places):
        return False
    weak = all(place.needs == "cue" and place.spot.rank <= 1 for place in places)
    return weak and not any(place.spot.agrees(spot) for place in places for spot in other.spots)


def _lies_in(mention: Mention, other: Mention) -> bool:
    return any(
        wide != near and wide.holds(near) and (wide.state or wide.country != "IN")
        for wide in other.spots
        for near in mention.spots
    )


def _together(text: str, mentions: list[Mention]) -> list[Mention]:
    """Read names that stand beside each other as one address, and let each narrow down the other."""
    narrowed = [_narrowed(mention, [other for other in mentions if other is not mention]) for mention in mentions]
    merged: list[Mention] = []
    for mention in narrowed:
        last = merged[-1] if merged else None
        if (
            last
            and BETWEEN.match(text[last.end : mention.start])
            and (_lies_in(last, mention) or _lies_in(mention, last) or last.spots == mention.spots)
        ):
            near = last if _lies_in(last, mention) else mention
            mode = mention.mode if mention.mode is not Mode.NAMED else last.mode
            merged[-1] = replace(
                near, name=text[last.start : mention.end], mode=mode, start=last.start, end=mention.end,
                district=last.district and mention.district,
            )  # fmt: skip
        else:
            merged.append(mention)
    return merged


def _narrowed(mention: Mention, others: list[Mention]) -> Mention:
    for other in others:
        kept = tuple(
            place
            for place in mention.places
            if any(wide.holds(place.spot) and wide != place.spot for wide in other.spots)
        )
        if kept and len(kept) < len(mention.places):
            mention = replace(mention, places=kept)
    return mention


#: Words that stand before "in" every day and come near to some name.
COMMON = frozenset(
    fold(word)
    for word in [
        "hostel",
        "hospital",
        "ghar",
        "office",
        "life",
        "zindagi",
        "jindagi",
        "room",
        "school",
        "college",
        "class",
        "coaching",
        "dil",
        "mann",
        "man",
        "dimag",
        "raat",
        "subah",
        "shaam",
        "hotel",
        "train",
        "bus",
        "market",
        "mandir",
        "masjid",
        "duniya",
        "baat",
        "haal",
        "halat",
        "problem",
        "tension",
        "pain",
        "peace",
        "love",
        "last",
        "first",
        "family",
        "world",
        "time",
        "night",
        "morning",
        "evening",
        "house",
        "home",
        "village",
        "kamre",
        "kamra",
        "bathroom",
        "balcony",
        "terrace",
        "chhat",
        "pani",
        "river",
        "nadi",
        "jungle",
        "school",
        "exam",
        "result",
        "test",
        "paper",
        "physics",
        "maths",
        "hindi",
        "english",
        "khushi",
        "akhir",
        "beech",
        "bich",
        "saath",
        "sath",
        "dard",
        "gussa",
        "aakhir",
        "maut",
        "marne",
        "jeene",
        "jail",
        "court",
        "depression",
        "stress",
        "sach",
        "jhooth",
        "paise",
        "paisa",
        "karz",
        "loan",
        "naukri",
        "job",
        "banda",
        "kitchen",
        "jaan",
        "jaane",
        "agar",
        "magar",
        "andar",
        "bahar",
        "upar",
        "niche",
        "jisme",
        "isme",
        "usme",
        "kisi",
        "kabhi",
        "sabhi",
        "abhi",
        "tabhi",
        "yahan",
        "अगर",
        "मगर",
        "अंदर",
        "बाहर",
        "आखिर",
        "जीवन",
        "जिंदगी",
        "ज़िंदगी",
        "दुनिया",
        "घर",
        "कमरे",
        "अस्पताल",
        "स्कूल",
        "कॉलेज",
        "कक्षा",
        "दिल",
        "मन",
        "दिमाग",
        "रात",
        "सुबह",
        "शाम",
        "परीक्षा",
        "रिजल्ट",
        "शिकार",
        "बाजार",
        "मंदिर",
        "मौत",
        "प्यार",
        "दर्द",
        "आखिरी",
        "परिवार",
        "समाज",
        "समय",
        "साथ",
        "बीच",
        "हालत",
        "नौकरी",
        "कर्ज",
        "जेल",
        "संसार",
        "शांति",
    ]
)

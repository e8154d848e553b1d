"""Spelling: one form for the many ways in which a name is written, in Devanagari and in Roman letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

DEVANAGARI = re.compile(r"[\u0900-\u097f]")
#: A word of letters; the signs of Devanagari belong to it, its full stop and digits do not.
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0963\u0970-\u097f])*")
DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")

CONSONANTS = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "n", "च": "ch", "छ": "ch", "ज": "j", "झ": "jh", "ञ": "n",
    "ट": "t", "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n", "त": "t", "थ": "th", "द": "d", "ध": "dh", "न": "n",
    "प": "p", "फ": "ph", "ब": "b", "भ": "bh", "म": "m", "य": "y", "र": "r", "ल": "l", "व": "v", "श": "sh",
    "ष": "sh", "स": "s", "ह": "h", "ळ": "l",
}  # fmt: skip
VOWELS = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai", "ओ": "o", "औ": "au",
    "ऑ": "o", "ऍ": "e",
}  # fmt: skip
SIGNS = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "ृ": "ri", "े": "e", "ै": "ai", "ो": "o", "ौ": "au", "ॉ": "o",
    "ॅ": "e",
}  # fmt: skip
HALANT, NASAL = "्", "ंँ"

#: Spellings that are one name in Hindi: nasal signs, long and short vowels, dots below.
SAME_HINDI = str.maketrans({"ँ": "ं", "ी": "ि", "ू": "ु", "ई": "इ", "ऊ": "उ", "़": None, "\u200d": None, "\u200c": None})
NASAL_BEFORE = re.compile(r"[ङञणनम]्(?=[क-भ])")
ROMAN_RULES = [
    (re.compile(pattern), into)
    for pattern, into in (
        (r"[^a-z]", ""),
        (r"aa+", "a"), (r"ee+", "i"), (r"oo+", "u"), (r"w", "v"), (r"z", "j"), (r"ph", "f"), (r"q", "k"), (r"ck", "k"),
        (r"chh", "ch"), (r"x", "ks"), (r"ay(?![aeiou])", "ai"), (r"(.)\1+", r"\1"),
    )
]  # fmt: skip


def is_hindi(word: str) -> bool:
    """Tell whether a word is written in Devanagari."""
    return DEVANAGARI.search(word) is not None


def plain(text: str) -> str:
    """Return a text in one form of Unicode, with Roman digits."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text)).translate(DIGITS)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Return the key of a name: the same for all its usual spellings in one script."""
    if is_hindi(word):
        decomposed = unicodedata.normalize("NFD", word).translate(SAME_HINDI)
        folded = NASAL_BEFORE.sub("ं", decomposed)
        return "".join(letter for letter in folded if DEVANAGARI.match(letter))
    folded = unicodedata.normalize("NFKD", word).lower()
    for pattern, into in ROMAN_RULES:
        folded = pattern.sub(into, folded)
    return folded


@lru_cache(maxsize=16384)
def roman(word: str) -> str:
    """Return how a Hindi word sounds in Roman letters, folded; a Roman word is only folded."""
    if not is_hindi(word):
        return fold(word)
    out, letters = [], unicodedata.normalize("NFD", word).replace("़", "")
    letters = unicodedata.normalize("NFC", letters)
    for place, letter in enumerate(letters):
        following = letters[place + 1 : place + 2]
        if letter in CONSONANTS:
            out.append(CONSONANTS[letter])
            if following and following not in SIGNS and following != HALANT:
                out.append("a")
        elif letter in VOWELS:
            out.append(VOWELS[letter])
        elif letter in SIGNS:
            out.append(SIGNS[letter])
        elif letter in NASAL:
            out.append("m" if following and following in "पफबभम" else "n")
    return fold("".join(out))


@lru_cache(maxsize=65536)
def bones(folded_roman: str) -> str:
    """Return what is left of a Roman key without the vowel that Hindi does not write."""
    return folded_roman[:1] + folded_roman[1:].replace("a", "")

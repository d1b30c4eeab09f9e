"""The words that the report grammar understands: what each says about sides and zones.

A new synonym or abbreviation is a line here; how words are bound together is `clauses.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from textguide.text.vocabulary import WHOLE_WORDS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SIDES = ("left", "right")
ZONES = ("upper", "middle", "lower")
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve thirteen"
COUNT_WORDS = tuple(_COUNTED.split())
NUMBERS = {typed: number for number, word in enumerate(COUNT_WORDS) for typed in (word, str(number))}

SYNONYMS = {
    **dict.fromkeys(("top", "superior", "apical"), "upper"),
    "mid": "middle",  # not "central": in a lung that is near the hilum, at any height
    **dict.fromkeys(("bottom", "inferior", "basal", "basilar"), "lower"),
    **dict.fromkeys(("whole", "entire"), "all"),
    **dict.fromkeys(("&", "+", "/"), "and"),
    **dict.fromkeys((";", ":", "(", ")"), ","),
}
ABBREVIATIONS = {
    f"{side[0]}{zone[0]}z": (side, zone, "zone") for side in SIDES for zone in ZONES
}  # LUZ: left upper zone

LUNG_NOUNS = frozenset(("lung", "lungs"))
ZONE_NOUNS = _set("zone zones field fields region regions")
PLURAL_NOUNS = _set("lungs zones fields regions")
LATERALITY = ("unilateral", "bilateral")
NEGATIONS = _set(
    """
    no not without none never neither nor clear clears cleared spared spare spares sparing except
    excepting exception excluding excludes free absent absence resolved normal unremarkable negative
    """
)
FINDINGS = _set(
    """
    infection infections infected infectious pneumonia covid disease opacity opacities opacification
    consolidation consolidations infiltrate infiltrates infiltration infiltrations airspace ground glass
    patchy hazy diffuse focal multifocal lesion lesions involvement inflammation
    """
)
FUNCTION_WORDS = _set(
    """
    a an the in of at on is are there seen with shows show showing demonstrates noted visible
    present involving involves affecting affects affected located area areas part parts portion
    pulmonary chest x ray radiograph image film frontal finding findings impression report mild moderate
    severe small large acute - " '
    """
)
"""Words that neither name a finding nor a place: they may stand anywhere."""

GRAMMAR = frozenset(
    (*SIDES, *ZONES, *LATERALITY, *NUMBERS, "all", "both", "and", ",", ".", *LUNG_NOUNS, *ZONE_NOUNS)
)
UNDERSTOOD = GRAMMAR | FINDINGS | FUNCTION_WORDS
REPAIRABLE = tuple(
    word
    for word in (
        *SIDES,
        *ZONES,
        *LATERALITY,
        *COUNT_WORDS,
        *("lung", "pulmonary", "infection", "infected", "area", "areas"),
    )
    if len(word) > 3
)
"""The closed vocabulary of the data sets: only towards these is a typing error repaired."""


@dataclass(frozen=True)
class Words:
    """A text as the grammar sees it.

    Attributes:
        understood: canonical words and separators, in order; a word without a meaning here stands as it is.
        repairs: (as typed, as read) pairs, each once.
        unknown: words that neither the grammar nor the vocabulary knows, each once, in order.
    """

    understood: tuple[str, ...]
    repairs: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


def read_words(text: str) -> Words:
    """Split a text into words and separators; resolve synonyms, abbreviations and typing errors."""
    understood: list[str] = []
    repairs: dict[str, str] = {}
    unknown: dict[str, None] = {}
    for word in split_words(text):
        word = SYNONYMS.get(word, word)
        if word in ABBREVIATIONS:
            understood.extend(ABBREVIATIONS[word])
            continue
        if word not in UNDERSTOOD and word not in WHOLE_WORDS and word.isalpha():
            repaired = repair(word)
            if repaired is None:
                unknown[word] = None
            else:
                repairs[word] = word = repaired
        understood.append(word)
    return Words(tuple(understood), tuple(repairs.items()), tuple(unknown))


def split_words(text: str) -> list[str]:
    """Return words, numbers and single symbols; the `EOF XXX` that the LViT sheets end with is dropped."""
    text = unicodedata.normalize("NFKC", text).lower()
    # Format characters (soft hyphen, direction marks) are invisible: they must not cut a word.
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return re.findall(r"[^\W_]+|[^\s\x00]", re.sub(r"\b(?:eof|xxx)\b", " ", text))


@lru_cache(maxsize=4096)
def repair(word: str) -> str | None:
    """Return the word of the closed vocabulary at edit distance 1, or None if there is not just one."""
    if len(word) < 4:
        return None
    near = [known for known in REPAIRABLE if is_one_edit_apart(word, known)]
    return near[0] if len(near) == 1 else None


def is_one_edit_apart(first: str, second: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbours makes one word the other."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    shared = 0
    while shared < min(len(first), len(second)) and first[shared] == second[shared]:
        shared += 1
    rest, other = first[shared:], second[shared:]
    if len(rest) == len(other):
        return rest[1:] == other[1:] or (rest[1::-1] == other[:2] and rest[2:] == other[2:])
    return rest[1:] == other or rest == other[1:]

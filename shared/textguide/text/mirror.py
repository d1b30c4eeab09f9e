"""Left and right: rewrite zones and sentences for a mirrored picture, or for the other side convention.

A rewrite undoes itself: mirroring twice gives the first sentence back, to the letter, with misspelled sides
spelled right. Where that cannot be promised, the answer is None and the picture stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from textguide.text.lexicon import SIDES
from textguide.text.vocabulary import WHOLE_WORDS
from textguide.text.words import KNOWN, is_one_edit_apart, repair, split_words

Zone = TypeVar("Zone")

_ENDINGS = ("", "s", "most", "ward", "wards", "sided", "hand", "handed", "side")
# Abbreviations: side and zone, lobe, field or quadrant (LUZ, RML, LLF, RUQ); the side alone.
_SHORT = ("t", *(place + kind for place in "uml" for kind in "zlfq"))
PAIRS = {"left" + end: "right" + end for end in _ENDINGS} | {"l" + end: "r" + end for end in _SHORT}
SWAPS = PAIRS | {right: left for left, right in PAIRS.items()} | {"L": "R", "R": "L"}

_OPAQUE_WORDS = """
l r ul ur ll lr lingula lingular clockwise counterclockwise anticlockwise links rechts linke rechte linken
rechten gauche droite droit izquierda izquierdo derecha derecho sinistra destra destro esquerda esquerdo
direita direito
"""
OPAQUE = frozenset(_OPAQUE_WORDS.split())
"""Words that name a side in a way that no swap of words mirrors."""

_SIDELESS = WHOLE_WORDS | KNOWN | {"mucuos"}  # "mucous", as the polyp prompts of medvlsm spell it

_NEAR_WORDS = """
lift loft heft deft weft lent lest leet lept lett cleft lefty luft fight might night sight tight wight fright
wright bright eight light righty bight dight hight
"""
_NEAR = frozenset(_NEAR_WORDS.split())
"""Words that are one letter from a side, and none."""
_SHORTEST_REPAIRED = 5  # shorter ones are one letter from too many words of too many languages

_OPAQUE_STEM = re.compile(r"dexter|dextr|sinist|la?evo")
_OPAQUE_PHRASE = re.compile(r"\bright (?:away|now|angles?|angled)\b|\bo['’]?\s?clock\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")  # digits belong to the word: the vertebra L1 is no left
_LAYOUT = re.compile(
    r"(?P<head>(?:[Uu]ni|[Bb]i)lateral pulmonary infection, (?!left|right)[a-z]+ infected areas?, )"
    r"(?:(?P<left>(?:(?:all|upper|middle|lower) )*)left lung)?"
    r"(?P<join> and )?"
    r"(?:(?P<right>(?:(?:all|upper|middle|lower) )*)right lung)?"
    r"(?P<tail>\.*(?:\s|EOF|XXX)*)"
)


def mirror_zones(zones: Sequence[Zone]) -> tuple[Zone, ...]:
    """Exchange the three zones of the left with the three of the right.

    Raises:
        ValueError: if there are not six values.
    """
    if len(zones) != 6:
        raise ValueError(f"zones must be six values (left upper first), got {len(zones)}")
    return (*zones[3:], *zones[:3])


def swap_sides(text: str) -> str:
    """Exchange every word for left and right (LUZ and RUZ, "left-sided" ...), and touch nothing else.

    Position words ("top", "lower") stay. A word keeps its case: lower, Title or UPPER.
    """
    return _WORD.sub(lambda match: _swap_word(match.group()), text)


def mirror_report(text: str) -> str | None:
    """Rewrite a sentence for a picture that is mirrored left-right.

    A sentence in the layout of the data sets keeps that layout (the left lung is named first); in any other,
    the words for the sides are exchanged one by one. A text without a side is returned as it is.

    Args:
        text: any string.

    Returns:
        The new sentence, or None where a side may be named in words that are not understood.
    """
    text = _spell_sides(text)
    layout = _LAYOUT.fullmatch(text)
    if layout and bool(layout["join"]) == (layout["left"] is not None and layout["right"] is not None):
        return _mirror_layout(layout)
    if not _is_clear(text):
        return None
    swapped = swap_sides(text)
    return swapped if swap_sides(swapped) == text else None


def _mirror_layout(layout: re.Match[str]) -> str:
    left, right = layout["right"], layout["left"]
    places = [
        f"{zones}{side} lung" for side, zones in zip(SIDES, (left, right), strict=True) if zones is not None
    ]
    return layout["head"] + " and ".join(places) + layout["tail"]


def _spell_sides(text: str) -> str:
    """Repair the sides that are misspelled by one letter, if every other word is known.

    A text in another language may hold words that look so.
    """
    words = _WORD.findall(text)
    if not any(map(_misspelled_side, words)):
        return text
    if not all(_misspelled_side(word) or _swap_word(word) != word or _is_sideless(word) for word in words):
        return text

    def spell(match: re.Match[str]) -> str:
        word = match.group()
        side = _misspelled_side(word)
        return _in_case_of(word, side) if side else word

    return _WORD.sub(spell, text)


def _misspelled_side(word: str) -> str:
    """Return the side that the parser reads in a word that is none, or ""."""
    lower = word.lower()
    is_other = lower in SWAPS or lower in OPAQUE or lower in _NEAR or lower in WHOLE_WORDS
    if is_other or len(word) < _SHORTEST_REPAIRED or not word.isascii():
        return ""
    read = repair(lower)
    return read if read in SIDES else ""


def _is_sideless(word: str) -> bool:
    """Tell whether a word is known, or misspelled by one letter, and names no side."""
    lower = word.lower()
    if lower in _SIDELESS or word.isdigit() or len(word) == 1:
        return True
    return repair(lower) not in (None, *SIDES)


def _is_clear(text: str) -> bool:
    """Tell whether every word that may name a side is one that we can exchange."""
    words = _WORD.findall(text)
    if _OPAQUE_PHRASE.search(text) or any(_is_opaque(word) for word in words):
        return False
    if sum(word in SIDES for word in split_words(text)) != sum(word.lower() in SIDES for word in words):
        return False  # full-width letters or a soft hyphen hide a side from the exchange
    if any(_swap_word(word) != word for word in words):
        return True
    # A text in another language, or full of unknown words, may name a side that we cannot see.
    return all(map(_is_sideless, words))


def _is_opaque(word: str) -> bool:
    if _swap_word(word) != word:
        return False
    lower = word.lower()
    if lower in OPAQUE or lower in SWAPS or _OPAQUE_STEM.match(lower):
        return True
    if lower in WHOLE_WORDS:
        return False
    is_abbreviation = word.isalpha() and word.isupper() and len(word) <= 3 and word[0] in "LR"
    return is_abbreviation or any(is_one_edit_apart(lower, side) or side in lower for side in SIDES)


def _swap_word(word: str) -> str:
    if word in SWAPS:
        return SWAPS[word]
    other = SWAPS.get(word.lower())
    if other is None or len(word) == 1:
        return word
    return _in_case_of(word, other)


def _in_case_of(word: str, other: str) -> str:
    if word.isupper():
        return other.upper()
    if word == word.capitalize():
        return other.capitalize()
    return other if word == word.lower() else word

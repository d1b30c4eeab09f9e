"""Words -> zones in a row and sides: the two kinds of phrase that `clauses.py` binds together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from textguide.text.lexicon import (
    ALL,
    ARTICLES,
    FINDINGS,
    FUNCTION_WORDS,
    LOBE_NOUNS,
    LUNG_NOUNS,
    PLACE_WORDS,
    PLURALS,
    PREPOSITIONS,
    SEPARATORS,
    SIDE_NOUNS,
    SIDES,
    ZONE_NOUNS,
    ZONES,
)

BOTH = frozenset((0, 1))
_BEHIND_A_LUNG = PLACE_WORDS | PREPOSITIONS | SEPARATORS
_NOUNS = ZONE_NOUNS | LUNG_NOUNS
_FOUND = FINDINGS | FUNCTION_WORDS
_INFECTED = frozenset(("infected", "affected", "involved"))
_THROUGHOUT = (["in"], ["all", "of"])
_RUNS = frozenset(("to", "up", "down", "through"))


@dataclass(frozen=True)
class Row:
    """Zones in a row: "upper", "upper and lower zones", "apex to base".

    Attributes:
        end: the word behind it.
        zones: 0 upper, 1 middle, 2 lower.
        is_closed: a noun ends it.
        are_plural: there are nouns, and all stand in the plural.
        is_loose: not a list of one lung's zones: "lower zones and upper", "upper zone and lower", "upper and
            upper", "upper and lower zones and middle zone".
    """

    end: int
    zones: frozenset[int]
    is_closed: bool
    are_plural: bool
    is_loose: bool


@dataclass(frozen=True)
class Marker:
    """A side, or both.

    Attributes:
        end: the word behind it.
        sides: 0 left, 1 right.
        noun: "lung", "lobe" or "side" where one of these is part of it, or "".
        is_plural: it is both lungs or both sides.
        is_bilateral: it is the word "bilateral".
        is_whole: "both entire lungs".
    """

    end: int
    sides: frozenset[int]
    noun: str = ""
    is_plural: bool = False
    is_bilateral: bool = False
    is_whole: bool = False

    def takes(self, row: Row) -> bool:
        """Tell whether `row` may be a list of this side's zones."""
        return len(self.sides) == 2 or not row.is_loose


def word_at(words: Sequence[str], index: int) -> str:
    """Return a word, or "" outside."""
    return words[index] if 0 <= index < len(words) else ""


def find_rows(words: Sequence[str], start: int) -> Iterator[Row]:
    """Yield the rows that begin at `start`, the shortest first."""
    index, zones, nouns = start, frozenset[int](), list[str]()
    without_noun, is_ended, is_loose = 0, False, False
    while word_at(words, index) in ZONES:
        found, index, noun = _zone(words, index)
        nouns.append(noun)
        without_noun += len(found)
        is_loose |= is_ended or not zones.isdisjoint(found) or (noun in PLURALS and without_noun == 1)
        is_ended |= noun in PLURALS and without_noun > 1
        without_noun = 0 if noun else without_noun
        zones |= found
        named = [noun for noun in nouns if noun]
        yield Row(
            end=index,
            zones=zones,
            is_closed=bool(noun),
            are_plural=bool(named) and PLURALS.issuperset(named),
            is_loose=len(nouns) > 1 and (is_loose or (bool(named) and not noun)),
        )
        while word_at(words, index) in (",", "and"):
            index += 1


def _zone(words: Sequence[str], start: int) -> tuple[frozenset[int], int, str]:
    """Return a zone, or the run of "apex to base"; where the words go on; and the noun."""
    first = last = ZONES.index(words[start])
    index, noun = _noun(words, start + 1)
    to = index
    while word_at(words, to) in _RUNS - {"to"}:
        to += 1
    if word_at(words, to) == "to" and word_at(words, to + 1) in ZONES:
        last = ZONES.index(words[to + 1])
        index, noun = _noun(words, to + 2)
    return frozenset(range(min(first, last), max(first, last) + 1)), index, noun


def _noun(words: Sequence[str], index: int) -> tuple[int, str]:
    noun = word_at(words, index)
    return (index + 1, noun) if noun in _NOUNS else (index, "")


def find_markers(words: Sequence[str], start: int) -> Iterator[Marker]:
    """Yield the markers that begin at `start`: "left", "left lung", "both lungs", "left and right"."""
    word, index = word_at(words, start), start + 1
    if word == "bilateral":
        is_lobe = word_at(words, index) in LOBE_NOUNS
        yield _marker(words, index, BOTH) if is_lobe else Marker(index, BOTH, is_bilateral=True)
    elif word == "both":
        is_whole = word_at(words, index) in ALL and word_at(words, index + 1) in LUNG_NOUNS
        yield replace(_marker(words, index + is_whole, BOTH), is_whole=is_whole)
        if word_at(words, index) in SIDES:
            yield from (marker for marker in find_markers(words, index) if marker.sides == BOTH)
    elif word in SIDES:
        is_pair = word_at(words, index) == "and" and {word, word_at(words, index + 1)} == set(SIDES)
        pair = _marker(words, index + 2, BOTH) if is_pair else None
        yield _marker(words, index, frozenset((SIDES.index(word),)))
        if pair is not None:
            yield pair


def _marker(words: Sequence[str], end: int, sides: frozenset[int]) -> Marker:
    noun = word_at(words, end)
    if noun in LUNG_NOUNS:
        return Marker(end + 1, sides, "lung", is_plural=sides == BOTH)
    if noun in LOBE_NOUNS:
        return Marker(end + 1, sides, "lobe")
    if noun in SIDE_NOUNS:
        return Marker(end + 1, sides, "side", is_plural=sides == BOTH)
    return Marker(end, sides)


def without_idle_nouns(words: Sequence[str]) -> list[str]:
    """Drop nouns that name no place.

    Such are those of "lung infection", "upper lung zone", "lung base", "infected areas", "areas of opacity".
    "Throughout" stands for "all" behind a lung, for "all of" before one, for "in" before another place.
    """
    kept: list[str] = []
    for index, word in enumerate(words):
        before, after = word_at(kept, len(kept) - 1), word_at(words, index + 1)
        names_side = before in (*SIDES, "both")
        in_zone = word in LUNG_NOUNS and (after in ZONE_NOUNS or (after in ZONES and not names_side))
        is_of_finding = word == "lung" and after and after not in _BEHIND_A_LUNG
        is_infected = word in ZONE_NOUNS and (before in _INFECTED or (not kept and after in _INFECTED))
        is_infected |= word in ("area", "areas") and after == "of" and word_at(words, index + 2) in _FOUND
        if word == "throughout":
            kept += ["all"] if before in LUNG_NOUNS else _THROUGHOUT[_is_lung(words[index + 1 :])]
        elif not (in_zone or is_infected or (is_of_finding and not names_side)):
            kept.append(word)
    return kept


def _is_lung(words: Sequence[str]) -> bool:
    """Tell whether words begin with "the left lung", "both lungs"."""
    named = [word for word in words if word not in ARTICLES]
    noun = next((index for index, word in enumerate(named) if word not in (*SIDES, "both", "and")), 0)
    return noun > 0 and named[noun] in LUNG_NOUNS


def without_lobe_names(words: Sequence[str]) -> list[str]:
    """Say "lobe" for "upper and lower lobe": which one it is tells no zone.

    Where a statement names a lobe, zones beside a side and without a noun of their own are lobes as well
    ("left upper and right lower lobes"). Articles are gone already.
    """
    if LOBE_NOUNS.isdisjoint(words):
        return list(words)
    kept: list[str] = []
    index = 0
    while index < len(words):
        end = _end_of_zones(words, index)
        behind = word_at(words, end), word_at(words, end + 1)
        if end > index:
            is_zone = behind[0] in _NOUNS or behind[0] in _RUNS
            is_zone |= behind[0] in SIDES and behind[1] in LUNG_NOUNS  # "lower left lung"
            is_elliptic = behind[0] in SIDES or any(word in SIDES for word in kept[-1:])
            is_lobe = behind[0] in LOBE_NOUNS or (is_elliptic and not is_zone)
            kept += () if is_lobe else words[index:end]
            index = end
        elif words[index] in ALL and _noun_ahead(words, index + 1) in LOBE_NOUNS:
            index += 1  # a whole lobe is no zone either
        else:
            kept.append(words[index])
            index += 1
    return kept


def _noun_ahead(words: Sequence[str], index: int) -> str:
    return next((word for word in words[index:] if word not in (*SIDES, *ZONES)), "")


def _end_of_zones(words: Sequence[str], start: int) -> int:
    """Return where "upper, middle and lower" ends, without a noun; `start` if no zone begins there."""
    end = index = start
    while word_at(words, index) in ZONES:
        end = index = index + 1
        while word_at(words, index) in (",", "and", "/", "-"):
            index += 1
    return end

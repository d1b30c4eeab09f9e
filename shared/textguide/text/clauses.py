"""Words -> places: bind every zone word to the side of its own clause.

"upper left lung and lower right lung" and "lower left lung and upper right lung" are the same bag of words,
so a zone belongs to the side in the same clause. Where a clause leaves its side out ("upper and lower right
lung"), it shares a neighbour's, if only one can be meant. What can be read in two ways is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from textguide.text.lexicon import LUNG_NOUNS, PLURAL_NOUNS, SIDES, ZONE_NOUNS, ZONES


class Unclear(StrEnum):
    """Why a place could not be read."""

    TWO_SIDES = "two sides in one clause"
    NO_SIDE = "a zone without a side"
    NO_ZONE = "a side whose zones cannot be told"
    ALL_AND_ZONE = "'all' together with a single zone"


class UnclearPlace(ValueError):
    """The words allow no or several readings; `reason` says why."""

    def __init__(self, reason: Unclear) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Clause:
    """What stands between two separators.

    Attributes:
        sides: 0 left, 1 right.
        zones: 0 upper, 1 middle, 2 lower; empty for a side named alone.
        lung: the clause ends a group with "lung".
        zone_noun: the clause ends a group with "zone", "field" or "region".
    """

    sides: frozenset[int]
    zones: frozenset[int]
    lung: bool
    zone_noun: bool

    @property
    def is_open(self) -> bool:
        """Whether the next clause may continue this one ("left upper" and "lower zones")."""
        return not (self.lung or self.zone_noun)


def read_places(words: Sequence[str]) -> list[Clause]:
    """Return one clause per place, each with its sides; a clause without zones names a whole side.

    Raises:
        UnclearPlace: where the words allow no or several readings.
    """
    places: list[Clause] = []
    for sentence in _cut(words, {"."}):
        clauses = [_clause(part) for part in _cut(sentence, {",", "and"})]
        clauses = [clause for clause in clauses if clause.sides or clause.zones]
        _share_sides(clauses)
        _check_whole_sides(clauses)
        places += clauses
    return places


def _cut(words: Iterable[str], separators: set[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word in separators:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _clause(words: list[str]) -> Clause:
    sides = frozenset(SIDES.index(word) for word in words if word in SIDES)
    zones = frozenset(ZONES.index(word) for word in words if word in ZONES)
    if len(sides) > 1:
        raise UnclearPlace(Unclear.TWO_SIDES)
    if "all" in words and zones:
        raise UnclearPlace(Unclear.ALL_AND_ZONE)
    if "both" in words and not sides and PLURAL_NOUNS.intersection(words):
        sides = frozenset((0, 1))  # without a plural it may be "both upper and lower left"
    return Clause(
        sides=sides,
        zones=frozenset((0, 1, 2)) if "all" in words else zones,
        lung=not LUNG_NOUNS.isdisjoint(words),
        zone_noun=not ZONE_NOUNS.isdisjoint(words),
    )


def _share_sides(clauses: list[Clause]) -> None:
    """Give every clause that has zones but no side the side of the neighbour it belongs to."""
    for index, clause in enumerate(clauses):
        if clause.sides:
            continue
        before = clauses[index - 1].sides if index and clauses[index - 1].is_open else frozenset()
        after = _side_after(clauses[index:])
        if before and (clause.lung or clause.zone_noun):
            after = frozenset()  # "left upper and lower zones": the noun ends the group that "left" began
        candidates = {sides for sides in (before, after) if sides}
        if len(candidates) != 1:
            raise UnclearPlace(Unclear.NO_SIDE)
        clause.sides = candidates.pop()


def _side_after(clauses: list[Clause]) -> frozenset[int]:
    """Return the side that the first clause may borrow from those behind it, or nothing."""
    if clauses[0].lung:
        return frozenset()  # "lower lung and upper right lung": which lower lung?
    for position, clause in enumerate(clauses):
        if clause.sides:
            return clause.sides if clause.zones else frozenset()
        if position and not clause.is_open:
            return frozenset()
    return frozenset()


def _check_whole_sides(clauses: list[Clause]) -> None:
    """Refuse a side without zones unless it clearly is a whole lung: "left lung", "left and right lung"."""
    for index, clause in enumerate(clauses):
        if clause.zones:
            continue
        follows_open = index > 0 and clauses[index - 1].is_open and clauses[index - 1].zones
        runs_on = clause.is_open and (index + 1 == len(clauses) or clauses[index + 1].zones)
        if follows_open or runs_on or (clause.zone_noun and not clause.lung):
            raise UnclearPlace(Unclear.NO_ZONE)

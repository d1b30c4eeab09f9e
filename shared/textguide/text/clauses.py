"""Words -> places: bind every zone word to the side it belongs to, or refuse.

"upper left lung and lower right lung" and "lower left lung and upper right lung" are the same bag of words. A
side stands before its zones ("left upper and lower zones", "left lung: apex, base") or behind them ("upper
and lower left lung", "apex and base of the left lung"). All ways to cut the words into such groups are tried:
places are read only where all that is possible means the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from textguide.text.lexicon import (
    ALL,
    ARTICLES,
    LOBE_NOUNS,
    LUNG_NOUNS,
    PLACE_WORDS,
    PREPOSITIONS,
    SEPARATORS,
    SIDES,
    ZONE_NOUNS,
    ZONES,
)
from textguide.text.phrases import (
    BOTH,
    Marker,
    Row,
    find_markers,
    find_rows,
    without_lobe_names,
    word_at,
)

Cell = tuple[int, int]
"""Side (0 left, 1 right) and zone (0 upper, 1 middle, 2 lower)."""
LONGEST = 120
"""Words: no statement of a report is longer, and the ways to read one grow with it."""
_EVERY = frozenset((0, 1, 2))


class Unclear(StrEnum):
    """Why a place could not be read."""

    TWO_SIDES = "two sides with nothing between their places"
    NO_SIDE = "a zone without a side"
    NO_ZONE = "a side whose zones cannot be told"
    ALL_AND_ZONE = "'all' together with a single zone"
    TWO_READINGS = "the words can be read in two ways"


class UnclearPlace(ValueError):
    """The words allow no or several readings; `reason` says why."""

    def __init__(self, reason: Unclear) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Places:
    """What one statement names.

    Attributes:
        cells: zones named as such.
        lungs: sides named as a lung without a zone ("left lung").
        lobes: sides named by a lobe.
    """

    cells: frozenset[Cell] = frozenset()
    lungs: frozenset[int] = frozenset()
    lobes: frozenset[int] = frozenset()

    @property
    def all_cells(self) -> frozenset[Cell]:
        """The zones named and those of the lungs named."""
        return self.cells | {(side, zone) for side in self.lungs for zone in _EVERY}

    def __or__(self, other: Places) -> Places:
        return Places(self.cells | other.cells, self.lungs | other.lungs, self.lobes | other.lobes)


def read_places(words: Sequence[str]) -> Places:
    """Return the places that the words of one statement name; none where no word names one.

    Raises:
        UnclearPlace: where the words allow no or several readings.
    """
    words = without_lobe_names([word for word in words if word not in ARTICLES])
    if PLACE_WORDS.isdisjoint(words):
        return Places()
    if len(words) > LONGEST:
        raise UnclearPlace(Unclear.TWO_READINGS)
    readings = _readings(words)
    if len(readings) == 1:
        return readings.pop()
    raise UnclearPlace(Unclear.TWO_READINGS if readings else _reason(words))


def _reason(words: list[str]) -> Unclear:
    """Say why there is no reading, by what the words lack."""
    has_zones, sides = not set(ZONES).isdisjoint(words), [word for word in words if word in SIDES]
    if has_zones and not ALL.isdisjoint(words):
        return Unclear.ALL_AND_ZONE
    if len(sides) > 1 and SEPARATORS.isdisjoint(words):
        return Unclear.TWO_SIDES
    return Unclear.NO_ZONE if sides else Unclear.NO_SIDE


def _readings(words: list[str]) -> set[Places]:
    """Return all ways to read the words to their end, found from the end to the beginning."""
    behind: list[set[Places]] = [set() for _ in words] + [{Places()}]
    for start in reversed(range(len(words))):
        if _may_skip(words, start):
            behind[start] |= behind[start + 1]
        if words[start] not in PLACE_WORDS:
            continue
        for end, places in _groups(words, start):
            if _is_set_off(words, end):
                behind[start] |= {places | others for others in behind[end]}
    return behind[0]


def _may_skip(words: list[str], index: int) -> bool:
    """Tell whether a word may stand before, between or behind groups without being part of one."""
    if words[index] == "both":  # "both upper and lower left lung"
        return word_at(words, index + 1) in ZONES
    if words[index] == "bilateral":
        return word_at(words, index + 1) not in ZONES
    return words[index] not in PLACE_WORDS


def _is_set_off(words: list[str], end: int) -> bool:
    """Tell whether a separator stands between a group and the next, if there is one."""
    for word in words[end:]:
        if word in SEPARATORS:
            return True
        if word in PLACE_WORDS:
            return False
    return True


def _groups(words: list[str], start: int) -> Iterator[tuple[int, Places]]:
    """Yield every group that begins at `start`: the word behind it, and what it names."""
    for marker in find_markers(words, start):
        yield from _side_first(words, start, marker)
    for row in find_rows(words, start):
        if word_at(words, row.end) not in ZONES:
            yield from _side_last(words, row)
    if words[start] in ALL:
        yield from _whole(words, start)
    if words[start] in LOBE_NOUNS:
        yield from _lobes(words, start)
    if words[start] == "lungs" and word_at(words, start + 1) in ALL:  # "the lungs diffusely"
        yield start + 2, _cells(BOTH, _EVERY)


def _side_first(words: list[str], start: int, marker: Marker) -> Iterator[tuple[int, Places]]:
    """Read "left upper zones", "left lung: apex and base", "on the left, the apex", "left lung"."""
    if marker.noun == "lobe" or marker.is_whole:
        is_lobe = marker.noun == "lobe"
        yield marker.end, Places(lobes=marker.sides) if is_lobe else _cells(marker.sides, _EVERY)
        return
    begin = _zones_behind(words, start, marker)
    if begin is not None:
        is_bilateral = marker.is_bilateral and begin == marker.end  # "bilateral basal consolidation"
        needs_plural = marker.sides == BOTH and not marker.noun and not is_bilateral
        for row in find_rows(words, begin):
            if marker.takes(row) and (row.are_plural or not needs_plural):
                yield row.end, _cells(marker.sides, row.zones)
        if words[begin] in ALL:
            has_noun = word_at(words, begin + 1) in ZONE_NOUNS | LUNG_NOUNS
            if has_noun or marker.noun:
                yield begin + 1 + has_noun, _cells(marker.sides, _EVERY)
    if marker.noun == "lung":
        yield marker.end, Places(lungs=marker.sides)
    elif marker.noun == "side" and marker.sides == BOTH and word_at(words, marker.end) == ":":
        yield marker.end, Places()


def _zones_behind(words: list[str], start: int, marker: Marker) -> int | None:
    """Return where the zones of a side that stands first may begin."""
    is_named = bool(marker.noun) or word_at(words, start - 1) in PREPOSITIONS
    links = {":", "-", ","} if is_named else {":", "-"}
    if marker.sides == BOTH and not set(SIDES).isdisjoint(words[marker.end :]):
        links.discard(":")  # "on both sides: middle and lower zone on the left, ..."
    for index in range(marker.end, len(words)):
        word = words[index]
        if word in ZONES or word in ALL:
            return index
        if word in SEPARATORS:
            if word not in links:
                return None
            links = set()  # one is enough
        elif word in PLACE_WORDS:
            return None
    return None


def _side_last(words: list[str], row: Row) -> Iterator[tuple[int, Places]]:
    """Read "upper and lower left lung", "apex and base of the left lung", "lower zones bilaterally"."""
    link = word_at(words, row.end)
    if link == "bilaterally" and row.are_plural:
        yield row.end + 1, _cells(BOTH, row.zones)
    # "upper and middle, left" is as likely as "left lung, upper and middle"
    is_linked = link in PREPOSITIONS or link == ","
    if row.is_closed and not is_linked:
        return
    for marker in _lungs(words, row.end + is_linked):
        after = word_at(words, marker.end)
        has_noun = not marker.noun and after in ZONE_NOUNS
        is_cut_short = not has_noun and (after in ZONES or (link == "," and after not in SEPARATORS | {""}))
        if is_cut_short or not marker.takes(row) or (is_linked and _is_left_of_pair(words, marker)):
            continue
        end = marker.end + has_noun
        yield end, _cells(marker.sides, row.zones)
        if not (has_noun or marker.noun or is_linked):  # "upper left and middle ...": middle of the left?
            while word_at(words, end) in SEPARATORS:
                end += 1
            for more in find_rows(words, end):
                yield more.end, _cells(marker.sides, row.zones | more.zones)
                yield more.end, _cells(marker.sides, row.zones)


def _lungs(words: list[str], start: int) -> Iterator[Marker]:
    """Yield the markers that begin at `start` and may have zones: a lobe has none."""
    yield from (marker for marker in find_markers(words, start) if marker.noun != "lobe")


def _lobes(words: list[str], start: int) -> Iterator[tuple[int, Places]]:
    """Read "lower lobe of the left lung", "lower lobes bilaterally"."""
    link = word_at(words, start + 1)
    if link == "bilaterally":
        yield start + 2, Places(lobes=BOTH)
    elif link in PREPOSITIONS:
        for marker in _lungs(words, start + 2):
            if not _is_left_of_pair(words, marker):
                yield marker.end, Places(lobes=marker.sides)


def _is_left_of_pair(words: list[str], marker: Marker) -> bool:
    """Tell whether "left" is the first of "(zones of the) left and right lung", which is both."""
    ahead = words[marker.end : marker.end + 4]
    is_pair = not marker.noun and ahead[:1] == ["and"] and ahead[1:2] in ([side] for side in SIDES)
    is_lung = ahead[2:3] in ([noun] for noun in LUNG_NOUNS)
    return len(marker.sides) == 1 and is_pair and is_lung and frozenset((*ZONES, *ALL)).isdisjoint(ahead[3:])


def _whole(words: list[str], start: int) -> Iterator[tuple[int, Places]]:
    """Read "all left lung", "whole of the left lung", "all zones of both lungs", "all zones"."""
    index = start + 1
    if word_at(words, index) not in ZONE_NOUNS:
        for marker in _lungs(words, index + (word_at(words, index) in PREPOSITIONS)):
            has_noun = not marker.noun and word_at(words, marker.end) in ZONE_NOUNS
            if has_noun or marker.noun:
                yield marker.end + has_noun, _cells(marker.sides, _EVERY)
    elif word_at(words, index + 1) == "bilaterally":
        yield index + 2, _cells(BOTH, _EVERY)
    elif word_at(words, index + 1) in PREPOSITIONS:
        for marker in _lungs(words, index + 2):
            yield marker.end, _cells(marker.sides, _EVERY)
    elif words[start] == "all" and {*SIDES, *ZONES, "both", "bilateral"}.isdisjoint(words):
        yield index + 1, _cells(BOTH, _EVERY)


def _cells(sides: frozenset[int], zones: frozenset[int]) -> Places:
    return Places(frozenset((side, zone) for side in sides for zone in zones))

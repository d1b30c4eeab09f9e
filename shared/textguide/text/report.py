"""The report grammar: a sentence -> six zones (the way back is `report_styles.py`).

The order of the zones is the same everywhere: left upper, left middle, left lower, right upper, right middle,
right lower. "Left" means what the data set means by it (QaTa-COV19: the left half of the picture).

Source: the captions of QaTa-COV19 and MosMedData+ (Li et al., LViT, IEEE TMI 2023) and their refined form (Ye
et al., SGSeg, MICCAI 2024). What is not understood gives None, never zeros: a zero is a claim. A lung that is
named without its zones leaves them open, and so does a lobe; "the whole left lung" names three zones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Literal, cast

from textguide.text.clauses import Cell, Places, UnclearPlace
from textguide.text.lexicon import LATERALITY, NUMBERS, SIDES, ZONES
from textguide.text.sections import NotUnderstood
from textguide.text.statements import Statement, UnclearNegation, read_statements
from textguide.text.words import read_words

Zones = tuple[int, int, int, int, int, int]
Known = tuple[int | None, int | None, int | None, int | None, int | None, int | None]
_NOTHING = (0, 0, 0, 0, 0, 0)
Laterality = Literal["none", "unilateral", "bilateral"]


class Note(StrEnum):
    """What a reader of the result should know."""

    NO_TEXT = "there is no text"
    NO_PLACE = "no place is named"
    NOT_UNDERSTOOD = "a word says something that the grammar does not understand"
    NEGATED = "a negation of a part: what is left is not known"
    REPAIRED = "a typing error was repaired"
    OPEN_LUNG = "a lung is named without its zones, which are left open"
    LOBE = "a lobe is no zone: the side is understood, its zones are left open"
    EMPTY_SIDE_DROPPED = (
        "unilateral, but both lungs named: the one without a zone is dropped (MosMedData+ template)"
    )
    LESION_COUNT = "the count is of lesions, not of zones"


class Contradiction(StrEnum):
    """What a text says against itself."""

    LATERALITY = "the number of sides named contradicts unilateral or bilateral"
    NEGATIVE_WITH_PLACE = "no infection, yet one is described"
    CLEAR_AND_AFFECTED = "a zone is said to be clear and to be affected"


@dataclass(frozen=True)
class Report:
    """What was understood of a sentence.

    Attributes:
        zones: six values 0 or 1, or None where the sentence does not determine all of them.
        known: six values 1, 0 or None (left open), or None where the sentence was not understood (never a
            guessed negative). "Left lung infection" leaves the left open, and says that the right is clear.
        count: number of infected areas as written (zones or lesions, by data set), if written.
        laterality: "none", "unilateral" or "bilateral" as written, if written.
        contradictions: what the sentence says against itself.
        notes: what else a reader should know.
        repairs: typing errors, as (typed, read) pairs.
        unknown_words: words that neither the grammar nor the vocabulary knows, to be echoed.
    """

    zones: Zones | None = None
    known: Known | None = None
    count: int | None = None
    laterality: Laterality | None = None
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    repairs: tuple[tuple[str, str], ...] = ()
    unknown_words: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Report:
        """Return the same report with notes added."""
        return replace(self, notes=(*self.notes, *notes))

    def contradicting(self, *contradictions: str) -> Report:
        """Return the same report with contradictions added."""
        return replace(self, contradictions=(*self.contradictions, *contradictions))


def parse_report(text: str | None) -> Report:
    """Read a sentence: which zones does it name?

    Args:
        text: any string; None is no text.

    Returns:
        What was understood. A word without a known meaning anywhere leaves ``known`` at None: it may negate.

    Raises:
        TypeError: if ``text`` is neither a string nor None.
    """
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text must be a string or None, got {type(text).__name__}")
    words = read_words(text or "")
    if not words.understood:
        return Report(notes=(Note.NO_TEXT,))
    rest, count = _take_count(words.understood)
    report = Report(
        count=count,
        laterality=_laterality(rest),
        notes=(Note.REPAIRED,) if words.repairs else (),
        repairs=words.repairs,
        unknown_words=words.unknown,
    )
    try:
        statements = read_statements(rest)
    except UnclearPlace as unclear:
        return report.noting(unclear.reason)
    except UnclearNegation:
        return report.noting(Note.NEGATED)
    except NotUnderstood:
        return report.noting(Note.NOT_UNDERSTOOD)
    return _combine(report, statements)


def _take_count(words: Sequence[str]) -> tuple[list[str], int | None]:
    """Take "two infected areas" out: (rest, count)."""
    rest: list[str] = []
    count, index = None, 0
    while index < len(words):
        number, behind = words[index], tuple(words[index + 1 : index + 4])
        length = next((length for length in (3, 2) if behind[:length] in _COUNTED), 0)
        if count is None and number in NUMBERS and length:
            count, index = NUMBERS[number], index + 1 + length
        else:
            rest.append(number)
            index += 1
    return rest, count


_COUNTED = {
    order
    for how in ("infected", "affected", "involved")
    for what in ("area", "areas", "zone", "zones")
    for order in ((how, what), (what, how), (what, "are", how))
}


def _laterality(words: Sequence[str]) -> Laterality | None:
    named = set(LATERALITY).intersection(words)
    if len(named) != 1:
        return None
    return "unilateral" if "unilateral" in named else "bilateral"


def _combine(report: Report, statements: Sequence[Statement]) -> Report:
    places = reduce(or_, (statement.affected for statement in statements), Places())
    clear = frozenset[Cell]().union(*(statement.clear for statement in statements))
    speaks = any(statement.speaks for statement in statements)
    is_affected = places != Places()
    if report.count == 0 or any(statement.denies for statement in statements):
        report = replace(report, laterality="none" if report.laterality is None else report.laterality)
        if is_affected or clear or report.count or report.laterality != "none" or speaks:
            return report.contradicting(Contradiction.NEGATIVE_WITH_PLACE)
        return _determined(report, _NOTHING)
    if not is_affected:
        if len(clear) == len(SIDES) * len(ZONES) and not speaks:
            return _determined(replace(report, laterality="none"), _NOTHING)
        return report.noting(Note.NEGATED if clear else Note.NO_PLACE)
    return _positive(report, places, clear, any(statement.is_other_clear for statement in statements))


def _positive(report: Report, places: Places, clear: frozenset[Cell], is_other_clear: bool) -> Report:
    named = {side for side, _ in places.cells}
    lungs = places.lungs - named  # "Both lungs are affected: left base, right apex."
    if report.laterality == "unilateral" and lungs and named and not places.lobes:
        report, lungs = report.noting(Note.EMPTY_SIDE_DROPPED), frozenset()
    open_sides = lungs | places.lobes
    affected = open_sides | named
    is_denied = any(clear.issuperset((side, zone) for zone in range(len(ZONES))) for side in open_sides)
    if places.cells & clear or is_denied or (is_other_clear and len(affected) > 1):
        return report.contradicting(Contradiction.CLEAR_AND_AFFECTED)
    if report.laterality in LATERALITY and len(affected) != 1 + LATERALITY.index(report.laterality):
        report = report.contradicting(Contradiction.LATERALITY)
    if places.lobes:
        report = report.noting(Note.LOBE)
    if lungs:
        report = report.noting(Note.OPEN_LUNG)
    elif not open_sides and report.count not in (None, len(places.cells)):
        report = report.noting(Note.LESION_COUNT)
    return _determined(report, _known(places.cells, clear, open_sides))


def _known(affected: frozenset[Cell], clear: frozenset[Cell], open_sides: frozenset[int]) -> Known:
    upper_left, middle_left, lower_left, upper_right, middle_right, lower_right = (
        1 if (side, zone) in affected else None if side in open_sides and (side, zone) not in clear else 0
        for side in range(len(SIDES))
        for zone in range(len(ZONES))
    )
    return upper_left, middle_left, lower_left, upper_right, middle_right, lower_right


def _determined(report: Report, known: Known) -> Report:
    return replace(report, known=known, zones=None if None in known else cast(Zones, known))

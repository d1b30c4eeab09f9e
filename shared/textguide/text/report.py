"""The report grammar: a sentence -> six zones (the way back is `report_styles.py`).

The order of the zones is the same everywhere: left upper, left middle, left lower, right upper, right middle,
right lower. "Left" means what the data set means by it (QaTa-COV19: the left half of the picture).

Source: the captions of QaTa-COV19 and MosMedData+ (Li et al., LViT, IEEE TMI 2023) and their refined form (Ye
et al., SGSeg, MICCAI 2024). What is not understood gives None, never zeros: a zero is a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from textguide.text.clauses import Cell, Places, Unclear, UnclearPlace
from textguide.text.lexicon import LATERALITY, NUMBERS, SIDES, ZONES
from textguide.text.sections import NotUnderstood
from textguide.text.statements import Statement, UnclearNegation, read_statements
from textguide.text.words import read_words

Zones = tuple[int, int, int, int, int, int]
Laterality = Literal["none", "unilateral", "bilateral"]


class Note(StrEnum):
    """What a reader of the result should know."""

    NO_TEXT = "there is no text"
    NO_PLACE = "no place is named"
    NOT_UNDERSTOOD = "a word says something that the grammar does not understand"
    NEGATED = "a negation of a part: what is left is not known"
    REPAIRED = "a typing error was repaired"
    WHOLE_SIDE = "a lung without a zone is read as the whole lung"
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
        zones: six values 0 or 1, or None where the sentence was not understood (never a guessed negative).
        count: number of infected areas as written (zones or lesions, by data set), if written.
        laterality: "none", "unilateral" or "bilateral" as written, if written.
        contradictions: what the sentence says against itself.
        notes: what else a reader should know.
        repairs: typing errors, as (typed, read) pairs.
        unknown_words: words that neither the grammar nor the vocabulary knows, to be echoed.
    """

    zones: Zones | None = None
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
        What was understood. A word without a known meaning anywhere leaves ``zones`` at None: it may negate.

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
    places = Places()
    clear: frozenset[Cell] = frozenset()
    for statement in statements:
        places |= Places(statement.affected, statement.whole)
        clear |= statement.clear
    specified = places.whole & {side for side, _ in places.cells}
    if specified:  # "Both lungs are affected: left base, right apex."
        if specified != places.whole:
            return report.noting(Unclear.NO_ZONE)
        places = Places(places.cells)
    affected = places.all_cells
    if report.count == 0 or any(statement.denies for statement in statements):
        report = replace(report, laterality="none" if report.laterality is None else report.laterality)
        speaks = report.laterality != "none" or any(statement.speaks for statement in statements)
        if affected or clear or report.count or speaks:
            return report.contradicting(Contradiction.NEGATIVE_WITH_PLACE)
        return replace(report, zones=(0, 0, 0, 0, 0, 0))
    if not affected:
        if len(clear) == len(SIDES) * len(ZONES) and not any(statement.speaks for statement in statements):
            return replace(report, zones=(0, 0, 0, 0, 0, 0), laterality="none")
        return report.noting(Note.NEGATED if clear else Note.NO_PLACE)
    sides = {side for side, _ in affected}
    is_other_clear = any(statement.is_other_clear for statement in statements)
    if affected & clear or (is_other_clear and len(sides) > 1):
        return report.contradicting(Contradiction.CLEAR_AND_AFFECTED)
    return _positive(report, places)


def _positive(report: Report, places: Places) -> Report:
    named, whole = places.cells, places.whole
    if whole and named and report.laterality == "unilateral" and whole.isdisjoint(side for side, _ in named):
        report = report.noting(Note.EMPTY_SIDE_DROPPED)
    elif whole:
        report = report.noting(Note.WHOLE_SIDE)
        named = places.all_cells
    sides = len({side for side, _ in named})
    if report.laterality in LATERALITY and sides != 1 + LATERALITY.index(report.laterality):
        report = report.contradicting(Contradiction.LATERALITY)
    if report.count not in (None, len(named)):
        report = report.noting(Note.LESION_COUNT)
    return replace(report, zones=_zones(named))


def _zones(named: frozenset[Cell]) -> Zones:
    upper_left, middle_left, lower_left, upper_right, middle_right, lower_right = (
        int((side, zone) in named) for side in range(len(SIDES)) for zone in range(len(ZONES))
    )
    return upper_left, middle_left, lower_left, upper_right, middle_right, lower_right

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

from textguide.text.clauses import Clause, UnclearPlace, read_places
from textguide.text.lexicon import (
    FINDINGS,
    LATERALITY,
    NEGATIONS,
    NUMBERS,
    SIDES,
    UNDERSTOOD,
    ZONES,
    read_words,
)

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
    rest, count, negative = _take_header(words.understood)
    report = Report(
        count=count,
        laterality="none" if negative else _laterality(rest),
        notes=(Note.REPAIRED,) if words.repairs else (),
        repairs=words.repairs,
        unknown_words=words.unknown,
    )
    if not NEGATIONS.isdisjoint(rest):
        return report.noting(Note.NEGATED)
    if any(word not in UNDERSTOOD or word == "zero" or word.isdigit() for word in rest):
        return report.noting(Note.NOT_UNDERSTOOD)
    try:
        places = read_places(rest)
    except UnclearPlace as unclear:
        return report.noting(unclear.reason)
    if negative or count == 0:
        return _negative(report, rest, places)
    return _positive(report, places) if places else report.noting(Note.NO_PLACE)


def _take_header(words: Sequence[str]) -> tuple[list[str], int | None, bool]:
    """Take "no pulmonary infection" and "two infected areas" out: (rest, count, is negative)."""
    rest: list[str] = []
    count, negative, index = None, False, 0
    while index < len(words):
        ahead = list(words[index : index + 3])
        if (
            ahead[0] in NUMBERS
            and count is None
            and ahead[1:] in (["infected", "area"], ["infected", "areas"])
        ):
            count, index = NUMBERS[ahead[0]], index + 3
        elif ahead[:2] == ["no", "infection"] or ahead == ["no", "pulmonary", "infection"]:
            negative, index = True, index + (2 if ahead[1] == "infection" else 3)
        else:
            rest.append(words[index])
            index += 1
    return rest, count, negative


def _laterality(words: Sequence[str]) -> Laterality | None:
    named = set(LATERALITY).intersection(words)
    if len(named) != 1:
        return None
    return "unilateral" if "unilateral" in named else "bilateral"


def _negative(report: Report, rest: Sequence[str], places: list[Clause]) -> Report:
    """Six zeros, if nothing else in the text speaks of a finding or a place."""
    speaks = places or report.count or not FINDINGS.isdisjoint(rest) or not set(LATERALITY).isdisjoint(rest)
    if speaks:
        return report.contradicting(Contradiction.NEGATIVE_WITH_PLACE)
    return replace(report, zones=(0, 0, 0, 0, 0, 0), laterality="none")


def _positive(report: Report, places: list[Clause]) -> Report:
    named = {(side, zone) for place in places for side in place.sides for zone in place.zones}
    whole = {side for place in places if not place.zones for side in place.sides}
    if whole and named and report.laterality == "unilateral" and whole.isdisjoint(side for side, _ in named):
        report = report.noting(Note.EMPTY_SIDE_DROPPED)
    elif whole:
        report = report.noting(Note.WHOLE_SIDE)
        named |= {(side, zone) for side in whole for zone in range(len(ZONES))}
    sides = len({side for side, _ in named})
    if report.laterality is not None and sides != 1 + LATERALITY.index(report.laterality):
        report = report.contradicting(Contradiction.LATERALITY)
    if report.count not in (None, len(named)):
        report = report.noting(Note.LESION_COUNT)
    return replace(report, zones=_zones(named))


def _zones(named: set[tuple[int, int]]) -> Zones:
    upper_left, middle_left, lower_left, upper_right, middle_right, lower_right = (
        int((side, zone) in named) for side in range(len(SIDES)) for zone in range(len(ZONES))
    )
    return upper_left, middle_left, lower_left, upper_right, middle_right, lower_right

"""Mask against sentence: what lies where the sentence names nothing.

A zone is no third of the picture, and the lungs lie at another height in every film: only what is clearly
elsewhere counts. The numbers were chosen on validation films of QaTa-COV19, so that hardly a mask meets its
own sentence with a warning (`textguide stress` counts them). They are for films, not for slices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textguide.segmenter.understanding import ZONES, Known, Understanding
from textguide.segmenter.written_report import WrittenReport
from textguide.text import mirror_zones

OPPOSITE_SHARE = 0.8
"""Share of the text-free mask on the other side than the named one, above which there is a warning."""
STRAY_SHARE = 0.2
"""The same for the mask itself, where the sentence names zones of one lung alone."""
HEIGHT_SHARE = 0.4
"""Share of the mask in one half of the picture, too low or too high, above which there is a warning."""
LOW, HIGH = 0.6, 0.35
"""Fractions of the height: no upper zone reaches down to the first, no lower zone up to the second."""
SURE, ABSENT = 0.9, 0.1
"""Probabilities from which a network is sure of a zone, and up to which it finds nothing in one."""
_SMALLEST_PART = 0.1
_HALVES = {"left": slice(0, 3), "right": slice(3, 6)}
_OTHER = {"left": "right", "right": "left"}


def find_disagreements(
    mask: NDArray[np.bool_] | NDArray[np.uint8],
    understood: Understanding,
    free_mask: NDArray[np.bool_] | None = None,
    report: WrittenReport | None = None,
) -> list[str]:
    """Return what a user should know about mask and sentence; the lines hold no words of the sentence.

    Args:
        mask: (W, H[, D]), above 0 inside.
        understood: of the sentence.
        free_mask: (W, H[, D]) what the network makes of the image without a sentence, if that was asked.
        report: what the network itself would have written, beside a sentence that was given.
    """
    mask, found = mask > 0, []
    if understood.known is not None and not any(value != 0 for value in understood.known) and mask.any():
        found.append("the sentence says that no zone is affected; the mask is not empty")
    if understood.half:
        other = _OTHER[understood.half]
        names = f"the sentence names the {understood.half} half of the picture alone; "
        share = share_in_half(mask, other)
        # A polyp "on the left" may well reach over the middle, a lung does not.
        if share > (OPPOSITE_SHARE if understood.known is None else STRAY_SHARE):
            found.append(f"{names}{share:.0%} of the mask lies in the other half")
        share = 0.0 if free_mask is None else share_in_half(free_mask, other)
        if share > OPPOSITE_SHARE:
            found.append(f"{names}without it {share:.0%} of the mask lies in the other half")
    if understood.known is not None and mask.ndim == 2:  # the rows of a slice of CT are no heights
        found += [_misplaced(mask, understood.known, half) for half in _HALVES]
    found = [line for line in found if line]
    if report is not None and not found and mask.ndim == 2:  # what is said of the mask says it already
        found += _find_contradicted(understood, report)
    return found


def _find_contradicted(understood: Understanding, report: WrittenReport) -> list[str]:
    """Say that the network is sure of zones, and finds next to nothing where the sentence names something."""
    known = understood.known
    if known is None and understood.half:  # free text that names a side: anything on it
        known = tuple(int(half == understood.half) for half in _OTHER for _ in range(3))
    if known is None:
        return []
    found = report.by_halves
    named = max((value for value, is_named in zip(found, known, strict=True) if is_named != 0), default=0.0)
    order = mirror_zones(known) if report.convention == "patient" else known
    sure = [
        f"{name} ({value:.0%})"
        for name, value, is_named in zip(ZONES, report.probabilities, order, strict=True)
        if is_named == 0 and value > SURE
    ]
    if not sure or named >= ABSENT:
        return []
    where = "the sentence says that no zone is affected, the network itself disagrees"
    if any(value != 0 for value in known):
        where = "where the sentence names something the network itself finds nothing"
    return [f"{where}; it finds {', '.join(sure)}"]


def share_in_half(mask: NDArray[np.bool_], half: str) -> float:
    """Return the share of a mask (W, H[, D]) in the left or right half of the picture; 0 for an empty one."""
    columns = np.flatnonzero(mask.reshape(len(mask), -1).any(axis=1))
    counts = mask.reshape(len(mask), -1).sum(axis=1)[columns]
    inside = (columns + 0.5 < len(mask) / 2) if half == "left" else (columns + 0.5 > len(mask) / 2)
    return float(counts[inside].sum() / counts.sum()) if counts.sum() else 0.0


def _misplaced(mask: NDArray[np.bool_], known: Known, half: str) -> str:
    """Say that the mask lies low in a half whose upper zones alone are named, or the other way round."""
    upper, _, lower = known[_HALVES[half]]
    if {upper, lower} != {0, 1} or share_in_half(mask, half) < _SMALLEST_PART:
        return ""
    width = len(mask)
    rows = (mask[: width // 2] if half == "left" else mask[-(width // 2) :]).sum(axis=0)
    heights = (np.arange(len(rows)) + 0.5) / len(rows)
    share = float(rows[heights > LOW if upper else heights < HIGH].sum() / rows.sum())
    if share <= HEIGHT_SHARE:
        return ""
    place, zones = ("below", "no lower zone") if upper else ("above", "no upper zone")
    return (
        f"in the {half} half of the picture the sentence names {zones}; "
        f"{share:.0%} of the mask there lies {place} {LOW if upper else HIGH:.0%} of the height"
    )

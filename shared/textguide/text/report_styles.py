"""Six zones -> a sentence, in the style of a data set or as a radiologist may put it.

Source: the refined captions of QaTa-COV19 (Ye et al., SGSeg, MICCAI 2024) and the sentences of LViT for
QaTa-COV19 and MosMedData+ (Li et al., IEEE TMI 2023). "free" is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np

from textguide.text.lexicon import COUNT_WORDS, SIDES, ZONES

Style = Literal["refined", "lvit", "mosmed", "free"]
Random = np.random.Generator | np.random.RandomState
Choice = TypeVar("Choice")

FINDINGS = ("consolidation", "patchy opacity", "airspace opacity", "ground-glass opacity", "infiltrate")
EMPTY = {
    "refined": "no infection.",  # never occurs in the captions: a network trained on them has not seen it
    "lvit": "No pulmonary infection.",
    "mosmed": "No pulmonary infection, zero infected areas.",
    "free": "No infection.",
}


def write_report(
    zones: Sequence[Any], style: str = "refined", rng: Random | None = None, *, count: int | None = None
) -> str:
    """Write the sentence for six zones; `parse_report` reads every one of them back.

    Args:
        zones: six values 0 or 1: left upper, middle, lower, right upper, middle, lower.
        style: "refined" (SGSeg: one sentence a set of zones), "lvit" (a capital, "all" for a whole lung),
            "mosmed" (always "areas"; a right-sided sentence begins with an idle "left lung and"), or "free".
        rng: chooses the wording of "free"; None always gives the same one.
        count: lesions to write in "lvit" and "mosmed"; default the number of zones, as "refined" has it.

    Returns:
        One sentence.

    Raises:
        ValueError: if there are not six values of 0 or 1, the style is unknown, or the count is not in 1..13.
    """
    left, right = _checked(zones)
    if style not in EMPTY:
        raise ValueError(f"style must be one of {', '.join(EMPTY)}, got {style!r}")
    if count is not None and not 0 < count < len(COUNT_WORDS):
        raise ValueError(f"count must be in 1..{len(COUNT_WORDS) - 1}, got {count}")
    if not left + right:
        return EMPTY[style]
    if style == "free":
        return _free(left, right, rng)
    return _canonical(left, right, style, count)


def _checked(zones: Sequence[Any]) -> tuple[list[str], list[str]]:
    values = [float(zone) for zone in zones]
    if len(values) != 2 * len(ZONES) or any(value not in (0, 1) for value in values):
        raise ValueError(f"zones must be six values of 0 or 1 (left upper first), got {values}")
    left = [zone for zone, value in zip(ZONES, values[:3], strict=True) if value]
    right = [zone for zone, value in zip(ZONES, values[3:], strict=True) if value]
    return left, right


def _canonical(left: list[str], right: list[str], style: str, count: int | None) -> str:
    laterality = "bilateral" if left and right else "unilateral"
    number = len(left) + len(right) if count is None or style == "refined" else count
    plural = "" if number == 1 and style != "mosmed" else "s"
    places = [
        f"{_zone_words(zones, short=style != 'refined')} {side} lung"
        for side, zones in zip(SIDES, (left, right), strict=True)
        if zones
    ]
    if style == "mosmed" and not left:
        places.insert(0, "left lung")
    full_stop = ".." if style == "mosmed" and places[-1] == "all right lung" else "."
    head = f"{laterality} pulmonary infection, {COUNT_WORDS[number]} infected area{plural}, "
    sentence = head + " and ".join(places) + full_stop
    return sentence if style == "refined" else sentence[0].upper() + sentence[1:]


def _zone_words(zones: list[str], short: bool) -> str:
    return "all" if short and len(zones) == len(ZONES) else " ".join(zones)


def _free(left: list[str], right: list[str], rng: Random | None) -> str:
    finding = _choose(FINDINGS, rng)
    if left == right and _choose((True, False), rng):
        place = f"the {_listed(left)} {'zones' if len(left) < 3 else 'fields'} of both lungs"
    else:
        sides = [(side, zones) for side, zones in zip(SIDES, (left, right), strict=True) if zones]
        if _choose((False, True), rng):
            sides.reverse()
        place = " and ".join(_place(side, zones, rng) for side, zones in sides)
    sentence = _choose(("{finding} in {place}.", "there is {finding} in {place}."), rng)
    sentence = sentence.format(finding=finding, place=place)
    return _choose((sentence[0].upper() + sentence[1:], sentence, sentence.rstrip(".")), rng)


def _place(side: str, zones: list[str], rng: Random | None) -> str:
    noun = "zone" if len(zones) == 1 else "zones"
    wordings = [f"the {_listed(zones)} {noun} of the {side} lung", f"the {side} {_listed(zones)} {noun}"]
    wordings.append(f"the {_listed(zones)} {side} lung")
    wordings.append(", ".join(f"{side[0]}{zone[0]}z".upper() for zone in zones))
    if len(zones) == len(ZONES):
        wordings.append(f"the whole {side} lung")
    return _choose(wordings, rng)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _choose(options: Sequence[Choice], rng: Random | None) -> Choice:
    return options[0] if rng is None else options[int(rng.choice(len(options)))]

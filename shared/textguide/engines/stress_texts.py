"""Texts that put a network to the test: one record and a source of chance -> a text, or None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from textguide.text import fitting_families, mirror_report, misspell, open_wordings, paraphrase, twins
from textguide.text.lexicon import SIDES, ZONES

Record = dict[str, Any]
Zones = tuple[int, ...]
Pair = tuple[tuple[str, Zones], tuple[str, Zones]]

IRRELEVANT = (
    "The patient was moved from another ward this morning.",
    "No older film was at hand for comparison.",
    "Please call the ward as soon as this is read.",
    "The film was taken in bed with the portable machine.",
    "Clinical question: how is the patient doing?",
    "The patient does not smoke and has no allergies.",
    "Thank you for the kind referral.",
    "The heart is of normal size.",
    "A feeding tube and a pacemaker are seen.",
    "The patient was not able to hold the breath.",
    "Next visit in the clinic in about six weeks.",
    "It rained in the mountains all week long.",
)
"""They say nothing of what is in the lungs, nor where."""

_DENIALS = ("No infection in the {}.", "The {} is clear.", "There is no opacity in the {}.")
_DRAWS = 40


def zones_of(record: Record) -> Zones | None:
    """Return the six zones of a record, None where they are unknown."""
    zones = record.get("zones")
    if zones is None or np.isnan(np.asarray(zones, dtype=float)).any():
        return None
    return tuple(int(zone) for zone in zones)


def paraphrased(record: Record, rng: np.random.Generator, family: str) -> str | None:
    """Say the record's zones in a wording of the family; None where it has none for them."""
    zones = zones_of(record)
    if zones is None or not record.get("text") or not fitting_families(zones, [family]):
        return None
    return paraphrase(zones, rng, [family])


def misspelt(record: Record, rng: np.random.Generator, count: int) -> str | None:
    """Put typing errors into the record's own text; None where that cannot be done."""
    text = record.get("text") or ""
    typed = misspell(text, rng, count)
    return None if typed == text else typed


def irrelevant(record: Record, rng: np.random.Generator) -> str:
    """Take one of `IRRELEVANT`."""
    return IRRELEVANT[rng.integers(len(IRRELEVANT))]


def left_open(record: Record, rng: np.random.Generator) -> str | None:
    """Say something true that leaves zones open; None where nothing is affected or known."""
    zones = zones_of(record)
    return open_wordings(zones, rng)[0] if zones is not None and any(zones) else None


def contradictory(record: Record, rng: np.random.Generator) -> str | None:
    """Follow the record's own text by its opposite; None where there is no text.

    The opposite denies one of its zones, or all of them, or says the same of the other side; of a record
    whose zones are unknown the same of the other side, or that nothing is there.
    """
    text = (record.get("text") or "").strip()
    if not text:
        return None
    zones = zones_of(record)
    opposites: list[Callable[[], str]] = []
    mirrored = mirror_report(text)
    one_sided = zones is None or any(zones[:3]) != any(zones[3:])
    if mirrored not in (None, text) and one_sided:
        opposites.append(lambda: str(mirrored))
    if zones is None:
        opposites.append(lambda: "There is nothing to be seen.")
    elif any(zones):
        opposites.append(lambda: paraphrase([0] * 6, rng, ["clear"]))
        affected = np.flatnonzero(zones)
        opposites.append(lambda: _denial(int(rng.choice(affected)), rng))
    else:
        opposites.append(lambda: paraphrase(np.eye(6, dtype=int)[rng.integers(6)], rng, ["phrase"]))
    opposite = opposites[rng.integers(len(opposites))]()
    end = "" if text[-1] in ".;!?" else "."
    return f"{text}{end} {opposite[:1].upper()}{opposite[1:]}"


def _denial(zone: int, rng: np.random.Generator) -> str:
    return _DENIALS[rng.integers(len(_DENIALS))].format(f"{SIDES[zone // 3]} {ZONES[zone % 3]} zone")


def twin_texts(record: Record, rng: np.random.Generator) -> Pair | None:
    """Draw two sentences of the same words in another binding, about zones that are all affected.

    So the film supports either of them, and what the masks differ in comes from the sentence.

    Returns:
        Twice a text with its six zones; None where the record's zones are unknown or too few.
    """
    zones = zones_of(record)
    if zones is None:
        return None
    for _ in range(_DRAWS):
        pair = twins(rng)
        if all(own for own, *named in zip(zones, pair[0][1], pair[1][1], strict=True) if any(named)):
            return pair
    return None

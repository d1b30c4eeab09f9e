"""Six zones -> one of very many wordings that determine just these six.

A report lists what it finds: a zone that a report with findings does not name is clear. By this convention,
which the captions of QaTa-COV19 keep too, "lower zone consolidation on the left" determines all six zones.
"Left lung infection" does not: see `open_wordings`.

A network is trained with the families of `TRAINED`; those of `HELD_OUT` show what it makes of wordings that
it never met. Lobes are no zones: no family names one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from textguide.text.wordings import held_out, long, misspelling, negative, open, sentences, sides, surface
from textguide.text.wordings.clear import clear

Writer = Callable[[Sequence[int], Random], str]
Zones = tuple[int, int, int, int, int, int]


def _any(zones: Sequence[int]) -> bool:
    return any(zones)


def _both_share(zones: Sequence[int]) -> bool:
    return any(zones[zone] and zones[zone + 3] for zone in range(3))


def _whole_lung(zones: Sequence[int]) -> bool:
    return all(zones[:3]) or all(zones[3:])


def _one_side(zones: Sequence[int]) -> bool:
    return any(zones[:3]) != any(zones[3:])


def _some(zones: Sequence[int]) -> bool:
    return any(zones) and not all(zones)


def _exception(zones: Sequence[int]) -> bool:
    left, right = sum(zones[:3]), sum(zones[3:])
    return 2 in (left, right) or (left + right == 4 and left != 2)


@dataclass(frozen=True)
class Family:
    """Wordings of one kind.

    Attributes:
        name: how configs and tables call it.
        write: zones and a source of chance -> a text.
        fits: tells for which zones the family has wordings.
        weight: how often it is drawn among those that fit.
        is_held_out: never to be used in training.
    """

    name: str
    write: Writer
    fits: Callable[[Sequence[int]], bool] = _any
    weight: float = 1.0
    is_held_out: bool = False


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("template", sentences.template),
        Family("phrase", sentences.phrase, weight=1.5),
        Family("synonyms", sentences.synonyms, weight=1.5),
        Family("ellipsis", sentences.ellipsis),
        Family("pairs", sentences.pairs, _both_share),
        Family("whole", sentences.whole, _whole_lung),
        Family("abbreviations", sides.abbreviations),
        Family("extent", sides.extent, weight=0.5),
        Family("per_side", sides.per_side),
        Family("one_side_clear", negative.one_side_clear, _one_side, weight=1.5),
        Family("spared", negative.spared, _some, weight=1.5),
        Family("exceptions", negative.exceptions, _exception, weight=1.5),
        Family("prose", long.prose, weight=2.0),
        Family("headers", long.headers),
        Family("bullets", long.bullets),
        Family("case", surface.case),
        Family("punctuation", surface.punctuation),
        Family("typos", surface.typos, weight=2.0),
        Family("dictation", held_out.dictation, is_held_out=True),
        Family("request", held_out.request, is_held_out=True),
        Family("table", held_out.table, is_held_out=True),
        Family("contrast", held_out.contrast, is_held_out=True),
        Family("clear", clear, lambda zones: not any(zones)),
    )
}
HELD_OUT = tuple(name for name, family in FAMILIES.items() if family.is_held_out)
TRAINED = tuple(name for name in FAMILIES if name not in HELD_OUT)


def paraphrase(
    zones: Sequence[Any],
    rng: np.random.RandomState | np.random.Generator,
    families: Sequence[str] | None = None,
) -> str:
    """Write the zones in one of many wordings, all of which determine the six zones.

    Args:
        zones: six values 0 or 1: left upper, middle, lower, right upper, middle, lower.
        rng: chooses family and wording; it is drawn from once.
        families: names of `FAMILIES` to choose from; default `TRAINED`.

    Returns:
        A text of one or more sentences, up to about 60 tokens.

    Raises:
        ValueError: if there are not six values of 0 or 1, a family is unknown, or none fits these zones.
    """
    checked = _checked(zones)
    draw = Random(int.from_bytes(rng.bytes(8), "little"))
    fitting = fitting_families(checked, TRAINED if families is None else families)
    if not fitting:
        raise ValueError(
            f"no family of {', '.join(families or TRAINED)} has a wording for the zones {checked}"
        )
    weights = [FAMILIES[name].weight for name in fitting]
    return FAMILIES[draw.choices(fitting, weights)[0]].write(checked, draw)


def fitting_families(zones: Sequence[Any], families: Sequence[str] | None = None) -> list[str]:
    """Return those of `families` (default all) that have wordings for these zones.

    Raises:
        ValueError: if there are not six values of 0 or 1, or a family is unknown.
    """
    checked = _checked(zones)
    names = tuple(FAMILIES) if families is None else families
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        raise ValueError(f"families must be of {', '.join(FAMILIES)}, got {unknown[0]!r}")
    return [name for name in names if FAMILIES[name].fits(checked)]


def open_wordings(
    zones: Sequence[Any], rng: np.random.RandomState | np.random.Generator
) -> tuple[str, open.Open]:
    """Write a true sentence that leaves zones open, with what it determines: 1, 0 or None for each zone.

    Raises:
        ValueError: if there are not six values of 0 or 1, or none is 1.
    """
    checked = _checked(zones)
    if not any(checked):
        raise ValueError("zones must name at least one affected zone, got none")
    return open.write_open(checked, Random(int.from_bytes(rng.bytes(8), "little")))


def twins(rng: np.random.RandomState | np.random.Generator) -> tuple[open.Twin, open.Twin]:
    """Write two sentences of the same words in another binding, each with its six zones."""
    return open.write_twins(Random(int.from_bytes(rng.bytes(8), "little")))


def misspell(text: str, rng: np.random.RandomState | np.random.Generator, count: int = 1) -> str:
    """Put typing errors into a text; none turns a word for a place into another valid word.

    Args:
        text: any string; one without a word of four Latin letters is returned as it is.
        rng: chooses word and error; it is drawn from once.
        count: number of errors, at least 0.
    """
    return misspelling.misspell(text, Random(int.from_bytes(rng.bytes(8), "little")), count)


def _checked(zones: Sequence[Any]) -> Zones:
    values = tuple(float(zone) for zone in zones)
    if len(values) != 6 or any(value not in (0, 1) for value in values):
        raise ValueError(f"zones must be six values of 0 or 1 (left upper first), got {list(values)}")
    return tuple(int(value) for value in values)  # type: ignore[return-value]

"""What a network makes of its text: the same images under other sentences. The conditions are data."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from textguide.engines import stress_texts
from textguide.text import FAMILIES, mirror_report

CONDITIONS = ("right", "empty", "shuffled", "side_swapped")
"""What every evaluation scores."""

Record = dict[str, Any]
Written = TypeVar("Written")
Kind = Literal["right", "trained", "held_out", "attack"]


@dataclass(frozen=True)
class TextCondition:
    """One way to choose the text of each record.

    Attributes:
        kind: `right` the records' own; `trained` and `held_out` say the same in other words, of a kind that
            a training may have seen or never sees; `attack` says something else, less, or nothing.
        texts: records and a seed -> a text for each, None where the condition does not fit the record.
        reference: the condition whose score on the same records it is to be held against.
        self_guided: False: a network that writes the sentence it is not given is kept from it.
    """

    kind: Kind
    texts: Callable[[Sequence[Record], int], Sequence[str | None]]
    reference: str = "right"
    self_guided: bool = True


def right_texts(records: Sequence[Record], seed: int = 0) -> list[str]:
    """Return each record's own text."""
    return [record.get("text") or "" for record in records]


def empty_texts(records: Sequence[Record], seed: int = 0) -> list[str]:
    """Return no text for any record."""
    return [""] * len(records)


def shuffled_texts(records: Sequence[Record], seed: int = 0) -> list[str]:
    """Return for each record the text of another, with another set of zones.

    Where the zones are unknown, another text is taken.
    """
    texts = right_texts(records)
    return [texts[donor] for donor in shuffled_donors([meaning(record) for record in records], seed)]


def side_swapped_texts(records: Sequence[Record], seed: int = 0) -> list[str]:
    """Exchange left and right; a text that cannot be parsed stays."""
    return [text if (mirrored := mirror_report(text)) is None else mirrored for text in right_texts(records)]


def by_record(
    name: str, write: Callable[[Record, np.random.Generator], Written]
) -> Callable[[Sequence[Record], int], list[Written]]:
    """Write for each record by itself.

    Chance depends on the seed, the condition and the case alone, so that a part of the records gets the
    same texts as all of them.
    """

    def texts(records: Sequence[Record], seed: int = 0) -> list[Written]:
        cases = [str(record.get("case_id", number)) for number, record in enumerate(records)]
        keys = [zlib.crc32(f"{name}/{case}".encode("utf-8", "surrogatepass")) for case in cases]
        return [
            write(record, np.random.default_rng([seed, key]))
            for record, key in zip(records, keys, strict=True)
        ]

    return texts


def _conditions() -> dict[str, TextCondition]:
    found = {
        "right": TextCondition("right", right_texts),
        "empty": TextCondition("attack", empty_texts),
        "shuffled": TextCondition("attack", shuffled_texts),
        "side_swapped": TextCondition("attack", side_swapped_texts),
        "unguided": TextCondition("attack", empty_texts, self_guided=False),
    }
    for family in FAMILIES.values():
        name = f"paraphrase:{family.name}"
        say = partial(stress_texts.paraphrased, family=family.name)
        found[name] = TextCondition("held_out" if family.is_held_out else "trained", by_record(name, say))
    for count in (1, 2):
        name = f"misspelt:{count}"
        mistype = partial(stress_texts.misspelt, count=count)
        found[name] = TextCondition("trained", by_record(name, mistype))
    attack = partial(TextCondition, "attack")
    return found | {
        "irrelevant": attack(by_record("irrelevant", stress_texts.irrelevant), "empty"),
        "open": attack(by_record("open", stress_texts.left_open), "empty"),
        "contradictory": attack(by_record("contradictory", stress_texts.contradictory)),
    }


TEXT_CONDITIONS: dict[str, TextCondition] = _conditions()
"""All conditions by name: those of every evaluation, and those of the stress card."""


def check_conditions(conditions: Sequence[str]) -> tuple[str, ...]:
    """Return the conditions as a tuple.

    Raises:
        ValueError: one is unknown, or there is none.
    """
    if not conditions or any(condition not in TEXT_CONDITIONS for condition in conditions):
        raise ValueError(
            f"conditions are {list(conditions)}; some of {', '.join(TEXT_CONDITIONS)} are needed"
        )
    return tuple(conditions)


def condition_texts(condition: str, records: Sequence[Record], seed: int = 0) -> list[str | None]:
    """Return the text of each record under a condition, None where the condition does not fit it.

    Args:
        condition: one of `TEXT_CONDITIONS`.
        records: records with `text`, and `zones`: six values, or None or NaN where unknown.
        seed: of every choice.

    Raises:
        ValueError: an unknown condition.
    """
    (known,) = check_conditions([condition])
    return list(TEXT_CONDITIONS[known].texts(records, seed))


def meaning(record: Record) -> tuple[int, ...] | str:
    """Return what a shuffled text must differ in: the zones, or the text itself where they are unknown."""
    zones = stress_texts.zones_of(record)
    return (record.get("text") or "").strip().casefold() if zones is None else zones


def shuffled_donors(meanings: Sequence[Any], seed: int) -> NDArray[np.int64]:
    """Permute the records so that each gets one of another meaning.

    A random permutation is repaired: a record that met its own meaning exchanges with a random one such that
    both are right afterwards. Such a partner exists as long as no meaning is that of more than half of the
    records. Where one is, each record takes any one of another meaning instead, so that some are taken more
    than once; where all mean the same, every record keeps its own.

    Returns:
        (N,) for each record the number of the record whose text it gets.
    """
    rng = np.random.default_rng(seed)
    numbers = {value: number for number, value in enumerate(dict.fromkeys(meanings))}
    group = np.array([numbers[value] for value in meanings], dtype=np.int64)
    if len(numbers) < 2:
        return np.arange(len(group))
    if 2 * np.bincount(group).max() > len(group):
        return np.array([rng.choice(np.flatnonzero(group != own)) for own in group])
    donors = rng.permutation(len(group))
    for index in np.flatnonzero(group[donors] == group):
        own = group[index]
        if group[donors[index]] == own:  # an earlier exchange may have put it right
            partner = rng.choice(np.flatnonzero((group != own) & (group[donors] != own)))
            donors[[index, partner]] = donors[[partner, index]]
    return donors

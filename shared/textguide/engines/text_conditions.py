"""What a network makes of its text: the same images with the right, no, another, a side-swapped sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from monai.transforms import Compose, MapTransform, Randomizable
from numpy.typing import NDArray
from torch.utils.data import Dataset

from textguide.text import mirror_report

CONDITIONS = ("right", "empty", "shuffled", "side_swapped")

Record = dict[str, Any]


def condition_texts(condition: str, records: Sequence[Record], seed: int = 0) -> list[str]:
    """Return the text of each record under a condition.

    * `right`: the record's own text. * `empty`: no text. * `shuffled`: the text of another record, with
    another set of zones (another text where the zones are unknown). * `side_swapped`: left and right
    exchanged; a text that cannot be parsed stays.

    Args:
        condition: one of `CONDITIONS`.
        records: records with `text`, and `zones`: six values, or None or NaN where unknown.
        seed: of the permutation.

    Raises:
        ValueError: an unknown condition.
    """
    texts = [record.get("text") or "" for record in records]
    if condition == "right":
        return texts
    if condition == "empty":
        return [""] * len(texts)
    if condition == "shuffled":
        return [texts[donor] for donor in shuffled_donors([meaning(record) for record in records], seed)]
    if condition == "side_swapped":
        return [text if (mirrored := mirror_report(text)) is None else mirrored for text in texts]
    raise ValueError(f"condition is {condition!r}; one of {', '.join(CONDITIONS)} is needed")


def meaning(record: Record) -> tuple[int, ...] | str:
    """Return what a shuffled text must differ in: the zones, or the text itself where they are unknown."""
    zones = record.get("zones")
    if zones is None or np.isnan(np.asarray(zones, dtype=float)).any():
        return (record.get("text") or "").strip().casefold()
    return tuple(int(zone) for zone in zones)


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


class RetextedDataset(Dataset):
    """The items of a data set with other texts: images come out of its cache, tokens are made anew.

    Args:
        dataset: a MONAI data set whose `transform` is fixed (not random) and keeps `text` in its items.
        texts: the text of each item.

    Raises:
        ValueError: as many texts as items are needed, and a fixed transform.
    """

    def __init__(self, dataset: Any, texts: Sequence[str]) -> None:
        if len(texts) != len(dataset):
            raise ValueError(f"{len(texts)} texts for {len(dataset)} items; one for each is needed")
        self.dataset = dataset
        self.texts = list(texts)
        self.steps = text_steps(dataset.transform)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> dict[str, Any]:
        item = dict(self.dataset[index])
        if "text" not in item:
            raise ValueError(
                "the transforms of an evaluation must keep `text` in the item; it is gone at their end"
            )
        item["text"] = self.texts[index]
        for step in self.steps:
            item = step(item)
        return item


def text_steps(transform: Compose) -> list[MapTransform]:
    """Return the steps of a chain of transforms that work on `text`.

    Raises:
        ValueError: a step is random, so that two conditions would not see the same image.
    """
    steps = transform.flatten().transforms
    for step in steps:
        if isinstance(step, Randomizable):
            raise ValueError(f"{type(step).__name__} is random; an evaluation takes fixed transforms only")
    return [step for step in steps if isinstance(step, MapTransform) and "text" in step.keys]

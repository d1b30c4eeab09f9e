"""The same images under other texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monai.transforms import Compose, MapTransform, Randomizable
from torch.utils.data import Dataset


class RetextedDataset(Dataset):
    """The items of a data set with other texts: images come out of its cache, tokens are made anew.

    Args:
        dataset: a MONAI data set whose `transform` is fixed (not random) and keeps `text` in its items.
        texts: the text of each item; None leaves the item out.

    Raises:
        ValueError: as many texts as items are needed, and a fixed transform.
    """

    def __init__(self, dataset: Any, texts: Sequence[str | None]) -> None:
        if len(texts) != len(dataset):
            raise ValueError(f"{len(texts)} texts for {len(dataset)} items; one for each is needed")
        self.dataset = dataset
        self.items = [(index, text) for index, text in enumerate(texts) if text is not None]
        self.steps = text_steps(dataset.transform)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        position, text = self.items[index]
        item = dict(self.dataset[position])
        if "text" not in item:
            raise ValueError(
                "the transforms of an evaluation must keep `text` in the item; it is gone at their end"
            )
        item["text"] = text
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

"""Left-right mirroring of a film together with its sentence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from textguide.text import mirror_report


class RandMirrorTextd(RandomizableTransform, MapTransform):
    """Mirror image and mask left-right, and rewrite the sentence and the zones to match.

    A mirror that leaves "left" in the sentence teaches the opposite of what it says. Where the sentence
    cannot be rewritten safely the sample is not mirrored.

    Args:
        keys: arrays (C, W, H), mirrored along the first spatial axis.
        prob: how often, in [0, 1].
        text_key: the sentence.
        zones_key: six values, image-left first; NaN where not known.
        rewrite_text: False mirrors the arrays alone, as several published recipes do; for comparison only.
        allow_missing_keys: a record without one of the keys is fine.
    """

    def __init__(
        self,
        keys: KeysCollection,
        prob: float = 0.5,
        text_key: str = "text",
        zones_key: str = "zones",
        rewrite_text: bool = True,
        allow_missing_keys: bool = False,
    ) -> None:
        MapTransform.__init__(self, keys, allow_missing_keys)
        RandomizableTransform.__init__(self, prob)
        self.text_key = text_key
        self.zones_key = zones_key
        self.rewrite_text = rewrite_text

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Mirror one record, or leave it."""
        record = dict(data)
        self.randomize(None)
        if not self._do_transform:
            return record
        if self.rewrite_text and record.get(self.text_key):
            mirrored = mirror_report(record[self.text_key])
            if mirrored is None:
                return record
            record[self.text_key] = mirrored
        if self.rewrite_text and self.zones_key in record:
            record[self.zones_key] = np.roll(
                record[self.zones_key], 3
            )  # three of the left, three of the right
        for key in self.key_iterator(record):
            record[key] = torch.flip(record[key], dims=(1,))
        return record

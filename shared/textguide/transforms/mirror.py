"""Left-right mirroring of a film together with its sentence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from textguide.text import mirror_report, mirror_zones


class RandMirrorTextd(RandomizableTransform, MapTransform):
    """Mirror image and mask left-right, and rewrite the record's `text` and `zones` to match.

    A mirror that leaves "left" in the sentence teaches the opposite of what it says. Where the sentence
    cannot be rewritten safely the sample is not mirrored.

    Args:
        keys: arrays (C, W, H), mirrored along the first spatial axis.
        prob: how often, in [0, 1].
        rewrite_text: False mirrors the arrays alone, as several published recipes do; for comparison only.
        allow_missing_keys: a record without one of the keys is fine.
    """

    def __init__(
        self,
        keys: KeysCollection,
        prob: float = 0.5,
        rewrite_text: bool = True,
        allow_missing_keys: bool = False,
    ) -> None:
        MapTransform.__init__(self, keys, allow_missing_keys)
        RandomizableTransform.__init__(self, prob)
        self.rewrite_text = rewrite_text

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Mirror one record, or leave it."""
        record = dict(data)
        self.randomize(None)
        if not self._do_transform:
            return record
        if self.rewrite_text and record.get("text"):
            mirrored = mirror_report(record["text"])
            if mirrored is None:
                return record
            record["text"] = mirrored
        if self.rewrite_text and "zones" in record:
            record["zones"] = np.asarray(mirror_zones(record["zones"]), dtype=np.float32)
        for key in self.key_iterator(record):
            record[key] = torch.flip(record[key], dims=(1,))
        return record

"""Random changes of the sentence alone: leave it out, or say the same in another wording."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

from monai.config import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from textguide.text import open_wordings, paraphrase


class RandDropTextd(RandomizableTransform, MapTransform):
    """Replace the sentence by an empty one now and then, so that the network also works without.

    Args:
        keys: the sentence (`text`).
        prob: how often, in [0, 1].
    """

    def __init__(self, keys: KeysCollection, prob: float = 0.15) -> None:
        MapTransform.__init__(self, keys)
        RandomizableTransform.__init__(self, prob)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Drop the sentence of one record, or leave it."""
        record = dict(data)
        self.randomize(None)
        if self._do_transform:
            for key in self.key_iterator(record):
                record[key] = ""
        return record


class RandParaphraseTextd(RandomizableTransform, MapTransform):
    """Say the record's zones in another wording, now and then.

    A record whose zones are not known, or without a sentence, keeps what it has. Wordings of the families
    that are held out for validation never occur.

    Args:
        keys: the sentence (`text`).
        prob: how often, in [0, 1].
        open_prob: how many of the new sentences, in [0, 1], are true and leave zones open, so that the
            network looks for itself where a sentence does not say.
    """

    def __init__(self, keys: KeysCollection, prob: float = 0.5, open_prob: float = 0.0) -> None:
        MapTransform.__init__(self, keys)
        RandomizableTransform.__init__(self, prob)
        self.open_prob = open_prob

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Rewrite the sentence of one record, or leave it."""
        record = dict(data)
        self.randomize(None)
        zones = [float(zone) for zone in record.get("zones", ())]
        if not self._do_transform or not any(zone == 1 for zone in zones) or any(map(math.isnan, zones)):
            return record
        for key in self.key_iterator(record):
            if record[key]:
                known = [int(zone) for zone in zones]
                is_open = self.R.random_sample() < self.open_prob
                record[key] = open_wordings(known, self.R)[0] if is_open else paraphrase(known, self.R)
        return record

"""Random changes of the sentence alone: leave it out, or say the same in another style."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from monai.config import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from textguide.text import write_report


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


class RandRestyleTextd(RandomizableTransform, MapTransform):
    """Write the record's zones anew in another style of report, now and then.

    A record whose zones are not known, or without a sentence, keeps what it has.

    Args:
        keys: the sentence (`text`).
        prob: how often, in [0, 1].
        styles: styles of `textguide.text.write_report` to choose from.
        zones_key: six values, 0 or 1; NaN where not known.
    """

    def __init__(
        self,
        keys: KeysCollection,
        prob: float = 0.5,
        styles: Sequence[str] = ("lvit", "free"),
        zones_key: str = "zones",
    ) -> None:
        MapTransform.__init__(self, keys)
        RandomizableTransform.__init__(self, prob)
        self.styles = tuple(styles)
        self.zones_key = zones_key

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Rewrite the sentence of one record, or leave it."""
        record = dict(data)
        self.randomize(None)
        zones = [float(zone) for zone in record.get(self.zones_key, ())]
        if not self._do_transform or not zones or any(math.isnan(zone) for zone in zones):
            return record
        style = self.styles[self.R.randint(len(self.styles))]
        for key in self.key_iterator(record):
            if record[key]:
                record[key] = write_report([int(zone) for zone in zones], style=style, rng=self.R)
        return record

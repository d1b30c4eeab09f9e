"""Two sentences of the same words in another binding: does each mask lie where its own sentence says?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.bool_]
Zones = Sequence[int]


class ZonePicture:
    """Where the six zones lie, out of the masks of a data set and what their sentences name.

    A zone is a band of rows in one half of the picture. The border between two bands lies midway between the
    mean rows of what is labelled in a half where one of the two is named alone; thirds of the height, where
    that cannot be told. In a data set the zones overlap: `overlap` says how much of its own masks lie in
    another band than the one that is named, which no network can be blamed for.

    Args:
        labels: (N, W, H).
        zones: (N, 6) of 0 and 1; NaN where unknown.
        mirrored: left zones lie in the right half (the patient's side).

    Attributes:
        zone: (W, H) the number of the zone of each pixel.
        halves: the columns of the left and of the right zones.
        overlap: (6, 6) of what is labelled where the first zone alone is named in its half, the mean share in
            each zone; NaN where there is nothing to tell it by, 0 in the other half.
    """

    def __init__(self, labels: Masks, zones: NDArray, mirrored: bool = False) -> None:
        width, height = labels.shape[1:]
        columns = (slice(0, width // 2), slice(width - width // 2, width))
        self.halves = columns[::-1] if mirrored else columns
        self.zone = np.full((width, height), -1)
        self.overlap = np.zeros((6, 6))
        for side, half in enumerate(self.halves):
            named = zones[:, 3 * side : 3 * side + 3]
            profiles = labels[:, half].sum(axis=1)  # N H
            alone = [profiles[(named == np.eye(3)[zone]).all(axis=1)] for zone in range(3)]
            bands = _bands([mean_row(films.sum(axis=0)) for films in alone], height)
            self.zone[half] = 3 * side + bands
            for zone, films in enumerate(alone):
                films = films[films.sum(axis=1) > 0]
                shares = np.stack([films[:, bands == band].sum(axis=1) for band in range(3)], axis=1)
                known = shares / shares.sum(axis=1, keepdims=True)
                row = known.mean(axis=0) if len(films) else math.nan
                self.overlap[3 * side + zone, 3 * side : 3 * side + 3] = row

    def share_in_the_others(self, mask: Masks, own: Zones, other: Zones) -> float:
        """Return the share of a mask (W, H) in zones that the other sentence alone names.

        NaN of an empty mask.
        """
        return float(np.isin(self.zone[mask], _foreign(own, other)).mean()) if mask.any() else math.nan

    def expected_share(self, own: Zones, other: Zones) -> float:
        """Return what that share is of the data set's own masks, by `overlap`.

        NaN where it cannot be told: two zones of a half are named, or none.
        """
        named = [zone for zone in range(6) if own[zone]]
        if not named or len({zone // 3 for zone in named}) < len(named):
            return math.nan
        return float(self.overlap[np.ix_(named, _foreign(own, other))].sum(axis=1).mean())

    def is_bound(self, one: Masks, two: Masks, first: Zones, second: Zones) -> bool:
        """Tell whether two masks differ the way their sentences do.

        In a half where both sentences name a zone the mask of the higher one lies higher; where only one
        does, most of its mask lies there, and less than half of the other.
        """
        for side, half in enumerate(self.halves):
            places = [np.flatnonzero(zones[3 * side : 3 * side + 3]) for zones in (first, second)]
            rows = [mean_row(mask[half].sum(axis=0)) for mask in (one, two)]
            shares = [mask[half].sum() / max(mask.sum(), 1) for mask in (one, two)]
            if all(map(len, places)):
                gap = places[0].mean() - places[1].mean()
                if gap and not (rows[0] - rows[1]) * gap > 0:  # NaN, of an empty half, is no order
                    return False
            elif any(map(len, places)):
                here = 0 if len(places[0]) else 1
                if not shares[here] > 0.5 > shares[1 - here]:
                    return False
        return True


def _foreign(own: Zones, other: Zones) -> list[int]:
    return [zone for zone in range(6) if other[zone] and not own[zone]]


def _bands(centres: Sequence[float], height: int) -> NDArray[np.int64]:
    borders = (np.array(centres[:2]) + centres[1:]) / 2
    if not borders[0] < borders[1]:  # NaN too
        borders = np.array([height / 3, 2 * height / 3])
    return np.searchsorted(borders, np.arange(height) + 0.5)


def mean_row(profile: NDArray) -> float:
    """Return the mean row of a number of pixels a row; NaN where there is none."""
    total = profile.sum()
    return float((profile * (np.arange(len(profile)) + 0.5)).sum() / total) if total else math.nan


def confusion_of(first: Masks, second: Masks) -> list[int]:
    """Compare two masks as a prediction and its label: true positive, false positive and so on."""
    overlap = int((first & second).sum())
    ends = int(first.sum()) - overlap, int(second.sum()) - overlap
    return [overlap, *ends, int((~first & ~second).sum())]

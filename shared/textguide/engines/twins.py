"""Two sentences of the same words in another binding: does each mask lie where its own sentence says?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from textguide.engines.stress_texts import Pair

APART = 0.1
"""A mask is apart where less than this share of it lies in zones that the other sentence alone names."""

Masks = NDArray[np.bool_]


def zone_picture(labels: Masks, zones: NDArray, mirrored: bool = False) -> NDArray[np.int64]:
    """Draw where the six zones lie, out of the masks of a data set and what their sentences name.

    A zone is a band of rows in one half of the picture. The border between two bands lies midway between the
    mean rows of what is labelled in a half where one of the two is named alone; thirds of the height, where
    that cannot be told.

    Args:
        labels: (N, W, H).
        zones: (N, 6) of 0 and 1; NaN where unknown.
        mirrored: left zones lie in the right half (the patient's side).

    Returns:
        (W, H) the number of the zone of each pixel.
    """
    width, height = labels.shape[1:]
    picture = np.zeros((width, height), dtype=np.int64)
    for side in (0, 1):
        columns = slice(0, width // 2) if (side == 0) != mirrored else slice(width // 2, width)
        named = zones[:, 3 * side : 3 * side + 3]
        profiles = labels[:, columns].sum(axis=1)  # N H
        centres = [
            mean_row(profiles[(named == np.eye(3)[zone]).all(axis=1)].sum(axis=0)) for zone in range(3)
        ]
        borders = (np.array(centres[:2]) + centres[1:]) / 2
        if not borders[0] < borders[1]:  # NaN too
            borders = np.array([height / 3, 2 * height / 3])
        picture[columns] = 3 * side + np.searchsorted(borders, np.arange(height) + 0.5)
    return picture


def mean_row(profile: NDArray) -> float:
    """Return the mean row of a number of pixels a row; NaN where there is none."""
    total = profile.sum()
    return float((profile * (np.arange(len(profile)) + 0.5)).sum() / total) if total else float("nan")


def share_in_the_others(mask: Masks, own: Sequence[int], other: Sequence[int], picture: NDArray) -> float:
    """Return the share of a mask (W, H) in zones that the other sentence alone names; NaN of an empty one."""
    foreign = [zone for zone in range(6) if other[zone] and not own[zone]]
    return float(np.isin(picture[mask], foreign).mean()) if mask.any() else float("nan")


def confusion_of(first: Masks, second: Masks) -> list[int]:
    """Compare two masks as a prediction and its label: true positive, false positive and so on."""
    overlap = int((first & second).sum())
    return [
        overlap,
        int(first.sum()) - overlap,
        int(second.sum()) - overlap,
        int((~first & ~second).sum()),
    ]


def shares_of_pair(first: Masks, second: Masks, pair: Pair, picture: NDArray) -> tuple[float, float]:
    """Return `share_in_the_others` of both masks of a pair of sentences."""
    (_, one), (_, two) = pair
    return share_in_the_others(first, one, two, picture), share_in_the_others(second, two, one, picture)

"""Scores out of pixel counts, under the two protocols that published numbers follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COUNTS = ("tp", "fp", "fn", "tn")
PER_IMAGE_SCORES = ("dice", "iou", "accuracy")
GLOBAL_SCORES = ("dice", "iou", "accuracy", "precision", "recall", "specificity", "npv")
STATISTICS = tuple(f"per_image_{name}" for name in PER_IMAGE_SCORES) + tuple(
    f"global_{name}" for name in GLOBAL_SCORES
)

Array = NDArray[np.float64]


def overlap_scores(counts: NDArray) -> dict[str, Array]:
    """Compute the scores of each row of counts.

    Args:
        counts: (..., 4) numbers of pixels: true positive, false positive, false negative, true negative.

    Returns:
        Seven arrays (...) in [0, 1]. Dice and IoU of an empty mask against an empty prediction are 1; a ratio
        whose denominator is zero otherwise (the precision where nothing is predicted) is NaN.
    """
    tp, fp, fn, tn = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)

    def ratio(numerator: Array, denominator: Array, undefined: float = np.nan) -> Array:
        return np.where(denominator > 0, numerator / np.maximum(denominator, 1e-300), undefined)

    return {
        "dice": ratio(2 * tp, 2 * tp + fp + fn, undefined=1.0),
        "iou": ratio(tp, tp + fp + fn, undefined=1.0),
        "accuracy": ratio(tp + tn, tp + fp + fn + tn),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "specificity": ratio(tn, tn + fp),
        "npv": ratio(tn, tn + fn),
    }


def summarise(counts: NDArray) -> dict[str, float]:
    """Compute every statistic of a set of images.

    `per_image_*` is the mean over the images, where a small mask weighs as much as a large one. `global_*`
    comes from one confusion over all pixels of the set; there global_iou = global_dice / (2 - global_dice).
    On the same predictions the two differ by points, so a number without its protocol cannot be compared.

    Args:
        counts: (N, 4) pixel counts of N images, N >= 1.

    Returns:
        The value of each name in `STATISTICS`.

    Raises:
        ValueError: the counts are not (N, 4) or there is no image.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != len(COUNTS) or not len(counts):
        raise ValueError(f"counts have the shape {counts.shape}; (N, 4) with at least one image is needed")
    images, pooled = overlap_scores(counts), overlap_scores(counts.sum(axis=0))
    values = {f"per_image_{name}": float(images[name].mean()) for name in PER_IMAGE_SCORES}
    return values | {f"global_{name}": float(pooled[name]) for name in GLOBAL_SCORES}

"""How sure a score is: resampling the patients, not the images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from textguide.metrics.scores import (
    COUNTS,
    GLOBAL_SCORES,
    PER_IMAGE_SCORES,
    STATISTICS,
    overlap_scores,
    summarise,
)

Interval = tuple[float, float]
TAILS = (0.025, 0.975)


def bootstrap_intervals(
    counts: NDArray, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """95 % percentile intervals of every statistic, from one resampling of the groups with replacement.

    The images of a patient resemble one another, so whole patients are drawn. Every statistic is a function
    of sums over images, hence one draw is one row of a matrix product: no loop over draws.

    Args:
        counts: (N, 4) pixel counts of N images: true positive, false positive, false negative, true negative.
        groups: N names, equal for images that belong together (a patient).
        n: number of draws.
        seed: makes the interval repeatable.

    Returns:
        Low and high end for each name in `STATISTICS`; NaN with a single group, where nothing can be
        resampled.

    Raises:
        ValueError: counts and groups differ in length, there is no image, or n is below 1.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    counts = np.asarray(counts)
    if len(counts) != len(groups) or not len(counts):
        raise ValueError(f"{len(counts)} images and {len(groups)} groups; one group for each image is needed")
    if n < 1:
        raise ValueError(f"n is {n}; at least one draw is needed")
    names, codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if len(names) == 1:
        return dict.fromkeys(STATISTICS, (float("nan"), float("nan")))

    scores = overlap_scores(counts)
    columns = [*counts.T, *(scores[name] for name in PER_IMAGE_SCORES), np.ones(len(counts))]
    sums = np.stack([np.bincount(codes, weights=column, minlength=len(names)) for column in columns], axis=1)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=n)
    totals = draws.astype(np.float64) @ sums

    pooled = overlap_scores(totals[:, : len(COUNTS)])
    values = {f"global_{name}": pooled[name] for name in GLOBAL_SCORES}
    for column, name in enumerate(PER_IMAGE_SCORES, start=len(COUNTS)):
        values[f"per_image_{name}"] = totals[:, column] / totals[:, -1]
    return {name: interval(values[name]) for name in STATISTICS}


def interval(values: NDArray) -> Interval:
    """Return the ends of 95 % of the values, over those that are defined (NaN where none is)."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, TAILS)
    return float(low), float(high)


def scores_with_intervals(
    counts: NDArray, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> dict[str, dict[str, dict[str, float]]]:
    """Return protocol -> score -> `{"value", "low", "high"}`; see `bootstrap_intervals` for the arguments."""
    values, ends = summarise(counts), bootstrap_intervals(counts, groups, n, seed)

    def entry(statistic: str) -> dict[str, float]:
        return {"value": values[statistic], "low": ends[statistic][0], "high": ends[statistic][1]}

    return {
        "per_image": {name: entry(f"per_image_{name}") for name in PER_IMAGE_SCORES},
        "global": {name: entry(f"global_{name}") for name in GLOBAL_SCORES},
    }

"""How sure a score is: resampling the patients, not the images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textguide.metrics.scores import (
    COUNTS,
    GLOBAL_SCORES,
    PER_IMAGE_SCORES,
    STATISTICS,
    overlap_scores,
    summarise,
)

Interval = tuple[float, float]
Entry = dict[str, float]
TAILS = (0.025, 0.975)


def draw_groups(groups: Sequence[str], n: int = 1000, seed: int = 0) -> tuple[NDArray, NDArray]:
    """Draw whole groups with replacement, as many as there are.

    Args:
        groups: N names, equal for images that belong together (a patient).
        n: number of draws.
        seed: makes the draws repeatable: the same groups give the same draws.

    Returns:
        (n, G) how often each group was drawn, and (N,) the number of the group of each image.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; at least one draw is needed")
    names, codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=n)
    return draws, codes


def resampled_statistics(
    counts: NDArray, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Return for each name in `STATISTICS` its values (n,) over the draws; see `bootstrap_intervals`."""
    counts = np.asarray(counts)
    if len(counts) != len(groups) or not len(counts):
        raise ValueError(f"{len(counts)} images and {len(groups)} groups; one group for each image is needed")
    draws, codes = draw_groups(groups, n, seed)
    if draws.shape[1] == 1:
        return {name: np.full(n, np.nan) for name in STATISTICS}
    scores = overlap_scores(counts)
    columns = [*counts.T, *(scores[name] for name in PER_IMAGE_SCORES), np.ones(len(counts))]
    sums = np.stack([np.bincount(codes, weights=column) for column in columns], axis=1)
    totals = draws.astype(np.float64) @ sums

    pooled = overlap_scores(totals[:, : len(COUNTS)])
    values = {f"global_{name}": pooled[name] for name in GLOBAL_SCORES}
    for column, name in enumerate(PER_IMAGE_SCORES, start=len(COUNTS)):
        values[f"per_image_{name}"] = totals[:, column] / totals[:, -1]
    return values


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
    values = resampled_statistics(counts, groups, n, seed)
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
) -> dict[str, dict[str, Entry]]:
    """Return protocol -> score -> `{"value", "low", "high"}`; see `bootstrap_intervals` for the arguments."""
    return _by_protocol(summarise(counts), resampled_statistics(counts, groups, n, seed))


def paired_difference(
    counts: NDArray, others: NDArray, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> dict[str, dict[str, Entry]]:
    """Return how much higher the scores of `counts` are than those of `others` on the same images.

    Both are resampled together, so what makes a patient easy or hard for both cancels out.

    Args:
        counts: (N, 4), see `bootstrap_intervals`.
        others: (N, 4) of the same images in the same order.
        groups: see `bootstrap_intervals`.
        n: see `bootstrap_intervals`.
        seed: see `bootstrap_intervals`.

    Returns:
        Protocol -> score -> `{"value", "low", "high"}`.
    """
    ours, theirs = summarise(counts), summarise(others)
    drawn, against = (resampled_statistics(rows, groups, n, seed) for rows in (counts, others))
    return _by_protocol(
        {name: ours[name] - theirs[name] for name in STATISTICS},
        {name: drawn[name] - against[name] for name in STATISTICS},
    )


def mean_with_interval(values: ArrayLike, groups: Sequence[str], n: int = 1000, seed: int = 0) -> Entry:
    """Return the mean of one value an image, such as a share, with its interval over the groups.

    Raises:
        ValueError: there is no value, or n is below 1.
    """
    array = np.asarray(values, dtype=np.float64)
    if not len(array):
        raise ValueError("there are no values; at least one is needed")
    draws, codes = draw_groups(groups, n, seed)
    sums, sizes = (np.bincount(codes, weights=column) for column in (array, np.ones(len(array))))
    means = (draws @ sums) / (draws @ sizes) if draws.shape[1] > 1 else np.full(n, np.nan)
    return score_entry(float(array.mean()), means)


def score_entry(value: float, draws: NDArray) -> Entry:
    """Return `{"value", "low", "high"}` of a score and its values over the draws."""
    low, high = interval(draws)
    return {"value": value, "low": low, "high": high}


def _by_protocol(values: dict[str, float], draws: dict[str, NDArray]) -> dict[str, dict[str, Entry]]:
    def entry(statistic: str) -> Entry:
        return score_entry(values[statistic], draws[statistic])

    return {
        "per_image": {name: entry(f"per_image_{name}") for name in PER_IMAGE_SCORES},
        "global": {name: entry(f"global_{name}") for name in GLOBAL_SCORES},
    }

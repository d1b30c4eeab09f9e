"""Are the probabilities right? One temperature for all logits, and what doubt is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textguide.metrics.bootstrap import Entry, draw_groups, score_entry
from textguide.metrics.logit_histogram import CENTRES

Array = NDArray[np.float64]
COLDEST, HOTTEST = 0.05, 20.0
_GOLDEN = (5**0.5 - 1) / 2


def fit_temperature(histogram: NDArray, tolerance: float = 1e-4) -> float:
    """Find the temperature at which the pixels' negative log likelihood is least.

    The loss is convex in 1 / T, so that a golden-section search over log T finds the one minimum.

    Args:
        histogram: (2, BINS) pixels by label and logit, summed over the images, see `logit_histograms`.
        tolerance: of log T.

    Returns:
        T in [0.05, 20]: what logits are divided by. Above 1 the network was too sure.

    Raises:
        ValueError: the histogram holds no foreground or no background.

    Source:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
    """
    histogram = np.asarray(histogram, dtype=np.float64)
    if not (histogram.sum(axis=1) > 0).all():
        raise ValueError("a temperature needs pixels of the foreground and of the background")
    low, high = np.log(COLDEST), np.log(HOTTEST)
    while high - low > tolerance:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if log_likelihood_loss(histogram, np.exp(left)) < log_likelihood_loss(histogram, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def log_likelihood_loss(histogram: NDArray, temperature: float) -> float:
    """Return the mean negative log likelihood of the pixels, in nats."""
    scaled = CENTRES / temperature
    background, foreground = np.logaddexp(0, scaled), np.logaddexp(0, -scaled)
    total = (histogram[0] * background).sum() + (histogram[1] * foreground).sum()
    return float(total / histogram.sum())


def calibration_error(histogram: NDArray, temperature: float = 1.0, bins: int = 15) -> float:
    """Return the expected calibration error of the foreground's probability, over all pixels, in [0, 1].

    Args:
        histogram: see `fit_temperature`.
        temperature: what logits are divided by.
        bins: of equal width over the probability.

    Source:
        Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015; here the
        probability of the foreground is compared with its frequency.
    """
    probability = foreground_probability(temperature)
    pixels = np.asarray(histogram, dtype=np.float64).sum(axis=0)
    place = np.minimum((probability * bins).astype(int), bins - 1)
    promised = np.bincount(place, weights=pixels * probability, minlength=bins)
    found = np.bincount(place, weights=histogram[1], minlength=bins)
    return float(np.abs(promised - found).sum() / pixels.sum())


def foreground_probability(temperature: float) -> Array:
    """Return the probability (BINS,) of each bin's logit at a temperature."""
    return 1 / (1 + np.exp(-CENTRES / temperature))


def expected_dice(histograms: NDArray, temperature: float = 1.0) -> Array:
    """Return the Dice (N,) that the probabilities promise for each mask.

    It is 2 sum(p m) / sum(p + m), and of an empty mask the chance that nothing is there, 1 - max(p): what a
    user of the bundle is told.

    Args:
        histograms: (N, 2, BINS); the mask is where the logit is at least 0. Labels are not looked at.
        temperature: what logits are divided by.
    """
    pixels = np.asarray(histograms, dtype=np.float64).sum(axis=1)
    probability, mask = foreground_probability(temperature), CENTRES > 0
    inside, total = pixels @ (probability * mask), pixels @ probability + pixels @ mask
    largest = np.where(pixels > 0, probability, 0).max(axis=1)
    return np.where(pixels @ mask > 0, 2 * inside / total, 1 - largest)


def dice_of(histograms: NDArray) -> Array:
    """Return the true Dice (N,) of each mask; 1 where mask and label are empty."""
    predicted, mask = np.asarray(histograms, dtype=np.float64), CENTRES > 0
    overlap = 2 * predicted[:, 1] @ mask
    total = predicted.sum(axis=1) @ mask + predicted[:, 1].sum(axis=1)
    return np.where(total > 0, overlap / np.maximum(total, 1), 1.0)


def ranking_score(
    scores: ArrayLike, positives: ArrayLike, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> Entry:
    """Return the area under the ROC curve with its interval over the groups.

    It is the chance that a positive case has the higher score than a negative one; ties count half.

    Args:
        scores: (N,) such as the doubt of each case.
        positives: (N,) bool, such as whether its Dice is below 0.7.
        groups: N names, see `bootstrap_intervals`.
        n: number of draws.
        seed: makes the interval repeatable.

    Returns:
        `{"value", "low", "high"}`; NaN where all cases are of one kind.
    """
    is_positive = np.asarray(positives, dtype=bool)
    _, ranks = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True)
    draws, codes = draw_groups(groups, n, seed)

    def area(weights: Array) -> float:
        size = int(ranks.max()) + 1
        above = np.bincount(ranks, weights=weights * is_positive, minlength=size)
        below = np.bincount(ranks, weights=weights * ~is_positive, minlength=size)
        pairs = above.sum() * below.sum()
        won = (above * (np.cumsum(below) - below / 2)).sum()
        return float(won / pairs) if pairs else float("nan")

    drawn = [area(draw[codes].astype(np.float64)) for draw in draws] if draws.shape[1] > 1 else [np.nan]
    return score_entry(area(np.ones(len(ranks))), np.array(drawn))

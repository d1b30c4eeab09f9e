from __future__ import annotations

import math

import numpy as np
import pytest

from textguide.metrics import (
    calibration_error,
    dice_of,
    expected_dice,
    fit_temperature,
    log_likelihood_loss,
    logit_histograms,
    overlap_scores,
    ranking_score,
)
from textguide.segmenter.segmentation import calibrate
from textguide.segmenter.segmentation import expected_dice as expected_dice_of_probability


def drawn(temperature: float, cases: int = 4, pixels: int = 4000, seed: int = 0):
    """Logits, and labels that are drawn from the probabilities of the logits over a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (cases, 1, pixels))
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-logits / temperature))
    return logits.astype(np.float32), labels.astype(np.float32)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    pooled = logit_histograms(*drawn(temperature, pixels=40_000)).sum(axis=0)
    fitted = fit_temperature(pooled)
    assert fitted == pytest.approx(temperature, rel=0.05)
    assert log_likelihood_loss(pooled, fitted) <= log_likelihood_loss(pooled, 1.0)
    assert calibration_error(pooled, fitted) < 0.01
    if temperature != 1.0:
        assert calibration_error(pooled, 1.0) > 3 * calibration_error(pooled, fitted)


def test_the_histogram_loses_nothing_that_the_loss_needs():
    logits, labels = drawn(2.0)
    pooled = logit_histograms(logits, labels).sum(axis=0)
    assert pooled.sum() == logits.size
    signed = np.where(labels > 0.5, -logits, logits).astype(np.float64)
    exact = np.logaddexp(0, signed / 1.7).mean()
    assert log_likelihood_loss(pooled, 1.7) == pytest.approx(exact, abs=1e-4)


def test_each_image_has_its_own_histogram_and_infinite_logits_are_kept_at_the_ends():
    logits = np.array([[[-np.inf, -0.001]], [[0.0, 99.0]]], dtype=np.float32)
    counted = logit_histograms(logits, np.array([[[0, 1]], [[1, 0]]], dtype=np.float32))
    assert counted.sum(axis=(1, 2)).tolist() == [2, 2]
    assert (counted[0, 0, 0], counted[0, 1, 1023], counted[1, 1, 1024], counted[1, 0, 2047]) == (1, 1, 1, 1)
    with pytest.raises(ValueError, match="differ; one shape"):
        logit_histograms(logits, np.zeros((2, 1, 3)))


def test_the_expected_dice_is_the_one_that_a_user_sees():
    logits, labels = drawn(1.0, cases=3)
    logits[2] -= logits[2].max() + 0.3  # an empty mask
    found = expected_dice(logit_histograms(logits, labels), temperature=1.8)
    for case in range(3):
        probability = calibrate((1 / (1 + np.exp(-logits[case]))).astype(np.float32), 1.8)
        mask = (logits[case] >= 0).astype(np.uint8)
        assert found[case] == pytest.approx(expected_dice_of_probability(probability, mask), abs=3e-3)


def test_the_true_dice_follows_from_the_histogram():
    logits, labels = drawn(1.0, cases=3)
    masks, truth = logits >= 0, labels > 0.5
    counts = [
        [(masks & truth)[c].sum(), (masks & ~truth)[c].sum(), (~masks & truth)[c].sum(), 0] for c in range(3)
    ]
    assert dice_of(logit_histograms(logits, labels)) == pytest.approx(
        overlap_scores(np.array(counts))["dice"]
    )
    assert dice_of(logit_histograms(np.full((1, 4), -3.0), np.zeros((1, 4)))).tolist() == [1.0]


def test_one_class_alone_has_no_temperature():
    with pytest.raises(ValueError, match="foreground and of the background"):
        fit_temperature(logit_histograms(np.ones((1, 4)), np.zeros((1, 4)))[0])


def test_a_ranking_is_right_ties_count_half_and_patients_are_drawn():
    groups = [str(number) for number in range(6)]
    perfect = ranking_score([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1], groups, n=50)
    assert (perfect["value"], perfect["low"], perfect["high"]) == (1.0, 1.0, 1.0)
    assert ranking_score([5, 5, 5, 5], [0, 1, 0, 1], groups[:4], n=5)["value"] == 0.5
    scores, positives = [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]
    wins = [(a > b) + (a == b) / 2 for a in (0.35, 0.8) for b in (0.1, 0.4)]
    assert ranking_score(scores, positives, groups[:4], n=5)["value"] == pytest.approx(np.mean(wins))
    twice = ranking_score(scores * 9, positives * 9, [f"p{number % 4}" for number in range(36)], n=200)
    apart = ranking_score(scores * 9, positives * 9, [str(number) for number in range(36)], n=200)
    assert twice["high"] - twice["low"] > apart["high"] - apart["low"]


def test_cases_of_one_kind_cannot_be_ranked():
    assert math.isnan(ranking_score([1, 2], [True, True], ["a", "b"], n=5)["value"])
    assert math.isnan(ranking_score([1, 2], [True, False], ["a", "a"], n=5)["low"])

from __future__ import annotations

import math

import numpy as np
import pytest

from textguide.metrics import STATISTICS, overlap_scores, summarise

# tp, fp, fn, tn: half right; empty against empty; a false alarm on an empty mask
COUNTS = np.array([[6, 2, 4, 88], [0, 0, 0, 100], [0, 10, 0, 90]])


def test_scores_of_one_image_are_the_textbook_ratios():
    scores = {name: float(value[0]) for name, value in overlap_scores(COUNTS).items()}
    expected = {
        "dice": 12 / 18,
        "iou": 6 / 12,
        "accuracy": 94 / 100,
        "precision": 6 / 8,
        "recall": 6 / 10,
        "specificity": 88 / 90,
        "npv": 88 / 92,
    }
    assert scores == pytest.approx(expected)


def test_empty_against_empty_is_one_and_a_false_alarm_zero():
    scores = overlap_scores(COUNTS)
    assert scores["dice"][1:].tolist() == [1.0, 0.0]
    assert scores["iou"][1:].tolist() == [1.0, 0.0]
    assert math.isnan(scores["precision"][1])
    assert math.isnan(scores["recall"][2])


def test_the_two_protocols_differ_on_the_same_images():
    summary = summarise(COUNTS)
    assert set(summary) == set(STATISTICS)
    assert summary["per_image_dice"] == pytest.approx((12 / 18 + 1 + 0) / 3)
    assert summary["per_image_iou"] == pytest.approx((6 / 12 + 1 + 0) / 3)
    assert summary["global_dice"] == pytest.approx(12 / (12 + 12 + 4))
    assert summary["global_iou"] == pytest.approx(summary["global_dice"] / (2 - summary["global_dice"]))
    assert summary["global_accuracy"] == pytest.approx((94 + 100 + 90) / 300)


@pytest.mark.parametrize("counts", [np.zeros((0, 4)), np.zeros((3, 3)), np.zeros(4)])
def test_counts_of_another_shape_are_refused(counts):
    with pytest.raises(ValueError, match=r"\(N, 4\)"):
        summarise(counts)

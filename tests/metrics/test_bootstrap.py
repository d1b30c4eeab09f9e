from __future__ import annotations

import math
import time

import numpy as np
import pytest

from textguide.metrics import (
    STATISTICS,
    bootstrap_intervals,
    mean_with_interval,
    paired_difference,
    scores_with_intervals,
    summarise,
)


def random_counts(images: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.integers(0, 400, (images, 3)), rng.integers(3000, 4000, (images, 1))], axis=1)


def test_intervals_equal_a_plain_loop_over_the_same_draws():
    counts = random_counts(12)
    groups = [f"patient_{number // 3}" for number in range(12)]
    draws = np.random.default_rng(5).multinomial(4, np.full(4, 0.25), size=50)
    repeated = [
        np.concatenate([np.tile(counts[3 * g : 3 * g + 3], (k, 1)) for g, k in enumerate(d)]) for d in draws
    ]
    summaries = [summarise(rows) for rows in repeated]
    found = bootstrap_intervals(counts, groups, n=50, seed=5)
    for statistic in STATISTICS:
        expected = np.quantile([summary[statistic] for summary in summaries], [0.025, 0.975])
        assert found[statistic] == pytest.approx(tuple(expected), abs=1e-12), statistic


def test_patients_are_drawn_and_not_their_images():
    per_patient = random_counts(20)
    copies = np.repeat(per_patient, 10, axis=0)
    patients = [f"patient_{number // 10:02}" for number in range(200)]
    by_patient = bootstrap_intervals(copies, patients)["global_dice"]
    by_image = bootstrap_intervals(copies, [str(number) for number in range(200)])["global_dice"]
    plain = bootstrap_intervals(per_patient, [f"{n:02}" for n in range(20)])["global_dice"]
    assert by_patient == pytest.approx(plain)
    assert by_patient[1] - by_patient[0] > 2 * (by_image[1] - by_image[0])


def test_the_interval_holds_the_value_and_depends_on_the_seed_alone():
    counts, groups = random_counts(60), [str(number) for number in range(60)]
    for name, (low, high) in bootstrap_intervals(counts, groups, seed=1).items():
        assert low < summarise(counts)[name] < high, name
    first = bootstrap_intervals(counts, groups, seed=1)["per_image_dice"]
    assert first == bootstrap_intervals(counts, groups, seed=1)["per_image_dice"]
    assert first != bootstrap_intervals(counts, groups, seed=2)["per_image_dice"]


def test_one_patient_alone_has_no_interval():
    low, high = bootstrap_intervals(random_counts(4), ["same"] * 4)["global_dice"]
    assert math.isnan(low)
    assert math.isnan(high)


def test_a_large_test_set_takes_less_than_a_second():
    counts, groups = random_counts(1429), [f"patient_{number}" for number in range(1429)]
    started = time.perf_counter()
    table = scores_with_intervals(counts, groups)
    assert time.perf_counter() - started < 1.0
    assert table["global"]["dice"]["low"] < table["global"]["dice"]["value"] < table["global"]["dice"]["high"]
    assert set(table["per_image"]) == {"dice", "iou", "accuracy"}


def test_what_two_conditions_share_cancels_out_of_their_difference():
    counts, groups = random_counts(80), [str(number // 2) for number in range(80)]
    worse = counts + [[-1, 0, 1, 0]] * (counts[:, :1] > 0)
    found = paired_difference(worse, counts, groups)["global"]["dice"]
    values = [summarise(rows)["global_dice"] for rows in (worse, counts)]
    assert found["value"] == pytest.approx(values[0] - values[1])
    assert found["low"] < found["value"] < found["high"] < 0
    alone = scores_with_intervals(counts, groups)["global"]["dice"]
    assert found["high"] - found["low"] < 0.1 * (alone["high"] - alone["low"])
    same = paired_difference(counts, counts, groups)["per_image"]["dice"]
    assert (same["value"], same["low"], same["high"]) == (0, 0, 0)


def test_a_mean_has_the_interval_of_its_patients():
    found = mean_with_interval([1, 1, 0, 0, 1, 0], list("aabbcd"), n=200)
    assert found["value"] == 0.5
    assert found["low"] < 0.5 < found["high"]
    assert math.isnan(mean_with_interval([1, 0], ["a", "a"])["low"])
    with pytest.raises(ValueError, match="no values"):
        mean_with_interval([], [])


def test_wrong_arguments_are_refused_by_name():
    with pytest.raises(ValueError, match="2 images and 1 groups"):
        bootstrap_intervals(random_counts(2), ["a"])
    with pytest.raises(ValueError, match="n is 0; at least one draw"):
        bootstrap_intervals(random_counts(2), ["a", "b"], n=0)

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from monai.data import DataLoader
from monai.engines import SupervisedEvaluator
from monai.inferers import Inferer

from textguide.metrics import ZONE_NAMES, SegmentationMetric, ZoneMetric, zone_scores

TRUE = np.array([[1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 1]], dtype=float)
FOUND = np.array([[1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1], [0, 0, 1, 0, 0, 1]])
GROUPS = ["a", "b", "b"]


def test_scores_of_three_cases_counted_by_hand():
    scores = zone_scores(FOUND, TRUE, GROUPS)
    upper = scores["zones"]["left_upper"]
    assert (upper["precision"], upper["recall"], upper["f1"]) == (1, 0.5, pytest.approx(2 / 3))
    assert (upper["support"], upper["n"]) == (2, 3)
    assert scores["bits"] == {
        "accuracy": pytest.approx(16 / 18),
        "precision": pytest.approx(5 / 6),
        "recall": pytest.approx(5 / 6),
        "f1": pytest.approx(5 / 6),
        "n": 18,
    }
    assert scores["exact_match"]["value"] == pytest.approx(2 / 3)
    assert scores["exact_match_n"] == scores["n"] == 3


def test_zero_over_zero_is_not_defined_and_left_out_of_the_macro_scores():
    scores = zone_scores(FOUND, TRUE, GROUPS)
    never = scores["zones"]["left_middle"]  # neither there nor found
    assert all(math.isnan(never[name]) for name in ("precision", "recall", "f1"))
    wrongly = scores["zones"]["right_middle"]  # found, and never there
    assert (wrongly["precision"], wrongly["f1"]) == (0, 0)
    assert math.isnan(wrongly["recall"])
    assert scores["macro"]["f1"]["value"] == pytest.approx(np.mean([2 / 3, 1, 0, 1]))
    assert scores["macro"]["precision"] == pytest.approx(np.mean([1, 1, 0, 1]))
    assert scores["macro"]["recall"] == pytest.approx(np.mean([0.5, 1, 1]))


def test_an_unknown_bit_is_left_out_whatever_is_predicted():
    true = TRUE.copy()
    true[1] = np.nan
    true[2, 4] = np.nan
    scores = zone_scores(FOUND, true, GROUPS)
    assert repr(scores) == repr(zone_scores(np.where(np.isnan(true), 1, FOUND), true, GROUPS))
    assert (scores["n"], scores["exact_match_n"], scores["bits"]["n"]) == (2, 1, 11)
    assert scores["exact_match"]["value"] == scores["macro"]["f1"]["value"] == 1
    none = zone_scores(FOUND, [[None] * 6] * 3, GROUPS)
    assert (none["n"], none["exact_match_n"]) == (0, 0)
    assert math.isnan(none["macro"]["f1"]["value"])
    assert math.isnan(none["bits"]["accuracy"])


def test_intervals_come_from_whole_patients_and_enclose_the_value():
    generator = np.random.default_rng(0)
    true = generator.integers(0, 2, (60, 6)).astype(float)
    found = np.where(generator.random((60, 6)) < 0.8, true, 1 - true)
    groups = [str(number // 3) for number in range(60)]
    scores = zone_scores(found, true, groups, n=300, seed=1)
    for entry in (scores["macro"]["f1"], scores["exact_match"]):
        assert entry["low"] < entry["value"] < entry["high"]
    assert scores == zone_scores(found, true, groups, n=300, seed=1)
    draw = np.concatenate([np.arange(3) + 3 * group for group in generator.integers(0, 20, 20)])
    again = zone_scores(found[draw], true[draw], [groups[row] for row in draw])["macro"]["f1"]["value"]
    spread = scores["macro"]["f1"]["high"] - scores["macro"]["f1"]["low"]
    assert abs(again - scores["macro"]["f1"]["value"]) < 2 * spread
    one = zone_scores(found, true, ["a"] * 60)
    assert math.isnan(one["macro"]["f1"]["low"])
    assert math.isnan(one["exact_match"]["low"])


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"predicted zones \(3, 5\), true zones \(3, 6\) and 3 groups"):
        zone_scores(FOUND[:, :5], TRUE, GROUPS)
    with pytest.raises(ValueError, match="and 2 groups"):
        zone_scores(FOUND, TRUE, GROUPS[:2])


class ReportOf(Inferer):
    """Gives mask logits alone, or with the zone logits that the image holds in its first column."""

    def __init__(self, writes: bool) -> None:
        self.writes = writes

    def __call__(self, inputs, network, *args, **kwargs):
        return {"logits": inputs, "zone_logits": inputs[:, 0, 0, :6]} if self.writes else inputs


def evaluate(
    metric: ZoneMetric, zones=list, writes: bool = True, decollate: bool = False, names: bool = True
):
    items = []
    for number, (found, true) in enumerate(zip(FOUND, TRUE, strict=True)):
        image = torch.zeros(1, 8, 6)
        image[0, 0] = torch.tensor(found) * 4.0 - 2
        own = {"case_id": f"case_{number}", "group_id": GROUPS[number]} if names else {}
        items.append({"image": image, "label": torch.zeros(1, 8, 6), "zones": zones(true)} | own)
    evaluator = SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=DataLoader(items, batch_size=2),
        network=torch.nn.Identity(),
        inferer=ReportOf(writes),
        key_val_metric={"val_global_dice": SegmentationMetric()},
        additional_metrics={"val_zone_f1": metric},
        decollate=decollate,
    )
    evaluator.run()
    evaluator.run()
    return evaluator.state.metrics["val_zone_f1"]


@pytest.mark.parametrize("zones", [list, np.float32], ids=["six columns", "a tensor"])
@pytest.mark.parametrize("decollate", [False, True])
def test_the_metric_of_an_evaluator_is_the_macro_f1_of_all_batches(zones, decollate):
    metric = ZoneMetric()
    value = evaluate(metric, zones, decollate=decollate)
    assert value == pytest.approx(zone_scores(FOUND, TRUE, GROUPS)["macro"]["f1"]["value"])
    rows = metric.rows()
    assert [row["case_id"] for row in rows] == ["case_0", "case_1", "case_2"]
    assert [row["group_id"] for row in rows] == GROUPS
    assert [row["predicted"] for row in rows] == FOUND.tolist()
    assert [row["zones"] for row in rows] == TRUE.tolist()
    assert rows[0]["probabilities"] == pytest.approx(torch.sigmoid(metric.logits()[0]).tolist())
    assert len(ZONE_NAMES) == len(rows[0]["probabilities"]) == 6


def test_a_prediction_without_zones_has_no_value_and_no_rows():
    metric = ZoneMetric()
    assert math.isnan(evaluate(metric, writes=False))
    assert metric.rows() == []


def test_zones_that_no_record_knows_leave_the_value_open():
    metric = ZoneMetric()
    assert math.isnan(evaluate(metric, lambda true: [math.nan] * 6, names=False))
    assert [row["group_id"] for row in metric.rows()] == ["image_0", "image_1", "image_2"]

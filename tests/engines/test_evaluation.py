from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pytest
import torch
from tests.engines.toy_evaluation import build

from textguide.engines import CONDITIONS
from textguide.engines.evaluation import write_report
from textguide.metrics import COUNTS, summarise


def test_each_condition_is_scored_with_its_own_text(tmp_path):
    report = build(tmp_path).run()
    dice = {name: scores["global"]["dice"]["value"] for name, scores in report["conditions"].items()}
    empty_mask_pixels, pixels = 32, 64
    assert list(dice) == list(CONDITIONS)
    assert dice["right"] == pytest.approx(2 * 160 / (2 * 160 + empty_mask_pixels))
    assert dice["side_swapped"] == dice["shuffled"] == 0
    assert dice["empty"] == pytest.approx(2 * 160 / (2 * 160 + 5 * 32 + pixels))
    assert {name: s["unchanged_texts"] for name, s in report["conditions"].items()} == {
        "right": 6,
        "empty": 0,
        "shuffled": 0,
        "side_swapped": 0,
    }


def test_the_report_says_what_was_evaluated(tmp_path):
    returned = build(tmp_path).run()
    report = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert report["section"] == "validation"
    assert (report["n"], report["n_section"], report["groups"], report["empty_masks"]) == (6, 6, 3, 1)
    assert report["split_sha256"] == json.loads((tmp_path / "datalist.json").read_text())["split_sha256"]
    assert report["weights_sha256"] == hashlib.sha256((tmp_path / "model.pt").read_bytes()).hexdigest()
    assert report["conditions"]["right"]["per_image"] == returned["conditions"]["right"]["per_image"]
    ends = report["conditions"]["right"]["global"]["dice"]
    assert ends["low"] <= ends["value"] <= ends["high"]
    assert report["conditions"]["side_swapped"]["global"]["precision"]["value"] == 0
    assert "testing" not in json.dumps(report)


def test_every_score_can_be_had_from_the_rows_of_the_cases(tmp_path):
    report = build(tmp_path).run()
    rows = list(csv.DictReader((tmp_path / "out" / "evaluation.csv").open()))
    assert [row["case_id"] for row in rows] == [f"case_{number}" for number in range(6)] * 4
    for condition, scores in report["conditions"].items():
        own = [row for row in rows if row["condition"] == condition]
        summary = summarise(np.array([[int(row[name]) for name in COUNTS] for row in own]))
        assert summary["per_image_dice"] == pytest.approx(scores["per_image"]["dice"]["value"])
        assert summary["global_iou"] == pytest.approx(scores["global"]["iou"]["value"])


def test_a_number_that_is_not_defined_is_null(tmp_path):
    write_report(tmp_path / "report.json", {"global": {"npv": float("nan"), "n": 3}})
    assert json.loads((tmp_path / "report.json").read_text()) == {"global": {"npv": None, "n": 3}}


def test_the_same_seed_writes_the_same_files_and_the_loader_is_given_back(tmp_path):
    evaluation = build(tmp_path)
    loader = evaluation.evaluator.data_loader
    evaluation.run()
    first = (tmp_path / "out" / "evaluation.csv").read_text()
    evaluation.run()
    assert (tmp_path / "out" / "evaluation.csv").read_text() == first
    assert evaluation.evaluator.data_loader is loader
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["evaluation.csv", "evaluation.json"]


def test_validation_cases_are_never_reported_as_a_test(tmp_path):
    with pytest.raises(ValueError, match="6 of 6 cases are not in the section 'testing'"):
        build(tmp_path, section="testing").run()
    assert not (tmp_path / "out").exists()


def test_unknown_conditions_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"conditions are \['upside_down'\]"):
        build(tmp_path, conditions=["upside_down"])


def test_weights_that_are_not_finite_are_refused_before_they_score_nothing(tmp_path):
    evaluation = build(tmp_path)
    weights = torch.load(tmp_path / "model.pt", weights_only=True)
    torch.save(
        {name: torch.full_like(tensor, torch.nan) for name, tensor in weights.items()}, tmp_path / "model.pt"
    )
    with pytest.raises(ValueError, match="not finite"):
        evaluation.run()
    assert not (tmp_path / "out" / "evaluation.json").exists()

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engines.toy_evaluation import build

from textguide.engines import TEXT_CONDITIONS, StressEvaluation, measure_calibration
from textguide.engines.stress_passes import TWINS, choose_patients
from textguide.metrics import COUNTS, summarise

FEW = ("side_swapped", "paraphrase:phrase", "open")


def no_sides(text: str, mask: Any, free_mask: Any) -> None:
    return None


def stress(folder: Path, **options: Any) -> StressEvaluation:
    return StressEvaluation(build(folder), **({"side_warnings": no_sides, "conditions": FEW} | options))


def test_every_condition_is_reported_or_named_as_one_without_cases(tmp_path):
    report = stress(tmp_path, conditions=None).run()
    assert list(report["conditions"]) + report["without_cases"] != []
    assert set(report["conditions"]) | set(report["without_cases"]) == set(TEXT_CONDITIONS) - {"unguided"}
    assert {"paraphrase:clear", "paraphrase:pairs", "paraphrase:whole"} <= set(report["without_cases"])
    assert report["twins"] == {"n": 0}
    assert report["contradictions"]["right"]["value"] == 0
    assert report["contradictions"]["contradictory"]["value"] > 0
    assert json.loads((tmp_path / "out" / "stress.json").read_text())["n"] == 6


def test_a_condition_is_held_against_its_reference_on_the_same_cases(tmp_path):
    report = stress(tmp_path).run()
    rows = list(csv.DictReader((tmp_path / "out" / "stress.csv").open()))
    for name, found in report["conditions"].items():
        own = [row for row in rows if row["condition"] == name]
        counts = np.array([[int(row[count]) for count in COUNTS] for row in own])
        assert found["n"] == len(own) == 6
        assert found["global"]["dice"]["value"] == pytest.approx(summarise(counts)["global_dice"])
        if name != TEXT_CONDITIONS[name].reference:
            gap = found["global"]["dice"]["value"] - found["reference_scores"]["global"]["dice"]["value"]
            assert found["difference"]["global"]["dice"]["value"] == pytest.approx(gap)
    assert report["conditions"]["side_swapped"]["difference"]["global"]["dice"]["value"] < -0.5
    assert report["conditions"]["open"]["reference"] == "empty"
    assert report["conditions"]["paraphrase:phrase"]["kind"] == "trained"


def test_a_condition_that_fits_some_cases_sees_each_of_them_once(tmp_path):
    evaluation = build(tmp_path)
    assert [row["case_id"] for row in evaluation.evaluate([None, "left", None, None, None, None])] == [
        "case_1"
    ]
    assert len(evaluation.evaluate(["left"] * 6)) == 6


def test_the_warning_is_asked_with_both_masks_and_counted_over_one_sided_texts(tmp_path):
    def on_the_other_side(text: str, mask: np.ndarray, free_mask: np.ndarray) -> dict[str, bool] | None:
        assert free_mask.all()
        assert mask.mean() == 0.5
        left = "left" in text
        assert mask[0, 0] == left
        return {"any": left} if text else None

    report = stress(tmp_path, side_warnings=on_the_other_side).run()
    for condition in ("right", "side_swapped"):
        found = report["side_warnings"][condition]
        assert found["n"] == found["any"]["n"] == 6
        assert found["any"]["value"] == 0.5
    assert stress(tmp_path).run()["side_warnings"]["right"] == {"n": 0}


def test_an_interrupted_run_goes_on_where_it_stopped_unless_something_changed(tmp_path):
    asked = []

    def run(break_at: int | None = None, **options: Any) -> list[str]:
        asked.clear()
        evaluation = stress(tmp_path, **options)
        evaluate = evaluation.evaluation.evaluate

        def counted(texts, watch=None):
            if len(asked) == break_at:
                raise KeyboardInterrupt
            asked.append(texts[0])
            return evaluate(texts, watch)

        evaluation.evaluation.evaluate = counted
        try:
            evaluation.run()
        except KeyboardInterrupt:
            assert not (tmp_path / "out" / "stress.json").exists()
        return list(asked)

    assert len(run(break_at=2)) == 2
    assert len(run()) == 3
    first = (tmp_path / "out" / "stress.json").read_text()
    assert len(run()) == 0
    assert (tmp_path / "out" / "stress.json").read_text() == first
    assert len(run(settings={"spatial_size": 3})) == 5
    assert len(run(cases=2, settings={"spatial_size": 3})) == 5
    (tmp_path / "out" / "stress_parts" / "empty.npz").write_bytes(b"torn")
    assert len(run(cases=2, settings={"spatial_size": 3})) == 1


def test_a_part_of_the_cases_is_made_of_whole_patients_and_said(tmp_path):
    report = stress(tmp_path, cases=3).run()
    assert (report["n"], report["n_section"], report["groups"], report["cases"]) == (4, 6, 2, 3)
    records = [{"case_id": str(n), "group_id": f"patient {n // 3}"} for n in range(30)]
    chosen = choose_patients(records, 7, seed=1)
    assert len(chosen) == 9
    assert len({record["group_id"] for record in chosen}) == 3
    assert choose_patients(records, 30, seed=1) == choose_patients(records, None, seed=0) == records
    with pytest.raises(ValueError, match="cases is 0; at least 1"):
        stress(tmp_path, cases=0)


def test_twins_are_two_masks_of_one_film_that_lie_apart(tmp_path):
    evaluation = stress(tmp_path)
    for record in evaluation.evaluation.evaluator.data_loader.dataset.data:
        record["zones"] = np.ones(6, dtype=np.float32)
    report = evaluation.run()
    twins = report["twins"]
    assert twins["n"] == 6
    assert 0 <= twins["dice_between"]["value"] <= 1
    assert twins["bound"]["n"] == twins["in_the_others_zones"]["n"] == 6
    assert twins["labels_in_the_others_zones"]["n"] < 6  # no film names a single zone of a half
    rows = list(csv.DictReader((tmp_path / "out" / "stress.csv").open()))
    assert sum(row["condition"] == "twins" for row in rows) == 6
    assert {f"{name.replace(':', '-')}.npz" for name in TWINS} <= {
        path.name for path in (tmp_path / "out" / "stress_parts").iterdir()
    }


def test_calibration_tells_temperature_errors_and_what_doubt_is_worth(tmp_path):
    found = measure_calibration(build(tmp_path))
    # every logit is 1 or -1, right in 352 of 384 pixels
    assert found["temperature"] == pytest.approx(1 / np.log(352 / 32), abs=2e-3)
    error = found["right"]["calibration_error"]
    assert error["after"] < error["before"] / 2
    assert found["right"]["log_likelihood_loss"]["after"] < found["right"]["log_likelihood_loss"]["before"]
    assert (found["right"]["poor"], found["empty"]["poor"]) == (1, 6)
    assert found["empty"]["doubt_finds_poor"]["value"] is None
    assert found["section"] == "validation"
    json.dumps(found, allow_nan=False)

from __future__ import annotations

import csv
import json
import math
import sys

import pytest
import torch
from PIL import Image
from tests.engines.toy_evaluation import ObedientNetwork, WritingNetwork, build

from textguide.engines import StressEvaluation, measure_calibration
from textguide.engines.report_evaluation import choose_cases, is_read_back, report_summary
from textguide.inferers import ReportInferer, TextSliceInferer
from textguide.text import write_report

CONDITIONS = ("right", "empty", "unguided")


def written(folder, **options):
    known = {"network_type": WritingNetwork, "inferer": ReportInferer(), "conditions": CONDITIONS}
    return build(folder, **(known | options))


def test_without_a_text_what_the_network_writes_is_scored_too(tmp_path):
    report = written(tmp_path).run()["conditions"]
    assert [name for name in CONDITIONS if "report" in report[name] or "zones" in report[name]] == ["empty"]
    zones, sentences = report["empty"]["zones"], report["empty"]["report"]
    assert zones["exact_match"]["value"] == pytest.approx(5 / 6)
    assert zones["zones"]["right_lower"]["recall"] == pytest.approx(2 / 3)
    assert zones["zones"]["left_lower"] == {"precision": 1, "recall": 1, "f1": 1, "support": 3, "n": 6}
    assert (sentences["n"], sentences["no_infection"], sentences["read_back"]) == (6, 1, 1)
    assert sentences["identical"]["value"] == pytest.approx(5 / 6)
    assert 0.5 < sentences["bleu_4"] < 1
    stored = json.loads((tmp_path / "out" / "evaluation.json").read_text())["conditions"]["empty"]
    assert stored["report"]["bleu_1"] == sentences["bleu_1"]
    assert stored["zones"]["zones"]["left_upper"]["f1"] is None


def test_the_network_writes_when_nothing_is_typed_and_not_when_unguided(tmp_path):
    report = written(tmp_path).run()["conditions"]
    plain = build(tmp_path / "plain", conditions=("empty",)).run()["conditions"]["empty"]
    assert repr(report["unguided"]["global"]) == repr(plain["global"])
    assert report["unguided"]["global"]["dice"]["value"] < report["empty"]["global"]["dice"]["value"]


def test_what_the_written_sentence_is_worth_is_a_paired_difference(tmp_path):
    report = written(tmp_path).run()
    dice = {name: report["conditions"][name]["global"]["dice"]["value"] for name in CONDITIONS}
    for name, one, other in [
        ("generated - none", "empty", "unguided"),
        ("full - generated", "right", "empty"),
    ]:
        found = report["differences"][name]["global"]["dice"]
        assert found["value"] == pytest.approx(dice[one] - dice[other])
        assert found["low"] <= found["value"] <= found["high"]
    assert list(written(tmp_path, conditions=("right", "empty")).run()["differences"]) == ["full - generated"]
    assert "differences" not in build(tmp_path / "plain").run()


def test_the_network_writes_again_after_an_unguided_condition_and_after_its_error(tmp_path):
    evaluation = written(tmp_path)
    network = evaluation.evaluator.network
    evaluation.run()
    assert network.self_guided
    seen = []

    def broken(*args, **kwargs):
        seen.append(network.self_guided)
        raise RuntimeError("no such film")

    network.report = broken
    evaluation.conditions = ("unguided",)
    with pytest.raises(RuntimeError, match="no such film"):
        evaluation.run()
    assert seen == [False]
    assert network.self_guided


def test_the_table_has_one_row_a_case_with_sentence_bits_and_probabilities(tmp_path):
    written(tmp_path).run()
    rows = list(csv.DictReader((tmp_path / "out" / "evaluation_reports.csv").open()))
    assert [row["case_id"] for row in rows] == [f"case_{number}" for number in range(6)]
    assert rows[0]["written"] == write_report([0, 0, 1, 0, 0, 0])
    assert rows[0]["text"].startswith("Unilateral pulmonary infection")
    assert rows[5]["written"] == "no infection."
    assert (rows[5]["written_right_lower"], rows[5]["true_right_lower"]) == ("0", "1")
    assert float(rows[0]["probability_left_lower"]) == pytest.approx(torch.sigmoid(torch.tensor(2.0)).item())
    assert float(rows[0]["dice"]) == 1
    cases = list(csv.DictReader((tmp_path / "out" / "evaluation.csv").open()))
    assert len(cases) == 18
    assert set(cases[0]) == {"condition", "case_id", "group_id", "tp", "fp", "fn", "tn", "dice", "iou"}


def test_some_of_the_cases_are_drawn(tmp_path):
    written(tmp_path).run()
    with Image.open(tmp_path / "out" / "evaluation_reports.png") as picture:
        assert picture.format == "PNG"
        assert picture.height > 3 * 300


def test_unknown_zones_and_missing_sentences_are_left_out_of_the_scores(tmp_path):
    evaluation = written(tmp_path, conditions=("empty",))
    for number, record in enumerate(evaluation.evaluator.data_loader.dataset.data):
        record["zones"][:] = math.nan
        record["text"] = "" if number else record["text"]
    found = evaluation.run()["conditions"]["empty"]
    assert (found["zones"]["n"], found["report"]["n"]) == (0, 1)
    assert found["report"]["bleu_4"] == pytest.approx(1)
    rows = list(csv.DictReader((tmp_path / "out" / "evaluation_reports.csv").open()))
    assert {row["true_left_upper"] for row in rows} == {""}


def test_a_network_that_writes_nothing_leaves_no_trace_and_cannot_be_unguided(tmp_path):
    build(tmp_path, inferer=ReportInferer(), conditions=("right", "empty")).run()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["evaluation.csv", "evaluation.json"]
    with pytest.raises(ValueError, match="'unguided' switches off .* and ObedientNetwork writes none"):
        build(tmp_path, network_type=ObedientNetwork, conditions=CONDITIONS)


def test_an_inferer_that_asks_for_the_mask_is_made_to_ask_for_the_report_and_given_back(tmp_path):
    evaluation = written(tmp_path, inferer=None)
    inferer = evaluation.evaluator.inferer
    assert "report" in evaluation.run()["conditions"]["empty"]
    assert evaluation.evaluator.inferer is inferer


def test_an_inferer_that_keeps_the_mask_alone_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"WritingNetwork writes reports, .* evaluate whole images"):
        written(tmp_path, inferer=TextSliceInferer()).run()


def test_without_nltk_nothing_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nltk", None)
    monkeypatch.delitem(sys.modules, "nltk.translate", raising=False)
    evaluation = written(tmp_path)
    with pytest.raises(ImportError, match="need nltk"):
        evaluation.run()
    assert evaluation.evaluator.network.typed == []


def test_the_stress_card_of_a_network_that_writes_has_the_unguided_condition(tmp_path):
    evaluation = written(tmp_path, conditions=("right",))
    stress = StressEvaluation(evaluation, side_warnings=lambda *_: None)
    assert "unguided" in stress.conditions
    stress.conditions = ("right", "empty", "unguided")
    found = stress.run()["conditions"]
    assert found["unguided"]["global"]["dice"]["value"] < found["empty"]["global"]["dice"]["value"]
    assert evaluation.evaluator.network.self_guided
    plain = build(tmp_path / "plain")
    assert "unguided" not in StressEvaluation(plain, side_warnings=lambda *_: None).conditions
    with pytest.raises(ValueError, match="leave the condition out"):
        StressEvaluation(plain, side_warnings=lambda *_: None, conditions=("unguided",))


def row(wrong: int, text: str = "x") -> dict:
    bits = [1] * wrong + [0] * (6 - wrong)
    return {
        "case_id": "case",
        "group_id": "group",
        "written": write_report(bits),
        "text": text,
        "bits": bits,
        "predicted": bits,
        "zones": [0.0] * 6,
    }


def test_a_picture_shows_the_most_different_cases_and_some_right_ones():
    rows = [row(wrong) for wrong in (0, 1, 2, 3) * 10]
    chosen = choose_cases(rows, seed=0)
    assert [sum(rows[place]["bits"]) for place in chosen] == [3] * 8 + [0] * 4
    assert chosen == choose_cases(rows, seed=0)
    assert chosen != choose_cases(rows, seed=1)
    few_right = [row(0), *[row(2)] * 20]
    assert [sum(few_right[place]["bits"]) for place in choose_cases(few_right, 0)] == [2] * 11 + [0]
    all_right = [row(0)] * 20
    assert len(set(choose_cases(all_right, 0))) == 12


def test_sentences_without_a_true_one_are_counted_and_not_scored():
    report = report_summary([row(0, text=""), row(1, text="")], draws=10, seed=0)["report"]
    assert report == {"n": 0, "no_infection": 1, "read_back": 1.0}
    assert not is_read_back("the heart is large", [0] * 6)


def test_confidence_is_calibrated_on_what_a_user_gets_without_a_sentence(tmp_path):
    found = measure_calibration(written(tmp_path))
    plain = measure_calibration(build(tmp_path / "plain", network_type=ObedientNetwork))
    assert (found["fitted_on"], plain["fitted_on"]) == ("empty", "right")
    fitted = found["empty"]["log_likelihood_loss"]
    assert fitted["after"] <= fitted["before"]

"""How sure a network may be: its temperature, and whether doubt finds the masks that are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from textguide.engines.case_recorder import CaseRecorder
from textguide.engines.evaluation import ConditionEvaluation, finite
from textguide.engines.self_guidance import writes_reports
from textguide.engines.text_conditions import condition_texts
from textguide.metrics import (
    calibration_error,
    dice_of,
    expected_dice,
    fit_temperature,
    log_likelihood_loss,
    ranking_score,
)

GOOD_DICE = 0.7
CALIBRATED = ("right", "empty")


def measure_calibration(evaluation: ConditionEvaluation) -> dict[str, Any]:
    """Fit one temperature to the logits as a user gets them by default, and see what it does.

    That is under the right texts; for a network that writes its own, without any.

    Args:
        evaluation: of the section that the temperature is fitted on: validation, for weights to be published.

    Returns:
        `temperature`, `fitted_on` (the condition), `section`, `n`, `groups`, `weights_sha256`; for right and
        empty texts the expected calibration error and the negative log likelihood of the pixels before and
        after, and how well doubt
        (1 - expected Dice) ranks the cases whose Dice is below 0.7 above the others: the area under the ROC
        curve with its interval over the patients, and their number.

    Raises:
        ValueError: the evaluator's cases are not those of the section, or one class has no pixel.
    """
    records = list(evaluation.evaluator.data_loader.dataset.data)  # type: ignore[union-attr]
    head = evaluation.provenance(records)
    groups = [str(record.get("group_id") or record["case_id"]) for record in records]
    histograms = {}
    for condition in CALIBRATED:
        recorder = CaseRecorder("histograms")
        evaluation.evaluate(condition_texts(condition, records, evaluation.seed), recorder)
        histograms[condition] = recorder.arrays()["histograms"]
    fitted_on = "empty" if writes_reports(evaluation.evaluator.network) else "right"
    temperature = round(fit_temperature(histograms[fitted_on].sum(axis=0)), 4)
    report: dict[str, Any] = {"temperature": temperature, "fitted_on": fitted_on, "good_dice": GOOD_DICE}
    report |= {name: head[name] for name in ("section", "n", "groups", "split_sha256", "weights_sha256")}
    for condition, of_cases in histograms.items():
        pooled, is_poor = of_cases.sum(axis=0), dice_of(of_cases) < GOOD_DICE
        doubt = 1 - expected_dice(of_cases, temperature)
        report[condition] = {
            "calibration_error": _before_and_after(calibration_error, pooled, temperature),
            "log_likelihood_loss": _before_and_after(log_likelihood_loss, pooled, temperature),
            "expected_dice": float(np.mean(1 - doubt)),
            "dice": float(dice_of(of_cases).mean()),
            "poor": int(is_poor.sum()),
            "doubt_finds_poor": ranking_score(doubt, is_poor, groups, evaluation.draws, evaluation.seed),
        }
    return dict(finite(report))


def _before_and_after(measure: Any, histogram: Any, temperature: float) -> dict[str, float]:
    return {"before": measure(histogram, 1.0), "after": measure(histogram, temperature)}

"""What a training and an evaluation are run with, beside MONAI's own trainer and evaluator."""

from __future__ import annotations

from textguide.engines.calibration import measure_calibration
from textguide.engines.evaluation import ConditionEvaluation
from textguide.engines.parameter_groups import parameter_groups
from textguide.engines.prepare_batch import PrepareTextBatch
from textguide.engines.retexted_dataset import RetextedDataset
from textguide.engines.schedule import warmup_cosine
from textguide.engines.seeded_dataset import EpochSampler, SeededDataset
from textguide.engines.stress import StressEvaluation
from textguide.engines.text_conditions import CONDITIONS, TEXT_CONDITIONS, TextCondition, condition_texts

__all__ = [
    "CONDITIONS",
    "TEXT_CONDITIONS",
    "ConditionEvaluation",
    "EpochSampler",
    "PrepareTextBatch",
    "RetextedDataset",
    "SeededDataset",
    "StressEvaluation",
    "TextCondition",
    "condition_texts",
    "measure_calibration",
    "parameter_groups",
    "warmup_cosine",
]

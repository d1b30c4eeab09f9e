"""What a training and an evaluation are run with, beside MONAI's own trainer and evaluator."""

from __future__ import annotations

from textguide.engines.evaluation import ConditionEvaluation
from textguide.engines.prepare_batch import PrepareTextBatch
from textguide.engines.schedule import warmup_cosine
from textguide.engines.seeded_dataset import EpochSampler, SeededDataset
from textguide.engines.text_conditions import CONDITIONS, RetextedDataset, condition_texts

__all__ = [
    "CONDITIONS",
    "ConditionEvaluation",
    "EpochSampler",
    "PrepareTextBatch",
    "RetextedDataset",
    "SeededDataset",
    "condition_texts",
    "warmup_cosine",
]

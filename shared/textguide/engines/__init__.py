"""What a training and an evaluation are run with, beside MONAI's own trainer and evaluator."""

from __future__ import annotations

from textguide.engines.prepare_batch import PrepareTextBatch
from textguide.engines.schedule import warmup_cosine
from textguide.engines.seeded_dataset import EpochSampler, SeededDataset

__all__ = ["EpochSampler", "PrepareTextBatch", "SeededDataset", "warmup_cosine"]

"""What listens to a training: seeds, logs, checkpoints, averaged weights."""

from __future__ import annotations

from textguide.handlers.best_weights import BestWeights
from textguide.handlers.contrastive_warm_up import ContrastiveWarmUp
from textguide.handlers.csv_log import CSVLog
from textguide.handlers.early_stop import EarlyStop
from textguide.handlers.epoch_seed import EpochSeed
from textguide.handlers.finite_numbers import FiniteNumbers
from textguide.handlers.load_weights import LoadWeights
from textguide.handlers.progress import Progress
from textguide.handlers.resume import ResumeCheckpoint
from textguide.handlers.run_record import RunRecord
from textguide.handlers.tensorboard_log import TensorBoardLog
from textguide.handlers.weight_average import WeightAverage

__all__ = [
    "BestWeights",
    "CSVLog",
    "ContrastiveWarmUp",
    "EarlyStop",
    "EpochSeed",
    "FiniteNumbers",
    "LoadWeights",
    "Progress",
    "ResumeCheckpoint",
    "RunRecord",
    "TensorBoardLog",
    "WeightAverage",
]

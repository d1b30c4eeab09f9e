"""Both protocols at once: the mean over images, and one confusion over all pixels; and calibration."""

from __future__ import annotations

from textguide.metrics.bootstrap import (
    bootstrap_intervals,
    mean_with_interval,
    paired_difference,
    scores_with_intervals,
)
from textguide.metrics.calibration import (
    calibration_error,
    dice_of,
    expected_dice,
    fit_temperature,
    log_likelihood_loss,
    ranking_score,
)
from textguide.metrics.confusion import ImageConfusion
from textguide.metrics.logit_histogram import logit_histograms
from textguide.metrics.scores import COUNTS, STATISTICS, overlap_scores, summarise
from textguide.metrics.segmentation import SegmentationMetric, case_rows, segmentation_output

__all__ = [
    "COUNTS",
    "STATISTICS",
    "ImageConfusion",
    "SegmentationMetric",
    "bootstrap_intervals",
    "calibration_error",
    "case_rows",
    "dice_of",
    "expected_dice",
    "fit_temperature",
    "log_likelihood_loss",
    "logit_histograms",
    "mean_with_interval",
    "overlap_scores",
    "paired_difference",
    "ranking_score",
    "scores_with_intervals",
    "segmentation_output",
    "summarise",
]

"""Both protocols at once: the mean over images, and one confusion over all pixels; zones and sentences."""

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
from textguide.metrics.report_scores import REPORT_SCORES, report_scores, require_nltk
from textguide.metrics.scores import COUNTS, STATISTICS, overlap_scores, summarise
from textguide.metrics.segmentation import SegmentationMetric, case_rows, segmentation_output
from textguide.metrics.zones import ZONE_NAMES, ZoneMetric, zone_scores

__all__ = [
    "COUNTS",
    "REPORT_SCORES",
    "STATISTICS",
    "ZONE_NAMES",
    "ImageConfusion",
    "SegmentationMetric",
    "ZoneMetric",
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
    "report_scores",
    "require_nltk",
    "scores_with_intervals",
    "segmentation_output",
    "summarise",
    "zone_scores",
]

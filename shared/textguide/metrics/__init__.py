"""Both protocols at once: the mean over images, and one confusion over all pixels."""

from __future__ import annotations

from textguide.metrics.bootstrap import bootstrap_intervals, scores_with_intervals
from textguide.metrics.confusion import ImageConfusion
from textguide.metrics.scores import COUNTS, STATISTICS, overlap_scores, summarise
from textguide.metrics.segmentation import SegmentationMetric

__all__ = [
    "COUNTS",
    "STATISTICS",
    "ImageConfusion",
    "SegmentationMetric",
    "bootstrap_intervals",
    "overlap_scores",
    "scores_with_intervals",
    "summarise",
]

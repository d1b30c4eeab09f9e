"""The one inference path: bundle, image and sentence -> mask, probability, what was understood, doubt."""

from __future__ import annotations

from textguide.segmenter.bundle import Bundle, find_bundle, list_bundles, load_bundle, read_bundle, verbatim
from textguide.segmenter.preparation import Case
from textguide.segmenter.save import SaveSegmentations
from textguide.segmenter.segmentation import Segmentation, judge
from textguide.segmenter.segmenter import Segmenter
from textguide.segmenter.understanding import Understanding, understand

__all__ = [
    "Bundle",
    "Case",
    "SaveSegmentations",
    "Segmentation",
    "Segmenter",
    "Understanding",
    "find_bundle",
    "judge",
    "list_bundles",
    "load_bundle",
    "read_bundle",
    "understand",
    "verbatim",
]

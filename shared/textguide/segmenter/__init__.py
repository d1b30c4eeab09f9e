"""The one inference path: bundle, image and sentence -> mask, probability, what was understood, doubt."""

from __future__ import annotations

from textguide.segmenter.bundle import (
    Bundle,
    find_bundle,
    list_bundles,
    load_bundle,
    read_bundle,
    read_json,
    verbatim,
)
from textguide.segmenter.datalist_segmentation import DatalistSegmentation
from textguide.segmenter.device import choose_device
from textguide.segmenter.explanation import Explanation, Query
from textguide.segmenter.export import Export, export_network
from textguide.segmenter.preparation import Case
from textguide.segmenter.segment_files import FileCase, case_of_record, report_of, segment_files
from textguide.segmenter.segmentation import Segmentation, judge
from textguide.segmenter.segmenter import Segmenter
from textguide.segmenter.side_warning import side_warnings
from textguide.segmenter.understanding import Understanding, understand
from textguide.segmenter.written_report import WrittenReport

__all__ = [
    "Bundle",
    "Case",
    "DatalistSegmentation",
    "Explanation",
    "Export",
    "FileCase",
    "Query",
    "Segmentation",
    "Segmenter",
    "Understanding",
    "WrittenReport",
    "case_of_record",
    "choose_device",
    "export_network",
    "find_bundle",
    "judge",
    "list_bundles",
    "load_bundle",
    "read_bundle",
    "read_json",
    "report_of",
    "segment_files",
    "side_warnings",
    "understand",
    "verbatim",
]

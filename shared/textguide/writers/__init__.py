"""What a result becomes on disk: mask, overlay, picture of a comparison, JSON line."""

from __future__ import annotations

from textguide.writers.case_names import name_case, name_cases
from textguide.writers.heatmap import write_heatmap
from textguide.writers.mask import undo_mirroring, write_mask
from textguide.writers.output_folder import RESULTS_NAME, OutputFolder, is_output_folder
from textguide.writers.overlay import draw_overlay, shown_slice, write_overlay
from textguide.writers.report_comparison import WrittenCase, draw_report_comparison
from textguide.writers.results import ResultsFile
from textguide.writers.stress_chart import (
    condition_name,
    draw_stress_chart,
    require_matplotlib,
    worst_first,
)
from textguide.writers.word_importance import (
    SentencePicture,
    WeightedWord,
    draw_word_importance,
    write_word_importance,
)

__all__ = [
    "RESULTS_NAME",
    "OutputFolder",
    "ResultsFile",
    "SentencePicture",
    "WeightedWord",
    "WrittenCase",
    "condition_name",
    "draw_overlay",
    "draw_report_comparison",
    "draw_stress_chart",
    "draw_word_importance",
    "is_output_folder",
    "name_case",
    "name_cases",
    "require_matplotlib",
    "shown_slice",
    "undo_mirroring",
    "worst_first",
    "write_heatmap",
    "write_mask",
    "write_overlay",
    "write_word_importance",
]

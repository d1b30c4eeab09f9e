"""What a result becomes on disk: mask, overlay, JSON line."""

from __future__ import annotations

from textguide.writers.case_names import name_case, name_cases
from textguide.writers.heatmap import write_heatmap
from textguide.writers.mask import undo_mirroring, write_mask
from textguide.writers.output_folder import RESULTS_NAME, OutputFolder, is_output_folder
from textguide.writers.overlay import draw_overlay, write_overlay
from textguide.writers.results import ResultsFile

__all__ = [
    "RESULTS_NAME",
    "OutputFolder",
    "ResultsFile",
    "draw_overlay",
    "is_output_folder",
    "name_case",
    "name_cases",
    "undo_mirroring",
    "write_heatmap",
    "write_mask",
    "write_overlay",
]

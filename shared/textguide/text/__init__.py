"""Sentences: tokens, the grammar of reports, left and right, and the same zones in many wordings."""

from textguide.text.mirror import mirror_report, mirror_zones, swap_sides
from textguide.text.paraphrase import (
    FAMILIES,
    HELD_OUT,
    TRAINED,
    Family,
    fitting_families,
    misspell,
    open_wordings,
    paraphrase,
    twins,
)
from textguide.text.report import Report, parse_report
from textguide.text.report_styles import write_report
from textguide.text.tokenizer import load_tokenizer, tokenize, tokenize_reports

__all__ = [
    "FAMILIES",
    "HELD_OUT",
    "TRAINED",
    "Family",
    "Report",
    "fitting_families",
    "load_tokenizer",
    "mirror_report",
    "mirror_zones",
    "misspell",
    "open_wordings",
    "paraphrase",
    "parse_report",
    "swap_sides",
    "tokenize",
    "tokenize_reports",
    "twins",
    "write_report",
]

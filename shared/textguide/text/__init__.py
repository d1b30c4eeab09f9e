"""Sentences: tokens, the grammar of reports, left and right."""

from textguide.text.mirror import mirror_report, mirror_zones, swap_sides
from textguide.text.report import Report, parse_report
from textguide.text.report_styles import write_report
from textguide.text.tokenizer import load_tokenizer, tokenize

__all__ = [
    "Report",
    "load_tokenizer",
    "mirror_report",
    "mirror_zones",
    "parse_report",
    "swap_sides",
    "tokenize",
    "write_report",
]

"""Inferers that hand every image, slice and window the text of its own sample."""

from __future__ import annotations

from textguide.inferers.bfloat16 import BFloat16OnCPUInferer
from textguide.inferers.report import ReportInferer
from textguide.inferers.slices import TextSliceInferer
from textguide.inferers.windows import TextSlidingWindowInferer

__all__ = ["BFloat16OnCPUInferer", "ReportInferer", "TextSliceInferer", "TextSlidingWindowInferer"]

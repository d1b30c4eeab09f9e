"""Inferers that hand every image, slice and window the text of its own sample."""

from __future__ import annotations

from textguide.inferers.mixed_precision import MixedPrecisionInferer
from textguide.inferers.slices import TextSliceInferer
from textguide.inferers.windows import TextSlidingWindowInferer

__all__ = ["MixedPrecisionInferer", "TextSliceInferer", "TextSlidingWindowInferer"]

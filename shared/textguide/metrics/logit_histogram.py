"""The logits of every image as a histogram: all that calibration asks for, in a few kilobytes an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 2048
LARGEST = 16.0
"""Logits beyond +-16 (a probability of 1e-7) count as 16."""
CENTRES = np.asarray((np.arange(BINS) + 0.5) * (2 * LARGEST / BINS) - LARGEST, dtype=np.float64)
"""(BINS,) the logit that stands for each bin; zero is an edge, so that a mask is a half of the bins."""


def logit_histograms(logits: NDArray, labels: NDArray) -> NDArray[np.int64]:
    """Count the pixels of each image by label and logit.

    Args:
        logits: (B, ...) finite, any number of pixels an image.
        labels: the same shape; above 0.5 is foreground.

    Returns:
        (B, 2, BINS) numbers of pixels, background first.

    Raises:
        ValueError: the shapes differ.
    """
    if logits.shape != labels.shape:
        raise ValueError(f"logits {logits.shape} and labels {labels.shape} differ; one shape is needed")
    images = len(logits)
    flat = np.asarray(logits, dtype=np.float64).reshape(images, -1)
    positions = np.floor((flat + LARGEST) * (BINS / (2 * LARGEST)))
    bins = np.clip(positions, 0, BINS - 1).astype(np.int64)
    rows = 2 * np.arange(images)[:, None] + (labels.reshape(images, -1) > 0.5)
    counted = np.bincount((rows * BINS + bins).ravel(), minlength=images * 2 * BINS)
    return counted.reshape(images, 2, BINS)

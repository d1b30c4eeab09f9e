"""Picture of what a network looked at: a map in colour over the grey image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from textguide.writers.overlay import write_overlay

_STOPS = (0.0, 0.5, 1.0)
_COLOURS = np.array([(90, 0, 130), (230, 60, 40), (255, 230, 60)], dtype=np.float32)  # violet, red, yellow
_STRONGEST = 0.6
"""How much of the image the highest value hides; the lowest hides nothing."""


def write_heatmap(
    path: Path,
    image: np.ndarray,
    heat: np.ndarray,
    title: str,
    captions: Sequence[str] = (),
    limits: tuple[float, float] | None = None,
) -> Path:
    """Draw a map over its image, and write a PNG.

    Args:
        path: ends in ".png".
        image: (C, W, H) or (C, W, H, D), any range.
        heat: (W, H) or (W, H, D). Of a volume the slice that holds the highest value is drawn.
        title: of the map; its range is put behind it.
        captions: beneath, see `draw_overlay`.
        limits: values without colour and with the strongest; those of the map by default.

    Raises:
        ValueError: image and map differ in size.
    """
    if image.shape[1:] != heat.shape:
        raise ValueError(
            f"the image has the size {image.shape[1:]} and the map {heat.shape}; they must agree."
        )
    low, high = limits or (float(heat.min()), float(heat.max()))
    lines = [f"{title}: no colour {low:.3g}, yellow {high:.3g}", *captions]
    if heat.ndim == 3:
        index = int(heat.max(axis=(0, 1)).argmax())
        lines.append(f"slice {index + 1} of {heat.shape[2]}")
        image, heat = image[..., index], heat[..., index]
    share = ((heat - low) / max(high - low, 1e-6)).clip(0, 1)
    return write_overlay(path, _blend(_to_grey(image), share), np.zeros(heat.shape, np.uint8), lines)


def _to_grey(image: np.ndarray) -> np.ndarray:
    """(C, W, H) -> (W, H) in 0..255: the colour belongs to the map."""
    grey = image.mean(axis=0)
    low, high = (float(value) for value in np.percentile(grey, (0.5, 99.5)))
    return ((grey - low) * (255 / max(high - low, 1e-6))).clip(0, 255)


def _blend(grey: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(W, H) and (W, H) in [0, 1] -> (3, W, H) in 0..255."""
    colour = np.stack([np.interp(share, _STOPS, stops) for stops in _COLOURS.T])
    strength = _STRONGEST * share
    return (grey * (1 - strength) + colour * strength).astype(np.float32)

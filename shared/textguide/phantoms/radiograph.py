"""Acquisition of the chest phantom: what exposure, detector and ward add to the anatomy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textguide.phantoms.drawing import Plane, soft_edge

_LETTERS = {
    "R": ("1110", "1001", "1001", "1110", "1010", "1001", "1001"),
    "L": ("1000", "1000", "1000", "1000", "1000", "1000", "1111"),
}


def expose(rng: np.random.Generator, density: Plane, body: Plane, noise: float) -> NDArray[np.uint8]:
    """Turn brightness into an 8-bit film: exposure, cables, contrast curve, noise, collimator, side marker.

    Args:
        rng: the pixel noise is drawn from it last, so that one seed shows the same film at every size.
        density: (H, W) float32, about 0 to 1.
        body: (H, W) float32 in [0, 1].
        noise: factor on the detector's noise; 0 gives a clean film.
    """
    size = density.shape[0]
    axis = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    column, row = axis[None, :], axis[:, None]
    film = density + body * (rng.uniform(-0.08, 0.08) * column + rng.uniform(-0.08, 0.08) * row)
    if rng.random() < 0.35:
        film = film + 0.10 * body * _cable(rng, column, row)
    film = np.clip(film, 0, 1.2) * rng.uniform(0.88, 1.12) + rng.uniform(-0.03, 0.05)
    film = np.clip(film, 0, 1) ** rng.uniform(0.75, 1.30)
    border = _collimator_width(rng, size)
    marker = str(rng.choice(["", "R", "L"]))
    grain = noise * rng.uniform(0.010, 0.024)
    film = film + grain * rng.standard_normal(film.shape, dtype=np.float32)
    if border:  # a slice of width 0 would blank the whole film: [-0:] is everything
        film[:border], film[-border:], film[:, :border], film[:, -border:] = 0, 0, 0, 0
    if marker:
        _stamp(film, marker)
    return (255 * np.clip(film, 0, 1)).astype(np.uint8)


def _cable(rng: np.random.Generator, column: Plane, row: Plane) -> Plane:
    """The lead of a monitor, from somewhere in the film to its lower edge."""
    start, sway = rng.uniform(-0.3, 0.3), rng.uniform(0.05, 0.14)
    path = start + sway * np.sin(row * rng.uniform(3, 9) + rng.uniform(-3, 3))
    line = np.exp(-(((column - path) / 0.0045) ** 2))
    return (line * soft_edge(row + rng.uniform(0.0, 0.5), 0.01)).astype(np.float32)


def _collimator_width(rng: np.random.Generator, size: int) -> int:
    """Width of the shuttered border in pixels, 0 without one."""
    shuttered, share = rng.random() < 0.25, rng.uniform(0.01, 0.05)
    return int(size * share) if shuttered else 0


def _stamp(film: Plane, letter: str) -> None:
    """Lead letter beside the shoulder: R on the left of the picture, L on the right of it."""
    size = film.shape[0]
    scale = max(1, size // 112)
    glyph = np.array([[float(bit) for bit in line] for line in _LETTERS[letter]], np.float32)
    glyph = glyph.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = glyph.shape
    top, margin = size // 14, size // 16
    left = margin if letter == "R" else size - margin - width
    patch = film[top : top + height, left : left + width]
    np.maximum(patch, 0.95 * glyph, out=patch)

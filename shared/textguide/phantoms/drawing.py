"""The two strokes that every phantom is drawn with: a soft edge and smooth noise."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]
"""A picture or one colour of it, (rows, columns) or broadcastable to it, float32 in memory."""


def soft_edge(distance: Plane, width: float) -> Plane:
    """Logistic step: 0 far below zero, 1 far above it.

    Args:
        distance: signed distance to the edge, any shape, float32.
        width: scale of the transition, in the unit of ``distance``; larger than 0.
    """
    return 0.5 + 0.5 * np.tanh((0.5 / width) * distance)


def smooth_noise(rng: np.random.Generator, points: int, rows: int, columns: int) -> Plane:
    """Random surface of mean about 0 and standard deviation 1, without a visible grid.

    Args:
        rng: the only source of randomness; it gives ``(points + 3)`` squared numbers whatever the size,
            so one seed shows the same surface at every resolution.
        points: bumps along each side, 1 or more; few for shading, many for texture.
        rows: height of the result in pixels.
        columns: width of the result in pixels.

    Returns:
        (rows, columns) float32.
    """
    control = rng.standard_normal((points + 3, points + 3), dtype=np.float32)
    surface = _spline_weights(points, rows) @ control @ _spline_weights(points, columns).T
    return (surface - surface.mean()) / (surface.std() + 1e-6)


@lru_cache(maxsize=64)
def _spline_weights(points: int, samples: int) -> Plane:
    """Cubic B-spline weights, (samples, points + 3): straight interpolation would show its grid."""
    position = (np.arange(samples) + 0.5) * points / samples
    first = np.minimum(position.astype(int), points - 1)
    t = position - first
    weights = np.zeros((samples, points + 3), np.float32)
    row = np.arange(samples)
    weights[row, first] = (1 - t) ** 3 / 6
    weights[row, first + 1] = (3 * t**3 - 6 * t**2 + 4) / 6
    weights[row, first + 2] = (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6
    weights[row, first + 3] = t**3 / 6
    return weights

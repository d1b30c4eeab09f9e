"""Scenery of the polyp phantom: a stretch of bowel seen through an endoscope, and the frame around it.

Coordinates are fractions of the frame's height: ``y`` runs from 0 to 1, ``x`` from 0 to the aspect ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textguide.phantoms.drawing import Plane, smooth_noise, soft_edge

ASPECT_RATIO = 1.17
"""Columns over rows, as in most frames of Kvasir-SEG."""


@dataclass(frozen=True)
class Bowel:
    """Empty mucosa, lit from the endoscope.

    Attributes:
        colour: (H, W, 3) float32 in about [0, 1].
        x: (1, W) float32 columns, 0 to the aspect ratio.
        y: (H, 1) float32 rows, 0 to 1.
        lumen: centre (x, y) of the dark channel ahead.
        tint: colour of this patient's mucosa, three floats in [0, 1].
    """

    colour: Plane
    x: Plane
    y: Plane
    lumen: tuple[float, float]
    tint: Plane


def draw_bowel(rng: np.random.Generator, rows: int) -> Bowel:
    """Draw a channel with folds, vessels and wet highlights, (rows, rows * ASPECT_RATIO) pixels."""
    columns = round(rows * ASPECT_RATIO)
    y = ((np.arange(rows, dtype=np.float32) + 0.5) / rows)[:, None]
    x = ((np.arange(columns, dtype=np.float32) + 0.5) / rows)[None, :]
    lumen = (rng.uniform(0.25, ASPECT_RATIO - 0.25), rng.uniform(0.15, 0.85))
    tint = np.array([rng.uniform(0.72, 0.88), rng.uniform(0.36, 0.50), rng.uniform(0.26, 0.36)], np.float32)
    right, down = x - lumen[0], (y - lumen[1]) * rng.uniform(0.8, 1.3)
    rough = smooth_noise(rng, 5, rows, columns)
    radius = np.hypot(right, down) * (1 + 0.12 * rough) + 1e-3
    relief, shade = _folds(rng, radius, np.arctan2(down, right) + 0.2 * rough)
    depth = soft_edge(radius - rng.uniform(0.08, 0.20), 0.035)
    light = (0.16 + 0.84 * depth) * (1.12 - 0.35 * radius) * shade
    light *= 1 + 0.05 * smooth_noise(rng, 9, rows, columns) + 0.02 * smooth_noise(rng, 60, rows, columns)
    # Less light also means redder light: what comes back from the depth has crossed more tissue.
    colour = tint * np.stack([light, light**1.25, light**1.35], axis=-1)
    vessels = _vessels(rng, rows, columns) * depth
    colour *= 1 - vessels[..., None] * np.array([0.10, 0.32, 0.26], np.float32)
    wet = _highlights(rng, rows, columns, relief) * depth
    colour += wet[..., None] * np.array([0.75, 0.8, 0.8], np.float32)
    return Bowel(colour=colour, x=x, y=y, lumen=lumen, tint=tint)


def _folds(rng: np.random.Generator, radius: Plane, angle: Plane) -> tuple[Plane, Plane]:
    """Ring folds that crowd together with depth: crest height in [0, 1], and the light on them."""
    arms = int(rng.integers(1, 4))
    uneven = 0.18 * np.sin(arms * angle + rng.uniform(0, 6))
    uneven += 0.10 * np.sin((arms + 2) * angle + rng.uniform(0, 6))
    phase = rng.uniform(1.0, 1.8) * np.log(radius) + uneven + rng.uniform(0, 1)
    saw = phase - np.floor(phase)  # rises towards the camera, falls off sharply behind the crest
    crest = saw * soft_edge(0.95 - saw, 0.025)
    strength = rng.uniform(0.15, 0.5)
    return crest, 1 - strength + strength * (0.35 + 0.95 * crest)


def _vessels(rng: np.random.Generator, rows: int, columns: int) -> Plane:
    """The net where smooth surfaces cross zero: it branches as submucosal vessels do."""
    strength = rng.uniform(0.3, 1.2)
    coarse = np.exp(-((smooth_noise(rng, 9, rows, columns) / 0.10) ** 2))
    fine = np.exp(-((smooth_noise(rng, 20, rows, columns) / 0.14) ** 2))
    patch = soft_edge(smooth_noise(rng, 4, rows, columns), 0.4)
    return strength * patch * np.maximum(coarse, 0.6 * fine)


def _highlights(rng: np.random.Generator, rows: int, columns: int, relief: Plane) -> Plane:
    """Small clusters of mirror-like reflections, mostly near the crests of folds."""
    where = smooth_noise(rng, 6, rows, columns) + 1.2 * relief
    grain = smooth_noise(rng, 54, rows, columns)
    return soft_edge(where + 1.1 * grain - rng.uniform(3.6, 4.6), 0.10)


def cornered_view(rng: np.random.Generator, bowel: Bowel) -> Plane:
    """The visible part of the frame, (H, W) float32 in [0, 1]: cut corners, sometimes a black inset.

    The inset at the lower left is where endoscopes show the position of the instrument.
    """
    right, down = np.abs(bowel.x - ASPECT_RATIO / 2), np.abs(bowel.y - 0.5)
    margin, corner = rng.uniform(0.0, 0.02), rng.uniform(0.24, 0.34)
    view = soft_edge(ASPECT_RATIO / 2 - margin - right, 0.003) * soft_edge(0.5 - margin - down, 0.003)
    view = view * soft_edge(ASPECT_RATIO / 2 + 0.5 - corner - right - down, 0.003)
    if rng.random() < 0.4:
        inset = soft_edge(0.30 - bowel.x, 0.002) * soft_edge(bowel.y - 0.68, 0.002)
        view = view * (1 - inset)
    return view


def capture(rng: np.random.Generator, colour: Plane, view: Plane) -> NDArray[np.uint8]:
    """Turn colour into an 8-bit RGB frame: white balance, contrast curve, sensor noise, the black frame."""
    balance = np.array([1.0, rng.uniform(0.92, 1.06), rng.uniform(0.90, 1.08)], np.float32)
    frame = np.clip(colour * balance * rng.uniform(0.9, 1.12), 0, 1) ** rng.uniform(0.85, 1.15)
    frame = frame + 0.010 * rng.standard_normal(colour.shape, dtype=np.float32)
    return (255 * np.clip(frame, 0, 1) * view[..., None]).astype(np.uint8)

"""Anatomy of the chest phantom: a normal frontal film, before any opacity and before the acquisition.

Coordinates are fractions of the picture's side. ``x`` is 0 at the spine and grows to the right of the
picture; ``y`` is 0 at the top. The film hangs as usual: the heart points to the right of the picture, which
is the patient's left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textguide.phantoms.drawing import Plane, smooth_noise, soft_edge

SIDES = (-1, 1)
"""Image left, image right: the sign of ``x`` in that lung."""


@dataclass(frozen=True)
class Thorax:
    """A normal chest, and the lung coordinates in which opacities are placed.

    Attributes:
        density: (H, W) float32, brightness before the acquisition, about 0 to 1.
        body: (H, W) float32 in [0, 1], 1 inside the patient.
        lungs: (2, H, W) float32 in [0, 1], image left lung and image right lung.
        lateral: (2, H, W) float32, distance from the spine in each lung's own direction.
        height: (2, H, W) float32, 0 at a lung's apex and 1 at its base.
    """

    density: Plane
    body: Plane
    lungs: Plane
    lateral: Plane
    height: Plane


@dataclass(frozen=True)
class _Frame:
    """Where this patient's landmarks lie; x and y are (H, W), everything else a fraction of the side."""

    x: Plane
    y: Plane
    apex: float
    base: float
    heart: float
    width: float

    @property
    def lateral(self) -> Plane:
        """Distance from the spine, the same for both sides."""
        return np.abs(self.x)


def draw_thorax(rng: np.random.Generator, size: int) -> Thorax:
    """Draw one normal chest of (size, size) pixels; pose and build vary with ``rng``."""
    frame = _pose(rng, size)
    lungs = np.stack([_lung(frame, side, jitter=rng.uniform(-0.012, 0.012)) for side in SIDES])
    both = lungs.sum(axis=0)
    body = _body(rng, frame)
    density = _soft_tissue(frame, body)
    density -= both * (rng.uniform(0.40, 0.50) - 0.07 * np.clip((frame.y - frame.apex) / 0.5, 0, 1))
    density += _mediastinum(rng, frame) * body
    density += _bones(frame, body, both)
    density += _abdomen(rng, frame) * body
    density += both * _lung_markings(rng, frame)
    density += body * 0.016 * smooth_noise(rng, 7, size, size)
    lateral = np.stack([side * frame.x for side in SIDES])
    height = np.broadcast_to((frame.y - frame.apex) / (frame.base - frame.apex), lateral.shape)
    return Thorax(density=density, body=body, lungs=lungs, lateral=lateral, height=height)


def _pose(rng: np.random.Generator, size: int) -> _Frame:
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    column, row = axis[None, :] - 0.5, axis[:, None] - 0.5
    scale, tilt = rng.uniform(0.95, 1.12), rng.uniform(-0.05, 0.05)
    shift_x, shift_y = rng.uniform(-0.025, 0.025), rng.uniform(-0.02, 0.03)
    return _Frame(
        x=((column - shift_x) / scale + tilt * row).astype(np.float32),
        y=((row - shift_y) / scale - tilt * column + 0.5).astype(np.float32),
        apex=rng.uniform(0.08, 0.13),
        base=rng.uniform(0.68, 0.78),
        heart=rng.uniform(0.09, 0.15),
        width=rng.uniform(0.20, 0.25),
    )


def _lung(frame: _Frame, side: int, jitter: float) -> Plane:
    lateral, height = side * frame.x, (frame.y - frame.apex) / (frame.base - frame.apex)
    depth = np.clip(height, 0, 1)
    notch = frame.heart if side > 0 else 0.035  # the heart leans into the lung on the right of the picture
    inner = 0.050 + 0.018 * depth + notch * np.exp(-(((height - 0.92) / 0.33) ** 2))
    inner += 0.012 * np.exp(-(((height - 0.27) / 0.07) ** 2)) * (side > 0)  # aortic knob
    outer = 0.080 + frame.width * np.sqrt(np.clip(1 - (1 - depth) ** 2.4, 0, 1)) + 0.035 * depth
    diaphragm = frame.base - (0.035 if side < 0 else 0.008) + jitter + 2.4 * (lateral - 0.15) ** 2
    walls = soft_edge(lateral - inner, 0.006) * soft_edge(outer - lateral, 0.006)
    return walls * soft_edge(diaphragm - frame.y, 0.006) * soft_edge(height, 0.012)


def _body(rng: np.random.Generator, frame: _Frame) -> Plane:
    """Neck, shoulders and trunk; arms hang or are lifted out of the film."""
    waist = rng.uniform(0.41, 0.50)
    neck = 0.24 * np.exp(-((frame.x / 0.10) ** 2))
    shoulder = 0.045 + 0.07 * soft_edge(frame.lateral - 0.20, 0.05)
    shoulder += 0.16 * soft_edge(frame.lateral - 0.42, 0.03)
    trunk = soft_edge(waist + 0.025 * np.cos(6 * frame.y) - frame.lateral, 0.008)
    body = soft_edge(frame.y - shoulder + neck, 0.010) * trunk
    if rng.random() < 0.5:
        elbow = 0.47 + 0.10 * (frame.y - 0.25)
        arm = soft_edge(0.055 - np.abs(frame.lateral - elbow), 0.006) * soft_edge(frame.y - shoulder, 0.010)
        body = np.maximum(body, 0.75 * arm)
    return body


def _soft_tissue(frame: _Frame, body: Plane) -> Plane:
    tissue = 0.56 + 0.12 * soft_edge(frame.y - frame.base + 0.04, 0.05)
    tissue += 0.08 * soft_edge(frame.lateral - 0.34, 0.04) * soft_edge(frame.y - 0.14, 0.03)  # chest wall
    return body * (tissue - 0.25 * soft_edge(frame.lateral - 0.43, 0.03))


def _mediastinum(rng: np.random.Generator, frame: _Frame) -> Plane:
    """Spine, heart, great vessels, hila; the trachea is air."""
    x, y = frame.x, frame.y
    column = 0.12 * np.exp(-((x / 0.07) ** 2)) + 0.022 * np.exp(-((x / 0.030) ** 2)) * np.cos(118 * y)
    middle = rng.uniform(0.045, 0.065)
    across = (x - middle + 0.25 * (y - frame.base + 0.1)) / (0.115 + 0.40 * frame.heart)
    down = (y - frame.base + 0.085) / 0.165
    heart = 0.12 * soft_edge(1 - across**2 - down**2, 0.22)
    arch = ((x - 0.045) / 0.035) ** 2 + ((y - frame.apex - 0.17) / 0.05) ** 2
    hila = np.exp(-(((frame.lateral - 0.085) / 0.045) ** 2 + ((y - frame.apex - 0.28) / 0.075) ** 2))
    trachea = np.exp(-(((x - 0.004) / 0.016) ** 2)) * soft_edge(frame.apex + 0.17 - y, 0.025)
    return column + heart + 0.07 * soft_edge(1 - arch, 0.3) + 0.10 * hila - 0.13 * trachea


def _bones(frame: _Frame, body: Plane, lungs: Plane) -> Plane:
    lateral, y, apex = frame.lateral, frame.y, frame.apex
    wall = soft_edge(lateral - 0.045, 0.010) * soft_edge(0.345 - lateral, 0.012) * body
    out = lateral - 0.04
    posterior = _rib_pattern((y - apex + 0.035 - 0.55 * out + 0.95 * out**2) / 0.068, ribs=10)
    out = lateral - 0.20
    anterior = _rib_pattern((y - apex - 0.05 + 0.28 * out - 0.9 * out**2) / 0.068, ribs=8)
    bones = wall * posterior * (0.040 + 0.050 * lungs)
    bones += wall * anterior * soft_edge(lateral - 0.11, 0.02) * (0.012 + 0.028 * lungs)
    along = y - apex - 0.085 + 0.24 * (lateral - 0.03) - 0.012 * np.sin(16 * lateral)
    clavicle = soft_edge(lateral - 0.025, 0.008) * soft_edge(0.37 - lateral, 0.01)
    clavicle *= np.exp(-((along / 0.013) ** 4))
    blade = soft_edge(0.075 - np.abs(lateral - 0.365 + 0.12 * (y - 0.3)), 0.008)
    blade *= soft_edge(0.085 - np.abs(y - 0.24), 0.02)
    head = soft_edge(1 - ((lateral - 0.44) / 0.055) ** 2 - ((y - apex - 0.10) / 0.055) ** 2, 0.15)
    return bones + body * (0.13 * clavicle + 0.07 * blade + 0.12 * head)


def _rib_pattern(position: Plane, ribs: int) -> Plane:
    """Bands at whole numbers of ``position``, brighter along both cortical edges."""
    number = np.rint(position)
    offset = ((position - number) / 0.19) ** 2
    band = np.exp(-(offset**2)) * (0.7 + 0.5 * offset)
    return band * ((number >= 0) & (number < ribs))


def _abdomen(rng: np.random.Generator, frame: _Frame) -> Plane:
    """Gas in the stomach, under the diaphragm on the right of the picture."""
    x0, y0 = rng.uniform(0.15, 0.22), frame.base + rng.uniform(0.06, 0.10)
    across, down = (frame.x - x0) / rng.uniform(0.04, 0.08), (frame.y - y0) / rng.uniform(0.02, 0.04)
    return -rng.uniform(0.0, 0.22) * soft_edge(1 - across**2 - down**2, 0.2)


def _lung_markings(rng: np.random.Generator, frame: _Frame) -> Plane:
    """Vessels that leave the hilum like spokes and fade, over fine texture."""
    size = frame.x.shape[0]
    right, down = frame.lateral - 0.075, frame.y - frame.apex - 0.28
    radius = np.hypot(right, down)
    wobble = smooth_noise(rng, 10, size, size)
    angle = np.arctan2(down, right) + 0.22 * wobble + 0.10 * smooth_noise(rng, 22, size, size)
    vessels = np.exp(-((np.sin(4 * angle) / 0.30) ** 2)) * np.exp(-((radius / 0.11) ** 2))
    branches = np.exp(-((np.sin(8 * angle + 6 * radius) / 0.40) ** 2))
    vessels += 0.7 * branches * np.exp(-(((radius - 0.13) / 0.10) ** 2))
    fine = np.maximum(smooth_noise(rng, 44, size, size), 0)
    return 0.075 * vessels + 0.020 * fine + 0.010 * smooth_noise(rng, 90, size, size)

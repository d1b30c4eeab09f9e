"""Opacities of the chest phantom: one appearance for all, whether the report will name them or not.

The size follows the public QaTa-COV19 masks, which outline whole lung zones rather than single spots.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textguide.data.schema import ZONE_COUNT
from textguide.phantoms.drawing import Plane, smooth_noise, soft_edge
from textguide.phantoms.thorax import Thorax


def draw_opacities(
    rng: np.random.Generator, thorax: Thorax, present: NDArray[np.bool_], contrast: tuple[float, float]
) -> tuple[Plane, NDArray[np.bool_]]:
    """Draw an opacity into every zone that is present.

    Args:
        rng: every zone gets a stream of its own from it: what one zone shows does not change another.
        thorax: the normal chest.
        present: (6,) bool, image left upper, middle, lower, then image right upper, middle, lower.
        contrast: least and greatest brightness that an opacity adds to the film.

    Returns:
        The brightness to add, (H, W) float32, and the outline of each zone's opacity, (6, H, W) bool.
    """
    size = thorax.density.shape[0]
    upper_cut, lower_cut = rng.uniform(0.41, 0.48), rng.uniform(0.69, 0.76)
    limits = ((-0.05, upper_cut), (upper_cut, lower_cut), (lower_cut, 1.30))
    # Zone borders slope and wave like fissures: cut with a ruler, opacities would look like bricks.
    wave = rng.uniform(-0.6, 0.6) * (thorax.lateral - 0.18) + 0.025 * smooth_noise(rng, 5, size, size)
    level = thorax.height + wave
    added = np.zeros((size, size), np.float32)
    masks = np.zeros((ZONE_COUNT, size, size), bool)
    for zone, stream in enumerate(rng.spawn(ZONE_COUNT)):
        if present[zone]:
            side, third = divmod(zone, 3)
            place = (thorax.lungs[side], thorax.lateral[side], level[side])
            outline, haze = _draw_one(stream, *place, limits[third])
            masks[zone] = outline
            added += float(stream.uniform(*contrast)) * haze
    return added, masks


def _draw_one(
    rng: np.random.Generator, lung: Plane, lateral: Plane, level: Plane, limits: tuple[float, float]
) -> tuple[NDArray[np.bool_], Plane]:
    """One opacity between two levels of a lung: outline, (H, W) bool, and shading, (H, W), about 1 inside."""
    size = len(lung)
    low, high = limits
    cloud = 0.30 * smooth_noise(rng, 6, size, size) + 0.14 * smooth_noise(rng, 18, size, size)
    for _ in range(int(rng.integers(2, 5))):
        x0, y0 = rng.uniform(0.09, 0.30), low + (min(high, 1.0) - low) * rng.uniform(0.3, 0.7)
        x_width, y_width = rng.uniform(0.05, 0.11), rng.uniform(0.07, 0.16)
        cloud += np.exp(-(((lateral - x0) / x_width) ** 2 + ((level - y0) / y_width) ** 2))
    near_border = np.maximum(low + 0.08 - level, level - high + 0.08)
    cloud -= 18 * np.clip(near_border, 0, None) ** 1.5
    zone = (lung > 0.5) & (level > low) & (level < high)
    # The outline covers a drawn share of its zone: never empty, never larger than the zone, at every size.
    threshold = float(np.quantile(cloud[zone], 1 - rng.uniform(0.45, 0.97)))
    outline = zone & (cloud >= threshold)
    texture = 1 + 0.22 * smooth_noise(rng, 26, size, size) + 0.14 * smooth_noise(rng, 60, size, size)
    return outline, soft_edge(cloud - threshold, 0.10) * lung * texture

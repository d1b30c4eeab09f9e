from __future__ import annotations

import numpy as np

from textguide.phantoms.drawing import smooth_noise, soft_edge


def test_smooth_noise_shows_one_surface_at_every_resolution():
    coarse, fine = (smooth_noise(np.random.default_rng(3), 6, size, size) for size in (32, 128))
    reduced = fine.reshape(32, 4, 32, 4).mean(axis=(1, 3))
    assert np.corrcoef(coarse.ravel(), reduced.ravel())[0, 1] > 0.99


def test_smooth_noise_has_unit_spread_on_any_rectangle():
    surface = smooth_noise(np.random.default_rng(0), 9, 40, 70)
    assert surface.shape == (40, 70)
    assert surface.dtype == np.float32
    np.testing.assert_allclose([surface.mean(), surface.std()], [0, 1], atol=1e-3)


def test_soft_edge_rises_from_zero_to_one_over_its_width():
    step = soft_edge(np.array([-10.0, 0.0, 1.0, 10.0], np.float32), width=1.0)
    np.testing.assert_allclose(step, [0, 0.5, 1 / (1 + np.exp(-1)), 1], atol=1e-4)

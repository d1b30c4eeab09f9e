from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from textguide.writers import write_heatmap

RAMP = np.linspace(0, 255, 512, dtype=np.float32)[:, None].repeat(512, axis=1)[
    None
]  # (1, 512, 512), dark left


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB").crop((0, 0, 512, 512))).astype(int)


def test_colour_lies_where_the_map_is_high_and_the_film_stays_grey_elsewhere(tmp_path: Path) -> None:
    heat = np.zeros((512, 512))
    heat[:, 256:] = 5.0  # the lower half
    found = pixels(write_heatmap(tmp_path / "a.png", RAMP, heat, "attention"))
    grey = found[:250]
    assert (grey.max(axis=2) == grey.min(axis=2)).all()
    assert np.corrcoef(grey[100, :, 0], np.arange(512))[0, 1] > 0.99
    lower = found[262:, 100]
    assert (lower[:, 0] - lower[:, 2] > 60).all()  # yellow
    assert found[400, 500].sum() > found[400, 10].sum()  # the film shines through


def test_a_probability_is_not_stretched_and_a_map_without_differences_has_no_colour(tmp_path: Path) -> None:
    low = np.full((512, 512), 0.01)
    low[0, 0] = 0.02
    stretched = pixels(write_heatmap(tmp_path / "a.png", RAMP, low, "x"))
    kept = pixels(write_heatmap(tmp_path / "b.png", RAMP, low, "x", limits=(0.0, 1.0)))
    flat = pixels(write_heatmap(tmp_path / "c.png", RAMP, np.ones((512, 512)), "x"))
    colour = [np.ptp(one[0, 0]) for one in (stretched, kept, flat)]
    assert colour[0] > 100
    assert colour[1] < 10
    assert colour[2] == 0


def test_of_a_volume_the_slice_with_the_highest_value_is_drawn(tmp_path: Path) -> None:
    image = np.stack([RAMP, RAMP[:, ::-1]], axis=-1)
    heat = np.zeros((512, 512, 2))
    heat[5, 5, 1] = 1
    found = pixels(write_heatmap(tmp_path / "a.png", image, heat, "x"))
    assert found[300, 10, 0] > found[300, 500, 0]


def test_a_map_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\(512, 512\) and the map \(5, 5\)"):
        write_heatmap(tmp_path / "a.png", RAMP, np.zeros((5, 5)), "x")

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.data.utils import list_data_collate
from PIL import Image

from textguide.segmenter.open_image import open_image


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ((20, 30), (1, 20, 30)),
        ((1, 20, 30), (1, 20, 30)),
        ((3, 20, 30), (3, 20, 30)),
        ((1, 1, 20, 30), (1, 20, 30)),
        ((1, 3, 20, 30), (3, 20, 30)),
        ((1, 20, 30, 4), (1, 20, 30, 4)),
        ((1, 20, 30, 1), (1, 20, 30, 1)),
    ],
)
def test_a_batch_of_one_is_a_picture_and_no_volume(given: tuple[int, ...], opened: tuple[int, ...]) -> None:
    values = np.arange(np.prod(given), dtype=np.float32).reshape(given)
    for image in (values, torch.as_tensor(values), MetaTensor(torch.as_tensor(values))):
        array, meta = open_image(image)
        assert array.shape == opened
        assert np.array_equal(array, values.reshape(opened))
        assert tuple(meta["spatial_shape"]) == opened[1:]
        assert meta["affine"].shape == (4, 4)


def test_a_collated_batch_of_one_keeps_its_affine() -> None:
    affine = torch.diag(torch.tensor([2.0, 3.0, 1.0, 1.0], dtype=torch.float64))
    batch = list_data_collate([MetaTensor(torch.zeros(1, 5, 6), affine=affine)])
    assert batch.shape == (1, 1, 5, 6)
    assert np.array_equal(open_image(batch)[1]["affine"], affine.numpy())


@pytest.mark.parametrize(
    "shape", [(5,), (2, 5, 6), (2, 1, 5, 6), (3, 1, 5, 6), (3, 3, 5, 6), (1, 1, 1, 5, 6), (5, 6, 3), (0, 5)]
)
def test_another_shape_is_refused_with_those_that_are_allowed(shape: tuple[int, ...]) -> None:
    allowed = r"\(W, H\), \(C, W, H\) or \(1, C, W, H\), or a volume \(C, W, H, D\)"
    with pytest.raises(ValueError, match=allowed):
        open_image(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -1e19, 1e300])
def test_values_that_are_no_measurements_are_refused_in_one_line(value: float) -> None:
    array = np.zeros((4, 4))
    array[1, 2] = value
    images = [array, torch.as_tensor(array), np.full((4, 4), value)]
    images.append(Image.fromarray(array.astype(np.float64).clip(-3.4e38, 3.4e38).astype(np.float32)))
    for image in images:
        with pytest.raises(ValueError, match="of 16 that are NaN, infinite or beyond") as caught:
            open_image(image)
        assert "\n" not in str(caught.value)


def test_large_measurements_are_read() -> None:
    assert open_image(np.array([[0, 2**40]]))[0].max() == 2.0**40

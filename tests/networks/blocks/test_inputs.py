from __future__ import annotations

import pytest
import torch

from textguide.networks.blocks.inputs import pad_to_multiple, prepare_inputs, three_channels


@pytest.mark.parametrize("size", [(1, 1), (33, 65), (31, 32), (64, 64), (7, 100)])
def test_padding_repeats_the_border_at_the_far_end_up_to_the_next_multiple(size):
    image = torch.arange(size[0] * size[1], dtype=torch.float32).reshape(1, 1, *size)
    padded = pad_to_multiple(image, 32)
    width, height = padded.shape[2:]
    assert (width % 32, height % 32) == (0, 0)
    assert width - size[0] < 32
    assert height - size[1] < 32
    x, y = torch.arange(width).clamp(max=size[0] - 1), torch.arange(height).clamp(max=size[1] - 1)
    assert torch.equal(padded[0, 0], image[0, 0][x][:, y])


def test_grey_becomes_three_equal_channels_and_colour_stays():
    grey, colour = torch.randn(2, 1, 4, 5), torch.randn(2, 3, 4, 5)
    assert torch.equal(three_channels(grey), torch.cat([grey] * 3, dim=1))
    assert three_channels(colour) is colour


@pytest.mark.parametrize(
    ("image", "ids", "mask", "message"),
    [
        ((2, 1, 8, 8, 3), None, None, r"the image has the shape \[2, 1, 8, 8, 3\]"),
        ((2, 4, 8, 8), None, None, r"\(B, 1 or 3, W, H\) is allowed"),
        ((2, 1, 8, 8), (2, 7), (2, 5), r"the shapes \[2, 7\] and \[2, 5\]"),
        ((2, 1, 8, 8), (3, 7), (3, 7), r"both must be \(2, L\)"),
        ((2, 1, 8, 8), (2, 0), (2, 0), "L >= 1"),
    ],
)
def test_a_shape_that_does_not_fit_is_named(image, ids, mask, message):
    def whole(shape):
        return None if shape is None else torch.ones(shape, dtype=torch.long)

    with pytest.raises(ValueError, match=message):
        prepare_inputs(torch.zeros(image), whole(ids), whole(mask), multiple=8)


def test_ids_without_a_mask_count_whole_and_no_ids_are_no_sentence():
    image, ids = torch.zeros(2, 1, 8, 8), torch.ones(2, 3, dtype=torch.long)
    assert prepare_inputs(image, ids, None, multiple=8)[2].all()
    padded, _, mask = prepare_inputs(image, None, None, multiple=16)
    assert padded.shape == (2, 3, 16, 16)
    assert not mask.any()

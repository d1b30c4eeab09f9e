from __future__ import annotations

import pytest
import torch

from textguide.networks.blocks.padding import pad_to_multiple, three_channels


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

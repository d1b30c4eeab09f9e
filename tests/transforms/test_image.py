from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.transforms import LoadImaged
from PIL import Image

from textguide.data.image import FilmReader
from textguide.transforms import BinaryMaskd, MatchChannelsd


def matched(image: torch.Tensor, channels: int) -> torch.Tensor:
    return MatchChannelsd("image", channels)({"image": image})["image"]


def binarised(mask: torch.Tensor) -> torch.Tensor:
    return BinaryMaskd("label")({"label": mask})["label"]


def load(path) -> torch.Tensor:
    return LoadImaged(keys="label", reader=FilmReader(), image_only=True)({"label": path})[
        "label"
    ].as_tensor()


def test_grey_is_repeated_and_colour_weighed_as_pillow_does():
    grey, colour = torch.rand(1, 4, 5) * 255, (torch.rand(3, 4, 5) * 255).round()
    assert torch.equal(matched(grey, 3), torch.cat([grey] * 3))
    assert torch.equal(matched(grey, 1), grey)
    assert torch.equal(matched(colour, 3), colour)
    pillow = Image.fromarray(colour.permute(2, 1, 0).numpy().astype(np.uint8)).convert("L")
    luma = torch.from_numpy(np.array(pillow)).T.float()
    torch.testing.assert_close(matched(colour, 1)[0], luma, atol=1.0, rtol=0)  # Pillow gives whole numbers


@pytest.mark.parametrize("channels", [1, 3])
def test_an_alpha_channel_is_dropped_first(channels):
    grey, colour = torch.rand(1, 4, 5), torch.rand(3, 4, 5)
    for image in (grey, colour):
        with_alpha = torch.cat([image, torch.zeros(1, 4, 5)])
        assert torch.equal(matched(with_alpha, channels), matched(image, channels))


def test_a_volume_is_matched_like_an_image():
    volume = torch.rand(3, 4, 5, 2)
    assert matched(volume, 1).shape == (1, 4, 5, 2)
    torch.testing.assert_close(matched(volume, 1)[..., 1], matched(volume[..., 1], 1))


def test_more_channels_and_another_wish_are_refused():
    with pytest.raises(ValueError, match="image has 5 channels: allowed are 1 to 4"):
        matched(torch.rand(5, 4, 5), 3)
    with pytest.raises(ValueError, match="channels is 2: allowed are 1"):
        MatchChannelsd("image", channels=2)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_the_ringing_of_a_jpeg_mask_leaves_the_mask_as_it_was_drawn(tmp_path, quality):
    box = np.zeros((50, 70), np.uint8)
    box[11:38, 13:51] = 255
    Image.fromarray(box).save(tmp_path / "mask.jpg", quality=quality)
    decoded = load(tmp_path / "mask.jpg")
    assert ((decoded > 3) & (decoded < 252)).any(), "this mask does not ring"
    assert torch.equal(binarised(decoded)[0], torch.from_numpy(box.T > 0).float())


def test_red_and_green_are_both_foreground(tmp_path):
    painted = np.zeros((6, 8, 3), np.uint8)
    painted[1:3, 1:4, 0] = 255
    painted[4:6, 5:8, 1] = 255
    Image.fromarray(painted).save(tmp_path / "mask.png")
    assert torch.equal(
        binarised(load(tmp_path / "mask.png"))[0], torch.from_numpy(painted.any(axis=2).T).float()
    )


@pytest.mark.parametrize("values", [(0, 1), (0, 1, 2, 3), (0, 255), (0, 128), (0, 65535)])
def test_class_numbers_and_grey_values_both_become_0_and_1(values):
    mask = torch.tensor(values, dtype=torch.float32).repeat(2, 3).unsqueeze(0)
    found = binarised(mask)
    assert found.dtype == torch.float32
    assert torch.equal(found, (mask > 0).float())


@pytest.mark.parametrize("shape", [(1, 4, 5), (3, 4, 5), (1, 4, 5, 2)])
def test_an_empty_mask_stays_empty(shape):
    found = binarised(torch.zeros(shape))
    assert torch.equal(found, torch.zeros(1, *shape[1:]))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_alpha_of_a_mask_is_not_foreground(channels):
    colour = torch.zeros(channels, 4, 5)
    colour[0, 1, 2] = 255
    found = binarised(torch.cat([colour, torch.full((1, 4, 5), 255.0)]))
    assert found.sum() == 1
    assert found[0, 1, 2] == 1


def test_a_record_without_a_mask_is_fine_where_that_is_allowed():
    assert BinaryMaskd("label", allow_missing_keys=True)({"text": "left"}) == {"text": "left"}
    with pytest.raises(KeyError, match="label"):
        BinaryMaskd("label")({"text": "left"})

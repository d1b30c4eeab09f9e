from __future__ import annotations

import pytest
import torch
from monai.inferers import SlidingWindowInferer
from tests.inferers.toy_network import TextSensitiveNetwork, toy_text

from textguide.inferers import TextSlidingWindowInferer


def by_hand(images, network, text, **options):
    """Each window of each image alone, blended by MONAI."""
    alone = SlidingWindowInferer(sw_batch_size=1, **options)
    rows = []
    for number in range(len(images)):
        own = {key: value[number : number + 1] for key, value in text.items()}
        rows.append(alone(images[number : number + 1], lambda window, own=own: network(window, **own)))
    return torch.cat(rows)


@pytest.mark.parametrize("sw_batch_size", [1, 2, 3, 4, 8, 100])
@pytest.mark.parametrize("size", [(19, 14), (6, 20)], ids=["larger", "narrower than a window"])
def test_every_window_meets_the_text_of_its_own_image(sw_batch_size, size):
    network, images, text = TextSensitiveNetwork().eval(), torch.randn(3, 1, *size), toy_text(3)
    options = {"roi_size": (8, 8), "overlap": 0.5, "mode": "gaussian"}
    expected = by_hand(images, network, text, **options)
    found = TextSlidingWindowInferer(sw_batch_size=sw_batch_size, **options)(images, network, **text)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_windows_of_several_images_share_a_call():
    network, images = TextSensitiveNetwork().eval(), torch.randn(2, 1, 16, 8)
    TextSlidingWindowInferer(roi_size=(8, 8), sw_batch_size=4, overlap=0)(images, network, **toy_text(2))
    assert network.calls == [4]


def test_buffered_stitching_keeps_the_texts_apart():
    network, images, text = TextSensitiveNetwork().eval(), torch.randn(2, 1, 16, 24), toy_text(2)
    options = {"roi_size": (8, 8), "overlap": 0.25, "mode": "constant"}
    found = TextSlidingWindowInferer(sw_batch_size=3, buffer_steps=1, **options)(images, network, **text)
    torch.testing.assert_close(found, by_hand(images, network, text, **options), atol=1e-5, rtol=0)


def test_one_text_serves_all_images_and_training_outputs_give_logits():
    network, images, text = TextSensitiveNetwork().train(), torch.randn(2, 1, 12, 12), toy_text(1)
    inferer = TextSlidingWindowInferer(roi_size=(8, 8))
    twice = {key: value.repeat(2, 1) for key, value in text.items()}
    assert torch.equal(inferer(images, network, **text), inferer(images, network, **twice))


def test_a_text_that_fits_no_image_is_refused():
    with pytest.raises(ValueError, match="beside 3 images"):
        TextSlidingWindowInferer(roi_size=(8, 8))(
            torch.randn(3, 1, 9, 9), TextSensitiveNetwork(), **toy_text(2)
        )

from __future__ import annotations

import pytest
import torch
from tests.networks.toys import IMAGE_ENCODER
from torch import nn
from transformers import ConvNextConfig, ConvNextModel

from textguide.networks.encoders import ConvNeXtEncoder


@torch.no_grad()
def test_it_gives_the_raw_stages_of_the_published_model_and_its_pooled_vector():
    torch.manual_seed(0)
    model = ConvNextModel(ConvNextConfig(**IMAGE_ENCODER)).eval()
    encoder = ConvNeXtEncoder(IMAGE_ENCODER).eval()
    encoder.model.load_state_dict(model.state_dict(), strict=True)
    image = torch.randn(2, 3, 64, 96)
    expected = model(image, output_hidden_states=True)
    *maps, pooled = encoder(image)
    assert [tuple(value.shape) for value in maps] == [
        (2, 8, 16, 24),
        (2, 16, 8, 12),
        (2, 32, 4, 6),
        (2, 64, 2, 3),
    ]
    for found, stage in zip(maps, expected.hidden_states[1:], strict=True):
        assert torch.equal(found, stage)
    assert torch.equal(pooled, expected.pooler_output)
    assert encoder.channels == [8, 16, 32, 64]


@torch.no_grad()
def test_without_the_pooled_vector_its_norm_is_not_built_and_the_maps_stay():
    torch.manual_seed(0)
    full, maps_only = (
        ConvNeXtEncoder(IMAGE_ENCODER).eval(),
        ConvNeXtEncoder(IMAGE_ENCODER, pooled=False).eval(),
    )
    weights = {key: value for key, value in full.state_dict().items() if "model.layernorm" not in key}
    maps_only.load_state_dict(weights, strict=True)
    image = torch.randn(1, 3, 32, 32)
    assert all(torch.equal(*pair) for pair in zip(full(image)[:4], maps_only(image)[:4], strict=True))


@torch.no_grad()
def test_a_folder_with_weights_loads_them(tmp_path):
    model = ConvNextModel(ConvNextConfig(**IMAGE_ENCODER)).eval()
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.2)
    model.save_pretrained(tmp_path)
    image = torch.randn(1, 3, 32, 32)
    torch.testing.assert_close(ConvNeXtEncoder(tmp_path).eval()(image)[4], model(image).pooler_output)


def test_what_is_no_architecture_is_refused(tmp_path):
    with pytest.raises(TypeError, match="architecture is int: give a hub name, a folder or a dictionary"):
        ConvNeXtEncoder(50)
    with pytest.raises(
        FileNotFoundError,
        match="absent': there is no such folder; give a folder with config.json, a hub name",
    ):
        ConvNeXtEncoder(str(tmp_path / "absent"))

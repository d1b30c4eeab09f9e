from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from textguide.networks.blocks.guide_layer import GuideLayer
from textguide.networks.blocks.position import grid_code, sequence_code
from textguide.networks.blocks.text_projection import TextProjection


def norm(layer: nn.LayerNorm, x: torch.Tensor) -> torch.Tensor:
    centred = x - x.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + 1e-5).sqrt() * layer.weight + layer.bias


def attend(layer, query, key, value, heads, padding=None):
    """Attention of one sample, one head after the other: query (N, C), key and value (M, C)."""
    weights, biases = layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3)
    query, key, value = (
        functional.linear(x, weight, bias)
        for x, weight, bias in zip((query, key, value), weights, biases, strict=True)
    )
    read = []
    for q, k, v in zip(query.chunk(heads, 1), key.chunk(heads, 1), value.chunk(heads, 1), strict=True):
        scores = q @ k.T / q.shape[1] ** 0.5
        if padding is not None:
            scores[:, padding] = -float("inf")
        read.append(scores.softmax(dim=1) @ v)
    return functional.linear(torch.cat(read, dim=1), layer.out_proj.weight, layer.out_proj.bias)


def read_plainly(layer: GuideLayer, feature_map, text, padding):
    """The two lines of the paper, one sample after the other."""
    samples = []
    for image, sentence, unused in zip(feature_map, text, padding, strict=True):
        channels, width, height = image.shape
        x = torch.stack([image[:, i, j] for i in range(width) for j in range(height)])
        code = grid_code(width, height, x[None])[0] if layer.grid else sequence_code(x[None])[0]
        v = norm(layer.self_norm, x)
        x = x + norm(layer.self_out_norm, attend(layer.self_attention, v + code, v + code, v, heads=1))
        query, key = norm(layer.cross_norm, x) + code, sentence + sequence_code(sentence[None])[0]
        read = attend(layer.cross_attention, query, key, sentence, heads=4, padding=unused)
        x = x + layer.scale * norm(layer.cross_out_norm, read)
        samples.append(x.T.reshape(channels, width, height))
    return torch.stack(samples)


def toy_layer(position: str = "grid") -> GuideLayer:
    torch.manual_seed(0)
    layer = GuideLayer(16, scale=1.3, position=position)
    for weight in layer.parameters():  # norms and biases start at 1 and 0, which would hide a mix-up
        nn.init.normal_(weight, std=0.3) if weight.ndim else None
    return layer


@pytest.mark.parametrize("position", ["grid", "flat"])
@torch.no_grad()
def test_it_equals_the_formula_written_out(position):
    layer, feature_map, text = toy_layer(position), torch.randn(3, 16, 3, 5), torch.randn(3, 6, 16)
    padding = torch.tensor([[False] * 6, [False] * 2 + [True] * 4, [False, True] * 3])
    found, expected = layer(feature_map, text, padding), read_plainly(layer, feature_map, text, padding)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert (found - feature_map).abs().mean() > 0.1


@torch.no_grad()
def test_without_padding_every_token_is_read():
    layer, feature_map, text = toy_layer(), torch.randn(2, 16, 3, 5), torch.randn(2, 6, 16)
    torch.testing.assert_close(
        layer(feature_map, text, None), layer(feature_map, text, torch.zeros(2, 6).bool())
    )


def test_the_projection_treats_every_token_by_itself():
    projection, tokens = TextProjection(8, 16), torch.randn(2, 5, 8)
    torch.testing.assert_close(projection(tokens)[:, 2:3], projection(tokens[:, 2:3]))


def test_the_literal_projection_mixes_24_tokens_into_9():
    projection, tokens = TextProjection(8, 16, (24, 9)), torch.randn(2, 24, 8)
    assert projection(tokens).shape == (2, 9, 16)
    changed = tokens.clone()
    changed[:, 23] += 1
    assert (projection(changed) != projection(tokens)).any(dim=2).all()

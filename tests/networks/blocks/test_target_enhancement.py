from __future__ import annotations

import math

import pytest
import torch

from textguide.networks.blocks.target_enhancement import TargetEnhancement

YES = torch.tensor([True])


def test_two_positions_by_hand():
    """Cosine 1 and 0 at temperature 0.5: softmax (e^2, 1) / (e^2 + 1), times 2 positions."""
    feature_map = torch.tensor([[3.0, 0.0], [0.0, 5.0]]).T.reshape(1, 2, 2, 1)
    found = TargetEnhancement(temperature=0.5).attention(feature_map, torch.tensor([[7.0, 0.0]]), YES)
    share = math.exp(2) / (math.exp(2) + 1)
    torch.testing.assert_close(found, torch.tensor([2 * share, 2 - 2 * share]).reshape(1, 1, 2, 1))


def test_attention_has_mean_1_and_lies_where_the_map_is_like_the_sentence():
    torch.manual_seed(0)
    feature_map, text = torch.randn(2, 16, 7, 5), torch.randn(2, 16)
    feature_map[0, :, 2, 3], feature_map[1, :, 6, 0] = text[0] * 9, text[1] / 9  # length does not count
    found = TargetEnhancement().attention(feature_map, text, YES.repeat(2))
    torch.testing.assert_close(found.mean(dim=(1, 2, 3)), torch.ones(2))
    assert found.flatten(1).argmax(dim=1).tolist() == [2 * 5 + 3, 6 * 5 + 0]


@pytest.mark.parametrize(
    ("scale", "factor"), [("mean", [0.5, 1.5]), ("sum", [0.25, 0.75]), ("residual", [1.5, 2.5])]
)
def test_each_scale_by_hand_and_the_factor_is_1_without_a_sentence(scale, factor):
    attention = torch.tensor([0.5, 1.5]).reshape(1, 1, 2, 1).repeat(2, 1, 1, 1)
    found = TargetEnhancement(scale)(attention, torch.tensor([True, False]))
    assert found.shape == (2, 1, 4, 2)
    assert found[0, 0, [0, -1], 0].tolist() == factor
    torch.testing.assert_close(
        found[0, 0, 1:3, 0], torch.tensor([0.75, 0.25]) @ torch.tensor([factor, factor[::-1]])
    )
    assert torch.equal(found[1], torch.ones(1, 4, 2))


def test_without_a_sentence_every_position_counts_the_same():
    found = TargetEnhancement().attention(torch.randn(1, 8, 4, 6), torch.randn(1, 8), ~YES)
    assert torch.equal(found, torch.ones(1, 1, 4, 6))

from __future__ import annotations

import torch

from textguide.networks.blocks.shown_maps import enlarge, paint


def test_each_query_is_painted_where_it_starts_and_equal_places_add_up():
    padded = torch.zeros(1, 3, 64, 96)
    boxes = torch.zeros(1, 3, 4)
    boxes[0, :, :2] = torch.tensor([[0.05, 0.95], [0.06, 0.96], [0.95, 0.05]])
    painted = paint(torch.tensor([[0.3, 0.3, 0.4]]), boxes, padded)
    assert painted.shape == (1, 1, 64, 96)
    assert painted.max() == 1
    assert painted[0, 0, 3, 92] > 0.9
    assert 0.55 < painted[0, 0, 60, 3] < 0.75
    assert painted[0, 0, 32, 48] == 0


def test_no_weight_paints_nothing_and_a_map_is_enlarged_to_the_image():
    padded = torch.zeros(2, 3, 32, 64)
    assert paint(torch.zeros(2, 4), torch.rand(2, 4, 4), padded).abs().max() == 0
    assert enlarge(torch.ones(2, 1, 1, 2), padded).shape == (2, 1, 32, 64)

from __future__ import annotations

import torch

from textguide.networks.blocks.shown_maps import enlarge, show_queries, show_reading


def test_each_query_is_painted_where_it_starts_and_equal_places_add_up():
    image, padded = torch.zeros(1, 1, 64, 90), torch.zeros(1, 3, 64, 96)
    boxes = torch.zeros(1, 3, 4)
    boxes[0, :, :2] = torch.tensor([[0.05, 0.95], [0.06, 0.96], [0.95, 0.05]])
    weights = torch.tensor([[0.3, 0.3, 0.4]])
    shown = show_queries(weights, boxes, padded, image)
    painted = shown["detector"]
    assert painted.shape == (1, 1, 64, 96)
    assert painted.max() == 1
    assert painted[0, 0, 3, 92] > 0.9
    assert 0.55 < painted[0, 0, 60, 3] < 0.75
    assert painted[0, 0, 32, 48] == 0
    assert torch.equal(shown["query_weights"], weights)
    torch.testing.assert_close(shown["query_boxes"][0, 0], torch.tensor([0.05, 0.95 * 96 / 90, 0, 0]))


def test_no_weight_paints_nothing_and_a_map_is_enlarged_to_the_image():
    padded = torch.zeros(2, 3, 32, 64)
    assert show_queries(torch.zeros(2, 4), torch.rand(2, 4, 4), padded, padded)["detector"].abs().max() == 0
    assert enlarge(torch.ones(2, 1, 1, 2), padded).shape == (2, 1, 32, 64)


def test_a_place_shows_the_share_that_words_of_place_got_there_and_a_word_its_mean():
    attention = {"32": torch.zeros(1, 3, 1, 2), "16": torch.full((1, 3, 2, 4), 1 / 3)}
    attention["32"][0, 0, 0, 0] = attention["32"][0, 2, 0, 1] = 1.0  # left reads word 0, right word 2
    shown = show_reading(attention, torch.tensor([[True, False, False]]), torch.zeros(1, 3, 32, 64))
    assert shown["attention_32"][0, 0, 0, 0] == 1
    assert shown["attention_32"][0, 0, 0, 63] == 0
    torch.testing.assert_close(shown["attention_16"], torch.full((1, 1, 32, 64), 1 / 3))
    expected = torch.tensor([[1 / 2 + 1 / 3, 1 / 3, 1 / 2 + 1 / 3]]) / 2
    torch.testing.assert_close(shown["word_importance"], expected)

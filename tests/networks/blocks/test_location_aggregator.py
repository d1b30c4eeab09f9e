from __future__ import annotations

import torch

from textguide.networks.blocks.location_aggregator import LocationAggregator


@torch.no_grad()
def test_it_is_the_softmax_of_the_products_with_the_query_and_the_weighted_sum():
    torch.manual_seed(0)
    vectors, aggregator = torch.randn(2, 7, 16), LocationAggregator(16)
    summed, weights = aggregator(vectors)
    for sample in range(2):
        expected = torch.softmax(vectors[sample] @ aggregator.query, dim=0)
        torch.testing.assert_close(weights[sample], expected)
        torch.testing.assert_close(summed[sample], vectors[sample].T @ expected)


@torch.no_grad()
def test_divided_by_the_root_of_the_width_it_attends_to_more_objects():
    torch.manual_seed(0)
    vectors = torch.nn.functional.layer_norm(torch.randn(4, 300, 256), (256,))
    aggregators = LocationAggregator(256), LocationAggregator(256, "sqrt_d")
    aggregators[1].load_state_dict(aggregators[0].state_dict())
    few, many = (1 / aggregator(vectors)[1].pow(2).sum(dim=1) for aggregator in aggregators)
    assert few.max() < 10 < 50 < many.min()

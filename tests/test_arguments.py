from __future__ import annotations

import json

from torch import nn

from textguide.arguments import keeps_arguments


@keeps_arguments
class Toy(nn.Module):
    def __init__(self, width: int, levels: tuple[str, ...] = ("a", "b"), depth: int = 2) -> None:
        super().__init__()
        self.layer = nn.Linear(width, depth)


def test_a_network_built_from_its_arguments_is_the_same_also_through_json():
    network = Toy(3, depth=4)
    assert network.arguments == {"width": 3, "levels": ["a", "b"], "depth": 4}
    again = Toy(**json.loads(json.dumps(network.arguments)))
    assert again.arguments == network.arguments
    assert again.layer.weight.shape == network.layer.weight.shape

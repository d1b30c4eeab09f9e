from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from textguide.engines import parameter_groups


def toy_network() -> nn.ModuleDict:
    return nn.ModuleDict(
        {"text": nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)}), "head": nn.Linear(2, 1)}
    )


def test_a_named_part_gets_its_share_of_the_rate_and_the_longer_name_counts():
    network = toy_network()
    groups = parameter_groups(network, 1e-2, {"text": 0.1, "text.b": 0.5})
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rates[id(network["text"]["a"].weight)] == pytest.approx(1e-3)
    assert rates[id(network["text"]["b"].bias)] == pytest.approx(5e-3)
    assert rates[id(network["head"].weight)] == 1e-2
    assert len(rates) == len(list(network.parameters()))
    torch.optim.AdamW(groups, lr=1e-2)  # an optimiser takes them


def test_what_is_frozen_is_in_no_group():
    network = toy_network()
    network["head"].requires_grad_(False)
    assert sum(len(group["params"]) for group in parameter_groups(network, 1e-2)) == 4


@pytest.mark.parametrize(
    ("factors", "message"),
    [({"txt": 1.0}, "no learned part 'txt'; its parts are text, head"), ({"text": 0}, "above 0")],
)
def test_a_wrong_name_or_factor_is_refused(factors, message):
    with pytest.raises(ValueError, match=message):
        parameter_groups(toy_network(), 1e-2, factors)


def test_parts_keep_their_names_in_a_network_that_several_processes_train(monkeypatch: pytest.MonkeyPatch):
    class Wrapped(nn.Module):
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

    module = sys.modules["textguide.engines.parameter_groups"]  # the package has the function by that name
    monkeypatch.setattr(module, "DistributedDataParallel", Wrapped)
    groups = parameter_groups(Wrapped(toy_network()), 1e-2, {"text": 0.1})
    assert sorted(group["lr"] for group in groups) == [pytest.approx(1e-3), 1e-2]

from __future__ import annotations

import pytest
import torch
from ignite.engine import Engine
from torch import nn

from textguide.handlers import ContrastiveWarmUp
from textguide.losses import WeightedLosses


class Constant(nn.Module):
    def forward(self, prediction, target):
        return torch.tensor(1.0)


def weights_of_each_step(epochs: int, first_step: int = 0, **options) -> list[dict[str, float]]:
    """Run four steps an epoch and note the weights that each step trains with."""
    loss = WeightedLosses(
        {"segmentation": Constant(), "contrastive": Constant()}, {"segmentation": 1.0, "contrastive": 0.25}
    )
    seen = []
    trainer = Engine(lambda engine, _: seen.append(dict(loss.weights)))
    trainer.network = nn.Linear(1, 1)
    ContrastiveWarmUp(loss, **options).attach(trainer)
    trainer.state.iteration, trainer.state.epoch = first_step, first_step // 4
    trainer.state.max_epochs, trainer.state.epoch_length = epochs, 4
    trainer.run(range(4), max_epochs=epochs, epoch_length=4)
    return seen


WARM = {"segmentation": 0.0, "contrastive": 1.0}
AFTER = {"segmentation": 1.0, "contrastive": 0.25}


@pytest.mark.parametrize(
    ("length", "unit", "warm"),
    [(0, "step", 0), (3, "step", 3), (6, "step", 6), (1, "epoch", 4), (2, "epoch", 8)],
)
def test_the_contrast_has_the_whole_say_for_so_many_steps_or_epochs(length, unit, warm):
    assert weights_of_each_step(3, length=length, unit=unit) == [WARM] * warm + [AFTER] * (12 - warm)


def test_a_resumed_training_goes_on_where_it_was():
    assert weights_of_each_step(3, first_step=4, length=6) == [WARM] * 2 + [AFTER] * 6


def test_a_network_with_nothing_to_contrast_is_refused_before_the_first_step():
    loss = WeightedLosses({"contrastive": Constant()})
    trainer = Engine(lambda engine, _: pytest.fail("a step was taken"))
    trainer.network = nn.Linear(1, 1)
    trainer.network.contrastive = False
    ContrastiveWarmUp(loss, length=20).attach(trainer)
    with pytest.raises(ValueError, match="set network_def#contrastive to true, or the warm-up to 0"):
        trainer.run(range(2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "batch"}, "unit is 'batch': allowed are 'step' and 'epoch'"),
        ({"name": "alignment"}, "name is 'alignment': allowed is 'contrastive'"),
        ({"length": -1}, "the warm-up has a length of -1"),
    ],
)
def test_what_cannot_be_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        ContrastiveWarmUp(WeightedLosses({"contrastive": Constant()}), **options)

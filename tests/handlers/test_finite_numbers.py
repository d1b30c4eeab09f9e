from __future__ import annotations

from pathlib import Path

import pytest
import torch
from ignite.engine import Events
from tests.engines.toy_training import toy_trainer

from textguide.handlers import FiniteNumbers


def spoil_loss(trainer, value: float) -> None:
    """Let the loss of iteration 5, in the second of three steps of epoch 2, be no number."""
    loss = trainer.loss_function
    trainer.loss_function = lambda outputs, target: (
        loss(outputs, target) * (value if trainer.state.iteration == 5 else 1.0)
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_epoch_before(tmp_path: Path, value: float):
    trainer = toy_trainer(tmp_path, extra_handlers=(FiniteNumbers(),))
    spoil_loss(trainer, value)
    with pytest.raises(
        ValueError, match=rf"the loss is {value} in epoch 2, iteration 5; .*learning_rate below"
    ):
        trainer.run()
    last = torch.load(tmp_path / "last.pt", weights_only=True)
    assert last["trainer"]["epoch"] == 1
    best = torch.load(tmp_path / "model.pt", weights_only=True)
    assert all(weight.isfinite().all() for state in (last["network"], best) for weight in state.values())


def test_weights_that_the_last_step_of_an_epoch_has_spoilt_are_not_kept(tmp_path: Path):
    def spoil(trainer) -> None:
        with torch.no_grad():
            trainer.network.head.bias.fill_(float("inf"))

    trainer = toy_trainer(tmp_path, extra_handlers=(FiniteNumbers(),))
    trainer.add_event_handler(Events.ITERATION_COMPLETED(once=6), spoil)
    with pytest.raises(ValueError, match="weights are NaN or infinite in epoch 2, iteration 6; what earlier"):
        trainer.run()
    assert torch.load(tmp_path / "last.pt", weights_only=True)["trainer"]["epoch"] == 1


def test_a_training_of_numbers_goes_to_its_end(tmp_path: Path):
    trainer = toy_trainer(tmp_path, max_epochs=2, extra_handlers=(FiniteNumbers(),))
    trainer.run()
    assert trainer.state.epoch == 2

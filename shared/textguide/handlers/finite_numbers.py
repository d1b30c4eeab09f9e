"""Stop a training that has left the numbers."""

from __future__ import annotations

import math

import torch
from ignite.engine import Engine, Events

from textguide.handlers.epoch_numbers import last_loss
from textguide.handlers.resume import plain_network


class FiniteNumbers:
    """End the training with an error at the first loss, or epoch's end, that is NaN or infinite.

    Attach it to the trainer, before the validation: what earlier epochs wrote, checkpoint and best weights,
    then stays as it is. Without it a training goes on to its last epoch, with weights that are no numbers.
    """

    def attach(self, engine: Engine) -> None:
        """Look at the loss of every step, and at the weights at the end of every epoch."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.check_loss)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.check_weights)

    def check_loss(self, engine: Engine) -> None:
        """Look at the loss of a step.

        Raises:
            ValueError: it is NaN or infinite.
        """
        loss = float(last_loss(engine.state.output).detach())
        if not math.isfinite(loss):
            raise ValueError(f"the loss is {loss} {self.where(engine)}; {self.advice(engine)}")

    def check_weights(self, engine: Engine) -> None:
        """Look at the weights after an epoch: its last step can spoil them behind a finite loss.

        Raises:
            ValueError: a weight is NaN or infinite.
        """
        weights = list(plain_network(engine.network).parameters())  # type: ignore[attr-defined]
        if not torch.stack([weight.isfinite().all() for weight in weights]).all():
            raise ValueError(f"weights are NaN or infinite {self.where(engine)}; {self.advice(engine)}")

    def where(self, engine: Engine) -> str:
        """Say when it happened."""
        return f"in epoch {engine.state.epoch}, iteration {engine.state.iteration}"

    def advice(self, engine: Engine) -> str:
        """Say what to try."""
        rate = engine.optimizer.param_groups[0]["lr"]  # type: ignore[attr-defined]
        return (
            f"what earlier epochs wrote is kept: start again with a learning_rate below {rate:.2g}, and look "
            "for images that are empty or broken"
        )

"""An exponential moving average of the weights, which validates better than the last step."""

from __future__ import annotations

from typing import Any

import torch
from ignite.engine import Engine, Events
from torch import Tensor

from textguide.handlers.resume import plain_network, resumable


class WeightAverage:
    """Average the weights over the steps, and let every validation run on the average.

    Attach it to the trainer. After each step the average moves by 1 - decay towards the weights, buffers (the
    statistics of batch norm) included. The decay rises to its value as (1 + step) / (10 + step), so that the
    random first weights are forgotten. When the evaluator starts, the network takes the average, and its own
    weights back when it ends; a file of the best weights, written in between, thus holds the average.

    Args:
        decay: share of the average that stays at each step, in (0, 1); near 1 for many steps an epoch. None
            does nothing: the validation runs on the weights themselves.
        evaluator: the validation.

    Source:
        Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging (1992); Tarvainen and
        Valpola, Mean Teachers (2017), section 3.
    """

    def __init__(self, decay: float | None, evaluator: Engine) -> None:
        if decay is not None and not 0.0 < decay < 1.0:
            raise ValueError(
                f"decay is {decay}; it is a share between 0 and 1, such as 0.999, or null for none"
            )
        self.decay = decay
        self.evaluator = evaluator
        self.step = 0
        self.average: dict[str, Tensor] = {}
        self._own: dict[str, Tensor] = {}

    def attach(self, engine: Engine) -> None:
        """Follow the trainer's steps and stand in at each validation."""
        if self.decay is None:
            return
        resumable(engine)["weight_average"] = self
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.update)
        self.evaluator.add_event_handler(Events.STARTED, self.take)
        self.evaluator.add_event_handler(Events.COMPLETED, self.give_back)

    @torch.no_grad()
    def update(self, trainer: Engine) -> None:
        """Move the average towards the weights of the trainer's network."""
        assert self.decay is not None
        weights = plain_network(trainer.network).state_dict()
        if not self.average:
            self.average = {name: weight.clone() for name, weight in weights.items()}
            return
        self.step += 1
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        floats = [name for name, weight in weights.items() if weight.is_floating_point()]
        torch._foreach_lerp_([self.average[n] for n in floats], [weights[n] for n in floats], 1.0 - decay)
        for name in weights.keys() - set(floats):
            self.average[name].copy_(weights[name])  # a counter has no average

    @torch.no_grad()
    def take(self, evaluator: Engine) -> None:
        """Put the average into the network and keep its own weights; without a step yet, nothing happens."""
        if self.average:
            network = plain_network(evaluator.network)
            self._own = {name: weight.clone() for name, weight in network.state_dict().items()}
            network.load_state_dict(self.average)

    def give_back(self, evaluator: Engine) -> None:
        """Put the network's own weights back."""
        if self._own:
            plain_network(evaluator.network).load_state_dict(self._own)
            self._own = {}

    def state_dict(self) -> dict[str, Any]:
        """Return step and average."""
        return {"step": self.step, "average": self.average}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take step and average of a checkpoint."""
        self.step = int(state["step"])
        self.average = {name: weight.clone() for name, weight in state["average"].items()}

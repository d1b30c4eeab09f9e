"""The numbers of one epoch of training, gathered once for every handler that shows or keeps them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ignite.distributed as idist
from ignite.engine import Engine, Events
from ignite.metrics import Average

LOSS = "train_loss"


@dataclass
class EpochNumbers:
    """What an epoch took and gave; filled while the trainer runs.

    Attributes:
        learning_rate: of the first group of the optimizer, at the last step of the epoch.
        images: images seen, over all processes.
        train_seconds: of the steps alone, without the validation.
        started: the clock when the epoch started.
    """

    learning_rate: float = math.nan
    images: int = 0
    train_seconds: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds since the epoch started."""
        return time.perf_counter() - self.started

    @property
    def images_per_second(self) -> float:
        """Speed of the steps; NaN before the first."""
        return self.images / self.train_seconds if self.train_seconds > 0 else math.nan

    def start(self) -> None:
        """Begin an epoch."""
        self.started, self.images, self.train_seconds = time.perf_counter(), 0, 0.0

    def start_step(self, engine: Engine) -> None:
        """Note the learning rate before a schedule moves it on."""
        self.learning_rate = float(engine.optimizer.param_groups[0]["lr"])  # type: ignore[attr-defined]

    def finish_step(self, engine: Engine) -> None:
        """Count the images of a step."""
        self.images += batch_size(engine.state.batch) * idist.get_world_size()
        self.train_seconds = self.seconds


def batch_size(batch: Any) -> int:
    """Return the number of images of a batch, collated or decollated."""
    return len(batch["image"]) if isinstance(batch, Mapping) else len(batch)


def last_loss(output: Any) -> Any:
    """Take the loss out of a trainer's output, collated or decollated."""
    return (output if isinstance(output, Mapping) else output[0])["loss"]


def epoch_numbers(engine: Engine) -> EpochNumbers:
    """Return the numbers of a trainer's epoch; the first call attaches them.

    The mean loss of the epoch (over all processes) stands in `engine.state.metrics["train_loss"]`.
    """
    if not hasattr(engine, "epoch_numbers"):
        numbers = EpochNumbers()
        engine.epoch_numbers = numbers  # type: ignore[attr-defined]
        # The loss is summed up on its device, so that no step waits for the GPU.
        Average(output_transform=last_loss, device=engine.state.device).attach(engine, LOSS)
        engine.add_event_handler(Events.EPOCH_STARTED, numbers.start)
        engine.add_event_handler(Events.ITERATION_STARTED, numbers.start_step)
        engine.add_event_handler(Events.ITERATION_COMPLETED, numbers.finish_step)
    return engine.epoch_numbers  # type: ignore[attr-defined]


def scalar_metrics(engine: Engine | None) -> dict[str, float]:
    """Return the metrics of an engine that are single numbers; none where there is no engine."""
    found = {} if engine is None else engine.state.metrics
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}

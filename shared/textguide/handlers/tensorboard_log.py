"""The course of a training in TensorBoard, where that is installed."""

from __future__ import annotations

import logging
import os
from typing import Any

from ignite.engine import Engine, Events
from monai.utils import optional_import

from textguide.handlers.epoch_numbers import EpochNumbers, epoch_numbers, scalar_metrics

logger = logging.getLogger(__name__)


class TensorBoardLog:
    """Write loss, learning rate and the validation's metrics of each epoch as TensorBoard curves.

    Attach it to the trainer. Without the package `tensorboard` (part of `textguide[all]`) it says so once and
    does nothing. A resumed training goes on with its curves: what it runs again hides what was there.

    Args:
        log_dir: the folder of the event files.
        evaluator: the validation; None for a training without one.
    """

    def __init__(self, log_dir: str | os.PathLike, evaluator: Engine | None = None) -> None:
        self.log_dir = str(log_dir)
        self.evaluator = evaluator
        self._writer: Any = None

    def attach(self, engine: Engine) -> None:
        """Follow the trainer, where TensorBoard is installed."""
        self.numbers: EpochNumbers = epoch_numbers(engine)  # in every process: the loss is a mean over them
        _, installed = optional_import("tensorboard")
        if not installed:
            logger.info("tensorboard is not installed: no curves (pip install 'textguide[all]' brings it)")
        elif engine.state.rank == 0:
            engine.add_event_handler(Events.EPOCH_STARTED, self.open)
            engine.add_event_handler(Events.COMPLETED, self.close)

    def open(self, engine: Engine) -> None:
        """Open the event file at the first epoch, hiding what an earlier run wrote of it and after."""
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(log_dir=self.log_dir, purge_step=engine.state.epoch)
        if not engine.has_event_handler(self.write, Events.EPOCH_COMPLETED):
            engine.add_event_handler(Events.EPOCH_COMPLETED, self.write)

    def write(self, engine: Engine) -> None:
        """Write the numbers of the epoch that ends."""
        epoch = engine.state.epoch
        values = scalar_metrics(engine) | {"learning_rate": self.numbers.learning_rate}
        if self.evaluator is not None and self.evaluator.state.epoch == epoch:
            values |= scalar_metrics(self.evaluator)
        for name, value in values.items():
            self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def close(self, engine: Engine) -> None:
        """Close the event file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

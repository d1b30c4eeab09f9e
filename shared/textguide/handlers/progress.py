"""How a training is getting on, in one line an epoch."""

from __future__ import annotations

import logging
import sys
import time

from ignite.engine import Engine, Events
from tqdm import tqdm

from textguide.handlers.epoch_numbers import LOSS, EpochNumbers, epoch_numbers, scalar_metrics

logger = logging.getLogger(__name__)


class Progress:
    """One line for each epoch: epoch, loss, score, learning rate, images a second, time left.

    On a terminal a bar moves while the epoch runs; elsewhere (a log file, a batch system) there are log lines
    only. Attach it to the trainer.

    Args:
        evaluator: the validation whose key metric is shown, in the epochs that have one; None shows none.
        bar: show the bar; None: where standard error is a terminal.
    """

    def __init__(self, evaluator: Engine | None = None, bar: bool | None = None) -> None:
        self.evaluator = evaluator
        self.show_bar = sys.stderr.isatty() if bar is None else bar
        self._bar: tqdm | None = None
        self._first_epoch = 0
        self._started = 0.0

    def attach(self, engine: Engine) -> None:
        """Follow the trainer."""
        self.numbers: EpochNumbers = epoch_numbers(engine)
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.COMPLETED, self.close)
        engine.add_event_handler(Events.EPOCH_STARTED, self.start_epoch)
        if self.show_bar and engine.state.rank == 0:
            engine.add_event_handler(Events.ITERATION_COMPLETED, self.step)

    def start(self, engine: Engine) -> None:
        """Begin to count the time."""
        self._started, self._first_epoch = time.perf_counter(), 0

    def start_epoch(self, engine: Engine) -> None:
        """Open the bar; the line of the epoch is to follow the validation."""
        self._first_epoch = self._first_epoch or engine.state.epoch
        if not engine.has_event_handler(self.finish_epoch, Events.EPOCH_COMPLETED):
            engine.add_event_handler(Events.EPOCH_COMPLETED, self.finish_epoch)
        if self.show_bar and engine.state.rank == 0:
            self.close(engine)
            total = engine.state.epoch_length
            self._bar = tqdm(total=total, desc=f"epoch {engine.state.epoch}", leave=False, unit="batch")

    def step(self, engine: Engine) -> None:
        """Move the bar by one batch."""
        if self._bar is not None:
            self._bar.update(1)

    def finish_epoch(self, engine: Engine) -> None:
        """Write the line of the epoch."""
        self.close(engine)
        if engine.state.rank == 0:
            logger.info(self.line(engine))

    def close(self, engine: Engine) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def line(self, engine: Engine) -> str:
        """Return the line of the epoch that ends."""
        epoch, last = engine.state.epoch, engine.state.max_epochs
        parts = [f"epoch {epoch}/{last}", f"loss {engine.state.metrics[LOSS]:.4f}"]
        if self.evaluator is not None and self.evaluator.state.epoch == epoch:
            name = self.evaluator.state.key_metric_name
            score = scalar_metrics(self.evaluator).get(name)
            best = self.evaluator.state.best_metric
            parts += [] if score is None else [f"{name} {score:.4f} (best {best:.4f})"]
        each = (time.perf_counter() - self._started) / (epoch - self._first_epoch + 1)
        parts += [
            f"lr {self.numbers.learning_rate:.2e}",
            f"{self.numbers.images_per_second:.1f} images/s",
            f"{duration((last - epoch) * each)} left",
        ]
        return "  ".join(parts)


def duration(seconds: float) -> str:
    """Write seconds as `1 h 02 min`, `3 min` or `12 s`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"

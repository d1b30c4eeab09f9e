"""Stop when the validation no longer improves."""

from __future__ import annotations

import logging

from ignite.engine import Engine, Events

from textguide.handlers.resume import resumable

logger = logging.getLogger(__name__)


class EarlyStop:
    """End the training after so many validations in a row without a new best score.

    Attach it to the trainer. What counts is the evaluator's key metric. The count is part of the checkpoint,
    and a training that had stopped stays stopped when resumed, unless the patience is raised.

    Args:
        patience: validations without a new best score that are still waited for, >= 1.
        evaluator: the validation.
    """

    def __init__(self, patience: int, evaluator: Engine) -> None:
        if patience < 1:
            raise ValueError(f"patience is {patience}; at least one validation has to be waited for")
        self.patience = patience
        self.evaluator = evaluator
        self.waited = 0

    def attach(self, engine: Engine) -> None:
        """Count at the end of each validation, and stop the trainer."""
        resumable(engine)["early_stop"] = self
        self.evaluator.add_event_handler(Events.COMPLETED, self.count, engine)
        engine.add_event_handler(Events.EPOCH_STARTED, self.stop)

    def count(self, trainer: Engine) -> None:
        """Count one validation."""
        improved = self.evaluator.state.best_metric_epoch == self.evaluator.state.epoch
        self.waited = 0 if improved else self.waited + 1
        self.stop(trainer)

    def stop(self, trainer: Engine) -> None:
        """Stop the trainer where the patience is at an end."""
        if self.waited >= self.patience and not trainer.should_terminate:
            best = self.evaluator.state.best_metric_epoch
            logger.info("stopped: no better validation since epoch %d, %d in a row", best, self.waited)
            trainer.terminate()

    def state_dict(self) -> dict[str, int]:
        """Return the count."""
        return {"waited": self.waited}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Take the count of a checkpoint."""
        self.waited = int(state["waited"])

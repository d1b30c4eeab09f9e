"""The weights of the best validation, as a plain state dict."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import torch
from ignite.engine import Engine, Events

from textguide.engines.atomic_write import atomic_path
from textguide.handlers.resume import plain_network

logger = logging.getLogger(__name__)


class BestWeights:
    """Write the network's state dict whenever a validation is the best so far.

    Attach it to the evaluator. The file holds the state dict and nothing else, is replaced only by a complete
    one, and is written by the first process alone. Where the weights are averaged, the validation runs on the
    average (`WeightAverage`), hence the average is what is written.

    Args:
        path: the file, usually `model.pt` in the folder of the run.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)

    def attach(self, engine: Engine) -> None:
        """Look at the key metric at the end of every validation."""
        engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def __call__(self, engine: Engine) -> None:
        """Write the weights where the evaluator has just noted a new best score."""
        if engine.state.best_metric_epoch != engine.state.epoch or engine.state.rank != 0:
            return
        with atomic_path(self.path) as temporary:
            torch.save(plain_network(engine.network).state_dict(), temporary)
        name, score = engine.state.key_metric_name, engine.state.best_metric
        logger.info("epoch %d is the best so far: %s %.4f", engine.state.epoch, name, score)

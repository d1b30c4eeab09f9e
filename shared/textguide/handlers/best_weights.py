"""The weights of the best validation, as a plain state dict."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import ignite.distributed as idist
import torch
from ignite.engine import Engine, Events
from torch import distributed

from textguide.atomic_write import atomic_path
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
        """Prepare every validation, and look at the key metric at its end."""
        engine.add_event_handler(Events.STARTED, self.unwrap)
        engine.add_event_handler(Events.EPOCH_STARTED, self.share_buffers)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self)

    def unwrap(self, engine: Engine) -> None:
        """Validate the network without its distributed wrapper."""
        engine.network = plain_network(engine.network)  # type: ignore[attr-defined]

    def share_buffers(self, engine: Engine) -> None:
        """Send the buffers of the first process to all."""
        if idist.get_world_size() > 1:
            for buffer in engine.network.buffers():  # type: ignore[attr-defined]
                distributed.broadcast(buffer, src=0)

    def __call__(self, engine: Engine) -> None:
        """Write the weights where the evaluator has just noted a new best score."""
        if engine.state.best_metric_epoch != engine.state.epoch or engine.state.rank != 0:
            return
        with atomic_path(self.path) as temporary:
            torch.save(plain_network(engine.network).state_dict(), temporary)
        name, score = engine.state.key_metric_name, engine.state.best_metric
        logger.info("epoch %d is the best so far: %s %.4f", engine.state.epoch, name, score)

"""Weights to start from."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from ignite.engine import Engine, Events

from textguide.handlers.resume import plain_network
from textguide.weights import load_weights

logger = logging.getLogger(__name__)


class LoadWeights:
    """Fill the network of a trainer or an evaluator with stored weights before its first step.

    Put it before `ResumeCheckpoint`, which then has the last word.

    Args:
        path: a state dictionary (`model.pt`), float16 or float32; None does nothing.
        strict: every name and shape must agree; False takes what does, say of another bundle's network with
            the same encoders.

    Raises:
        TypeError: `strict` is neither True nor False: `--strict_weights false` hands over a word.
    """

    def __init__(self, path: str | os.PathLike | None, strict: bool = True) -> None:
        if not isinstance(strict, bool):
            raise TypeError(f"strict is {strict!r}: True or False is allowed, as in --strict_weights False")
        self.path = None if path is None else Path(path)
        self.strict = strict

    def attach(self, engine: Engine) -> None:
        """Load when the engine starts its first run."""
        if self.path is not None:
            engine.add_event_handler(Events.STARTED, self)

    def __call__(self, engine: Engine) -> None:
        """Load, once."""
        path, self.path = self.path, None
        if path is not None:
            network = plain_network(engine.network)  # type: ignore[attr-defined]
            taken = load_weights(network, path, self.strict)
            total = len(network.state_dict())
            logger.info("weights loaded from %s: %d of %d tensors", path, taken, total)

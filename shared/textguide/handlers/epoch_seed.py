"""Randomness of an epoch that does not depend on what ran before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from ignite.engine import Engine, Events

from textguide.engines.seeded_dataset import derived_seed


class EpochSeed:
    """Seed every epoch anew from (seed, epoch), so that a resumed training repeats the uninterrupted one.

    Dropout draws from the global generators of torch and numpy, which are seeded (with the rank besides, so
    that the processes of a distributed run drop different units). Data set, sampler and batch sampler of the
    loader are told the epoch where they have `set_epoch`.

    Args:
        seed: the seed of the training.
        loader: the training loader; None for the one that the trainer runs over.
    """

    def __init__(self, seed: int, loader: Any = None) -> None:
        self.seed = seed
        self.loader = loader

    def attach(self, engine: Engine) -> None:
        """Seed whenever the trainer starts an epoch."""
        engine.add_event_handler(Events.EPOCH_STARTED, self)

    def __call__(self, engine: Engine) -> None:
        """Seed the epoch that the trainer is about to run."""
        epoch = engine.state.epoch
        seed = derived_seed(self.seed, epoch, getattr(engine.state, "rank", 0))
        torch.manual_seed(seed)  # the generators of all devices
        np.random.seed(seed)  # noqa: NPY002 - third-party code draws from the legacy generator
        loader = self.loader if self.loader is not None else engine.data_loader
        for name in ("dataset", "sampler", "batch_sampler"):
            set_epoch = getattr(getattr(loader, name, None), "set_epoch", None)
            if set_epoch is not None:
                set_epoch(epoch)

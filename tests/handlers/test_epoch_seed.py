from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from ignite.engine import Engine

from textguide.handlers import EpochSeed


def draws(seed: int, epoch: int, rank: int = 0) -> tuple[float, float]:
    """Draw at the first step of an epoch, after whatever ran before it."""
    torch.rand(epoch)
    found = []
    engine = Engine(lambda *_: found.append((torch.rand(1).item(), np.random.rand())))  # noqa: NPY002
    engine.data_loader = None
    engine.state.rank = rank
    EpochSeed(seed).attach(engine)
    engine.run([0], max_epochs=epoch)
    return found[-1]


def test_dropout_depends_on_seed_epoch_and_process_alone():
    assert draws(1, 3) == draws(1, 3)
    assert len({draws(1, 3), draws(1, 2), draws(2, 3), draws(1, 3, rank=1)}) == 4


def test_data_set_and_sampler_are_told_the_epoch_before_its_first_batch():
    told = []
    loader = SimpleNamespace(
        dataset=SimpleNamespace(set_epoch=lambda epoch: told.append(("dataset", epoch))),
        sampler=SimpleNamespace(set_epoch=lambda epoch: told.append(("sampler", epoch))),
        batch_sampler=object(),
    )
    engine = Engine(lambda *_: told.append("step"))
    EpochSeed(0, loader=loader).attach(engine)
    engine.run([0], max_epochs=2)
    assert told == [("dataset", 1), ("sampler", 1), "step", ("dataset", 2), ("sampler", 2), "step"]

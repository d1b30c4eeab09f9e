"""The learning rate over a training."""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warmup_cosine(optimizer: Optimizer, warmup: int, total: int, minimum: float = 0.0) -> LambdaLR:
    """A linear rise over the first steps, then half a cosine down to the minimum, which then stays.

    A step is whatever the schedule is stepped by. By epochs: `total` is the number of epochs and MONAI's
    `LrScheduleHandler(lr_scheduler)` steps. By iterations: `total` is epochs times the length of the loader
    and `LrScheduleHandler(lr_scheduler, epoch_level=False)` steps. Its state is one counter, so it resumes
    exactly.

    Args:
        optimizer: its groups' learning rates are the peak.
        warmup: steps of the rise; the first step already has 1 / warmup of the peak. 0 for none. Never more
            than half of all steps: a training of few epochs has a shorter rise, one of a single step none.
        total: steps of the whole training, 1 or more.
        minimum: the end, as a share of the peak, in [0, 1].

    Raises:
        ValueError: the steps or the minimum are out of range.

    Source:
        Loshchilov and Hutter, SGDR (2017), section 3, without restarts.
    """
    if warmup < 0 or total < 1:
        raise ValueError(
            f"a schedule of {total} steps with a warm-up of {warmup}: 1 step (epoch) or more is needed, and "
            "a warm-up of 0 or more"
        )
    warmup = min(warmup, total // 2)
    if not 0.0 <= minimum <= 1.0:
        raise ValueError(f"minimum is {minimum}; it is a share of the peak learning rate, between 0 and 1")

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        progress = min(1.0, (step - warmup) / (total - warmup))
        return minimum + (1.0 - minimum) * 0.5 * (1.0 + math.cos(math.pi * progress))

    return LambdaLR(optimizer, lr_lambda=factor)

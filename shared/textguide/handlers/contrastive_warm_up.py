"""First let image and sentence find each other, then train the task.

Source: the code of SGSeg (Ye et al., MICCAI 2024), whose counter of "epochs" counts steps: 20 of them.
"""

from __future__ import annotations

from ignite.engine import Engine, Events

from textguide.choices import check_choice
from textguide.handlers.resume import plain_network
from textguide.losses import WeightedLosses


class ContrastiveWarmUp:
    """Give one of the weighted losses the whole say for the first steps or epochs of a training.

    Attach it to the trainer. It follows the trainer's own counters, so that a resumed training goes on where
    it was. The other losses are still computed, times 0: every parameter keeps its gradient.

    Args:
        loss: the trainer's loss; its weights are those after the warm-up.
        length: number of steps or epochs; 0 does nothing.
        unit: `step` or `epoch`.
        name: of the loss that warms up.

    Raises:
        ValueError: an unknown unit or loss, or a negative length.
    """

    def __init__(
        self, loss: WeightedLosses, length: int = 0, unit: str = "step", name: str = "contrastive"
    ) -> None:
        check_choice("unit", unit, ("step", "epoch"))
        check_choice("name", name, tuple(loss.losses))
        if length < 0:
            raise ValueError(f"the warm-up has a length of {length}: 0 or more is allowed")
        self.loss, self.length, self.counts_epochs = loss, length, unit == "epoch"
        self.after = dict(loss.weights)
        self.during = {other: float(other == name) for other in loss.losses}

    def attach(self, engine: Engine) -> None:
        """Look at the network when the training starts, and set the weights before each step."""
        if self.length:
            engine.add_event_handler(Events.STARTED, self.check)
            engine.add_event_handler(Events.ITERATION_STARTED, self)

    def check(self, engine: Engine) -> None:
        """Look whether there is something to contrast.

        Raises:
            ValueError: the network publishes nothing of the kind.
        """
        if not getattr(plain_network(engine.network), "contrastive", True):  # type: ignore[attr-defined]
            raise ValueError(
                f"a contrastive warm-up of {self.length} is set, and the network publishes nothing to "
                "contrast: set network_def#contrastive to true, or the warm-up to 0"
            )

    def __call__(self, engine: Engine) -> None:
        """Choose the weights of this step."""
        passed = engine.state.epoch if self.counts_epochs else engine.state.iteration
        self.loss.weights = self.during if passed <= self.length else self.after

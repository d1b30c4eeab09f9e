"""A training that was stopped goes on as if it had not been."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, Events

from textguide.atomic_write import atomic_path
from textguide.weights import plain_network

logger = logging.getLogger(__name__)


def resumable(engine: Engine) -> dict[str, Any]:
    """Return what a checkpoint of this trainer holds besides: name -> object with `state_dict`.

    A handler that has a state enters itself here in its `attach`, so that no configuration has to name it
    twice.
    """
    if not hasattr(engine, "resumable"):
        engine.resumable = {}  # type: ignore[attr-defined]
    return engine.resumable  # type: ignore[attr-defined]


class ResumeCheckpoint:
    """Write the whole state of a training at the end of every epoch, and go on from it when asked to.

    Held: network, optimizer, learning rate schedule, gradient scaler, epoch and iteration, the evaluator's
    best score and its epoch, and every handler that entered itself with `resumable` (early stop, averaged
    weights). With `EpochSeed` and `SeededDataset` the resumed curve is that of an uninterrupted training. The
    epoch that was broken off is run again. The file is replaced only when the new one is complete, and it is
    written after every other handler of the epoch has run, wherever this one stands in the list.

    Every process loads; only the first one writes.

    Args:
        path: the checkpoint, usually `checkpoint_last.pt` in the folder of the run.
        resume: False starts anew; True goes on from `path` where it exists; a path goes on from that file.
        lr_scheduler: the schedule, an object with `state_dict`.
        evaluator: the validation whose best score is kept.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        resume: bool | str | os.PathLike = False,
        lr_scheduler: Any = None,
        evaluator: Engine | None = None,
    ) -> None:
        self.path = Path(path)
        if isinstance(resume, str) and resume.lower() in ("true", "false", "none", ""):
            resume = resume.lower() == "true"  # as a command line hands it over
        self.source = self.path if resume is True else Path(resume) if resume else None
        self.must_exist = resume is not True
        self.lr_scheduler = lr_scheduler
        self.evaluator = evaluator

    def attach(self, engine: Engine) -> None:
        """Load when the trainer starts its first run; save at the end of each epoch."""
        engine.add_event_handler(Events.STARTED, self.start)
        # Attached only when the first epoch starts, so behind all other handlers of EPOCH_COMPLETED.
        engine.add_event_handler(Events.EPOCH_STARTED, self.save_last)

    def save_last(self, engine: Engine) -> None:
        """Put the save behind every handler that listens to the end of an epoch."""
        if not engine.has_event_handler(self.save, Events.EPOCH_COMPLETED):
            engine.add_event_handler(Events.EPOCH_COMPLETED, self.save)

    def start(self, engine: Engine) -> None:
        """Load the checkpoint, once, where the run is to be resumed."""
        source, self.source = self.source, None
        if source is not None and (self.must_exist or source.is_file()):
            self.load(engine, source)
        elif source is not None:
            logger.info("nothing to resume at %s: starting at epoch 1", source)
        elif self.path.is_file() and engine.state.epoch == 0:
            logger.info("starting anew: %s will be replaced at the end of epoch 1", self.path)

    def parts(self, engine: Engine) -> dict[str, Any]:
        """Return the objects whose state is held, by their name in the file."""
        scaler = engine.scaler  # type: ignore[attr-defined]
        parts = {
            "network": plain_network(engine.network),  # type: ignore[attr-defined]
            "optimizer": engine.optimizer,  # type: ignore[attr-defined]
            "lr_scheduler": self.lr_scheduler,
            "scaler": scaler if scaler is not None and scaler.is_enabled() else None,
        }
        parts = {name: part for name, part in parts.items() if part is not None}
        return parts | resumable(engine)

    def save(self, engine: Engine) -> None:
        """Write the checkpoint of the epoch that ends."""
        if engine.state.rank != 0:
            return
        state: dict[str, Any] = {name: part.state_dict() for name, part in self.parts(engine).items()}
        state["trainer"] = {"epoch": engine.state.epoch, "iteration": engine.state.iteration}
        if self.evaluator is not None:
            best = self.evaluator.state
            state["best"] = {"metric": float(best.best_metric), "epoch": int(best.best_metric_epoch)}
        with atomic_path(self.path) as temporary:
            torch.save(state, temporary)

    def load(self, engine: Engine, source: Path) -> None:
        """Restore everything from a file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is broken or no checkpoint, does not fit this training, or is beyond its end.
        """
        state = read_checkpoint(source, engine.state.device)
        parts = self.parts(engine)
        if "scaler" not in state:  # written without mixed precision: the scaler starts afresh
            parts.pop("scaler", None)
        missing = sorted(parts.keys() - state.keys())
        unknown = sorted(state.keys() - parts.keys() - {"trainer", "best", "scaler"})
        if missing or unknown:
            raise ValueError(
                f"{source} is no checkpoint of this training (not in it: {missing}, only in it: {unknown}); "
                "resume with the configuration that wrote it"
            )
        self.check_epoch(engine, source, int(state["trainer"]["epoch"]))
        for name, part in parts.items():
            try:
                part.load_state_dict(state[name])
            except (RuntimeError, KeyError, ValueError) as error:
                problem = " ".join(str(error).split())[:200]
                raise ValueError(
                    f"the {name} in {source} does not fit this training: {problem}; "
                    "resume with the configuration that wrote it"
                ) from error
        self.go_on(engine, state)

    def check_epoch(self, engine: Engine, source: Path, epoch: int) -> None:
        """Compare the checkpoint's epoch with the last one of this training."""
        last = engine.state.max_epochs
        if last is not None and epoch > last:
            raise ValueError(
                f"{source} ends epoch {epoch} and the training has {last}: "
                f"raise epochs to more than {epoch}, or start anew with resume=false"
            )
        if epoch == last:
            logger.info("%s is complete at epoch %d; raise epochs to go on", source, epoch)
        else:
            logger.info("resuming from %s with epoch %d", source, epoch + 1)

    def go_on(self, engine: Engine, state: dict[str, Any]) -> None:
        """Put the trainer behind its last epoch, and the best score into the evaluator."""
        epoch, iteration = int(state["trainer"]["epoch"]), int(state["trainer"]["iteration"])
        if engine.state.epoch_length and iteration != epoch * engine.state.epoch_length:
            logger.warning(
                "an epoch had %d steps and has %d now (other data or batch size): the curve will differ",
                iteration // epoch,
                engine.state.epoch_length,
            )
            iteration = epoch * engine.state.epoch_length
        engine.state.epoch, engine.state.iteration = epoch, iteration
        if self.evaluator is not None and "best" in state:
            self.evaluator.state.best_metric = state["best"]["metric"]
            self.evaluator.state.best_metric_epoch = state["best"]["epoch"]


def read_checkpoint(source: Path, device: torch.device) -> dict[str, Any]:
    """Read what `ResumeCheckpoint` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is broken, or holds weights alone.
    """
    if not source.is_file():
        raise FileNotFoundError(f"no checkpoint {source}; resume takes true, false or the path of one")
    try:
        state = torch.load(source, map_location=device, weights_only=True)
    except Exception as error:  # zip, pickle and torch each have their own for a broken file
        problem = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{source} cannot be read as a checkpoint ({problem}); start anew with resume=false"
        ) from error
    if not isinstance(state, dict) or "trainer" not in state:
        raise ValueError(
            f"{source} is no checkpoint: it does not say where a training stood; to start from its weights, "
            "give it as initial_weights"
        )
    return state

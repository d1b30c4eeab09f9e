"""The course of a training as a table."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ignite.engine import Engine, Events

from textguide.atomic_write import atomic_path
from textguide.handlers.epoch_numbers import LOSS, EpochNumbers, epoch_numbers, scalar_metrics


class CSVLog:
    """One row for each epoch: epoch, mean training loss, learning rate, the validation's metrics, seconds.

    Attach it to the trainer. After each epoch the file is complete and replaced as a whole. A resumed
    training keeps the rows of the epochs before it and drops those that it runs again; a training that starts
    at epoch 1 starts the file anew. An epoch without a validation leaves its metrics empty.

    Args:
        path: the file, such as `train.csv` in the folder of the run.
        evaluator: the validation; None for a training without one.
    """

    def __init__(self, path: str | os.PathLike, evaluator: Engine | None = None) -> None:
        self.path = Path(path)
        self.evaluator = evaluator
        self.rows: list[dict[str, str]] | None = None

    def attach(self, engine: Engine) -> None:
        """Follow the trainer."""
        self.numbers: EpochNumbers = epoch_numbers(engine)
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.EPOCH_STARTED, self.start_epoch)

    def start(self, engine: Engine) -> None:
        """Have the rows read when the first epoch is known, and each new one written after the validation."""
        self.rows = None
        if not engine.has_event_handler(self.finish_epoch, Events.EPOCH_COMPLETED):
            engine.add_event_handler(Events.EPOCH_COMPLETED, self.finish_epoch)

    def start_epoch(self, engine: Engine) -> None:
        """Keep the rows of the epochs before the one that starts."""
        if self.rows is None:
            self.rows = [row for row in read_rows(self.path) if int(row["epoch"]) < engine.state.epoch]

    def finish_epoch(self, engine: Engine) -> None:
        """Add the row of the epoch that ends."""
        assert self.rows is not None
        validated = self.evaluator is not None and self.evaluator.state.epoch == engine.state.epoch
        row = {
            "epoch": str(engine.state.epoch),
            LOSS: f"{engine.state.metrics[LOSS]:.6f}",
            "learning_rate": f"{self.numbers.learning_rate:.6g}",
        }
        metrics = scalar_metrics(self.evaluator) if validated else {}
        row |= {name: f"{value:.6f}" for name, value in metrics.items()}
        self.rows.append(row | {"seconds": f"{self.numbers.seconds:.1f}"})
        if engine.state.rank == 0:
            write_rows(self.path, self.rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none where there is no file.

    Raises:
        ValueError: the table is not one of epochs.
    """
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if any(not (row.get("epoch") or "").isdigit() for row in rows):
        raise ValueError(f"{path} is no table of epochs; move it away, or give the log another path")
    return rows


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a table whose columns are those of all rows, `seconds` last."""
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "seconds"]
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=[*columns, "seconds"], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)

"""One pass over the cases for each kind of sentence: each image decoded once, each finished pass kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from monai.data import CacheDataset, DataLoader
from numpy.typing import NDArray

from textguide.engines.case_recorder import Arrays, CaseRecorder, unpack
from textguide.engines.evaluation import ConditionEvaluation
from textguide.engines.self_guidance import guidance_of
from textguide.engines.stress_parts import StressParts
from textguide.engines.stress_texts import Pair, twin_texts
from textguide.engines.text_conditions import by_record, condition_texts
from textguide.metrics import COUNTS, case_rows

logger = logging.getLogger(__name__)

TWINS = ("twins:first", "twins:second")
_MASKS = ("right", "empty", "side_swapped", *TWINS)
Record = dict[str, Any]


class StressPasses:
    """The cases, their text under each condition, and what the network made of it.

    Args:
        evaluation: whose evaluator, section and seed are taken.
        conditions: some of `TEXT_CONDITIONS`; the two sentences of `TWINS` come after them.
        cases: about so many cases, as whole patients chosen by the seed; None takes all.

    Attributes:
        records: the cases.
        texts: name -> the text of each case, None where the condition does not fit it.
        pairs: for each case the sentences of its twins with their zones, or None.
        found: name -> `counts` (n, 4), and `masks` and `labels` where something asks for them, of the cases
            that it fits.
    """

    def __init__(self, evaluation: ConditionEvaluation, conditions: Sequence[str], cases: int | None) -> None:
        self.evaluation = evaluation
        self.records = load_once(evaluation, cases)
        seed = evaluation.seed
        self.texts = {name: condition_texts(name, self.records, seed) for name in conditions}
        self.pairs: Sequence[Pair | None] = by_record("twins", twin_texts)(self.records, seed)
        for number, name in enumerate(TWINS):
            self.texts[name] = [None if pair is None else pair[number][0] for pair in self.pairs]
        self.found: dict[str, Arrays] = {}

    def infer(self, parts: StressParts) -> None:
        """Make every pass that fits a case, or take the one that is kept."""
        names = [name for name, texts in self.texts.items() if any(text is not None for text in texts)]
        for number, name in enumerate(names, start=1):
            started = time.perf_counter()
            self.found[name] = parts.get(name, self.texts[name], partial(self._infer_one, name))
            counts = self.found[name]["counts"]
            tp, fp, fn, _ = counts.sum(axis=0).tolist()
            line = "%d of %d, %s: %d cases, global Dice %.4f; %.0f s"
            scores = len(counts), 2 * tp / max(2 * tp + fp + fn, 1), time.perf_counter() - started
            logger.info(line, number, len(names), name, *scores)

    def _infer_one(self, name: str) -> Arrays:
        keep = (("masks",) if name in _MASKS else ()) + (("labels",) if name == "right" else ())
        recorder = CaseRecorder(*keep)
        with guidance_of(name, self.evaluation.evaluator.network):
            rows = self.evaluation.evaluate(self.texts[name], recorder)
        counts = [[row[column] for column in COUNTS] for row in rows]
        return recorder.arrays() | {"counts": np.array(counts)}

    def places(self, name: str) -> NDArray[np.int64]:
        """Return the numbers of the cases that a condition fits."""
        return np.flatnonzero([text is not None for text in self.texts[name]])

    def groups(self, places: NDArray[np.int64]) -> list[str]:
        """Return the patient of each of these cases."""
        return [group_of(self.records[place]) for place in places]

    def rows(self, name: str, counts: NDArray | None = None) -> list[dict[str, Any]]:
        """Return one row for each case of a condition, of its own or of other counts."""
        places = self.places(name)
        cases = [str(self.records[place]["case_id"]) for place in places]
        return case_rows(cases, self.groups(places), self.found[name]["counts"] if counts is None else counts)

    def masks(self, row: int, *names: str) -> list[NDArray[np.bool_]]:
        """Return the masks (W, H) of one row under several conditions that fit the same cases."""
        return [unpack(self.found[name]["masks"][row], self.found[name]["size"]) for name in names]


def load_once(evaluation: ConditionEvaluation, cases: int | None) -> list[Record]:
    """Give the evaluator the chosen cases, each decoded once, and return their records."""
    loader = evaluation.evaluator.data_loader
    assert isinstance(loader, DataLoader)
    dataset: Any = loader.dataset
    records = choose_patients(list(dataset.data), cases, evaluation.seed)
    evaluation.evaluator.data_loader = DataLoader(
        CacheDataset(records, dataset.transform, progress=False),
        batch_size=loader.batch_size,
        num_workers=loader.num_workers,
        pin_memory=loader.pin_memory,
    )
    return records


def choose_patients(records: list[Record], cases: int | None, seed: int) -> list[Record]:
    """Choose whole patients at random until there are at least so many cases; their order stays."""
    if cases is None or cases >= len(records):
        return records
    groups = [group_of(record) for record in records]
    names, sizes = np.unique(groups, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), cases)) + 1
    chosen = set(names[order[:enough]].tolist())
    return [record for record, group in zip(records, groups, strict=True) if group in chosen]


def group_of(record: Record) -> str:
    """Return the patient of a record; a case without one is its own."""
    return str(record.get("group_id") or record["case_id"])

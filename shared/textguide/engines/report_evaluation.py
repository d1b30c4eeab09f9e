"""What a network wrote of each film: its zones and its sentence against those of the record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from ignite.engine import Engine
from monai.engines import SupervisedEvaluator
from torch import nn

from textguide.engines.case_recorder import CaseRecorder, unpack
from textguide.inferers import ReportInferer
from textguide.metrics import (
    COUNTS,
    ZONE_NAMES,
    ZoneMetric,
    mean_with_interval,
    paired_difference,
    report_scores,
    zone_scores,
)
from textguide.metrics.report_scores import words_of
from textguide.metrics.zones import zone_logits_of
from textguide.text import parse_report, write_report
from textguide.weights import plain_network
from textguide.writers import WrittenCase

_WRONG, _RIGHT = 8, 4
"""Cases of a picture: so many with the most zones wrong, and so many without a wrong one."""

Record = dict[str, Any]
Row = dict[str, Any]


class WrittenReports:
    """Collects what a network writes while an evaluator runs it without a text.

    Called after each batch. Held are the zone logits, and both masks a bit a pixel, of every case.

    Args:
        network: the evaluator's.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network: Any = plain_network(network)
        self.found = ZoneMetric()
        self.masks = CaseRecorder("masks", "labels")

    def __call__(self, engine: Engine) -> None:
        """Take what the last batch showed.

        Raises:
            ValueError: the evaluator's inferer keeps the mask alone.
        """
        if zone_logits_of(engine.state.output) is None:
            raise ValueError(
                f"{type(self.network).__name__} writes reports, and the evaluator's inferer keeps the mask "
                "alone; evaluate whole images (validate#inferer), or leave the condition without a text out"
            )
        self.found.iteration_completed(engine)
        self.masks(engine)

    def rows(self, records: Sequence[Record], scores: Sequence[Row]) -> list[Row]:
        """Return one row for each case.

        Args:
            records: of the cases, in their order.
            scores: the rows of their masks.

        Returns:
            `case_id`, `group_id`, `dice`, `written` and `text` (the sentences), `predicted`, `bits` (of the
            sentence: a network may write another one than that of no zone), `probabilities` and `zones`, six
            each.
        """
        bits = self.network.written_zones(self.found.logits()).tolist()
        return [
            {
                **row,
                "dice": score["dice"],
                "written": write_report(own),
                "text": (record.get("text") or "").strip(),
                "bits": own,
            }
            for row, score, record, own in zip(self.found.rows(), scores, records, bits, strict=True)
        ]

    def pictures(
        self, rows: Sequence[Row], records: Sequence[Record], dataset: Any, seed: int
    ) -> list[WrittenCase]:
        """Return the cases of a picture: those with most zones wrong first, then some that are right.

        Args:
            rows: as `rows` returns them.
            records: of the cases.
            dataset: whose items have the `image` (C, W, H) of the cases, in their order.
            seed: chooses among equals.
        """
        arrays = self.masks.arrays()
        chosen = choose_cases(rows, seed)
        masks = {name: unpack(arrays[name][chosen], arrays["size"]) for name in ("masks", "labels")}
        return [
            WrittenCase(
                name=rows[place]["case_id"],
                image=np.asarray(dataset[place]["image"], dtype=np.float32),
                predicted=masks["masks"][number],
                label=masks["labels"][number],
                written=rows[place]["written"],
                text=rows[place]["text"],
                dice=rows[place]["dice"],
                probabilities=rows[place]["probabilities"],
                zones=rows[place]["zones"],
                side_convention=records[place].get("side_convention") or "image",
            )
            for number, place in enumerate(chosen)
        ]


@contextmanager
def asked_for_reports(evaluator: SupervisedEvaluator) -> Iterator[None]:
    """Let an evaluator ask its network for reports, whatever its inferer asks for, until the block ends."""
    inferer = evaluator.inferer
    evaluator.inferer = ReportInferer(inferer)
    try:
        yield
    finally:
        evaluator.inferer = inferer


def report_summary(rows: Sequence[Row], draws: int, seed: int) -> dict[str, Any]:
    """Score what was written.

    Returns:
        `zones`: see `zone_scores`, of the zones found at a probability of one half; `report`: the number `n`
        of cases that have a sentence of their own, and over these the `report_scores` and how many sentences
        are `identical` word by word, with its interval; over all cases how many sentences name no zone
        (`no_infection`), and the share that `parse_report` reads back to the bits they were written from.
    """
    groups = [row["group_id"] for row in rows]
    told = [row for row in rows if row["text"]]
    report: dict[str, Any] = {"n": len(told)}
    if told:
        same = [words_of(row["written"]) == words_of(row["text"]) for row in told]
        report |= report_scores([row["written"] for row in told], [row["text"] for row in told])
        report["identical"] = mean_with_interval(same, [row["group_id"] for row in told], draws, seed)
    report["no_infection"] = sum(not any(row["bits"]) for row in rows)
    report["read_back"] = float(np.mean([is_read_back(row["written"], row["bits"]) for row in rows]))
    predicted, true = ([row[name] for row in rows] for name in ("predicted", "zones"))
    return {"zones": zone_scores(predicted, true, groups, draws, seed), "report": report}


def guidance_differences(rows: Sequence[Row], draws: int, seed: int) -> dict[str, Any]:
    """Tell what a network's own sentence is worth: paired differences of the scores on the same cases.

    Args:
        rows: one for each condition and case, in one order under each condition.
        draws: see `paired_difference`.
        seed: see `paired_difference`.

    Returns:
        `generated - none` and `full - generated`, as far as their conditions were run (`empty`, `unguided`,
        `right`): protocol -> score -> `{"value", "low", "high"}`.
    """
    found: dict[str, Any] = {}
    for name, one, other in (
        ("generated - none", "empty", "unguided"),
        ("full - generated", "right", "empty"),
    ):
        ours, theirs = ([row for row in rows if row["condition"] == condition] for condition in (one, other))
        if ours and theirs:
            counts, others = (
                np.array([[row[count] for count in COUNTS] for row in of]) for of in (ours, theirs)
            )
            groups = [row["group_id"] for row in ours]
            found[name] = paired_difference(counts, others, groups, n=draws, seed=seed)
    return found


def is_read_back(sentence: str, bits: Sequence[int]) -> bool:
    """Tell whether the grammar reads a sentence back to the zones it was written from."""
    return parse_report(sentence).zones == tuple(bits)


def summary_line(summary: dict[str, Any]) -> str:
    """Return the scores in one line for a reader."""
    zones, report = summary["zones"], summary["report"]
    line = f"zones: macro F1 {zones['macro']['f1']['value']:.3f}, all six right "
    line += f"{zones['exact_match']['value']:.1%} of {zones['exact_match_n']:,}"
    if report["n"]:
        line += f"; sentences: BLEU-4 {report['bleu_4']:.3f}, identical {report['identical']['value']:.1%}"
    return line


def flat_row(row: Row) -> Row:
    """Return a row of a table: one column for each zone, empty where the truth is unknown."""
    flat = {name: row[name] for name in ("case_id", "group_id", "dice", "written", "text")}
    for name, values in (("probability", "probabilities"), ("written", "bits"), ("true", "zones")):
        for zone, value in zip(ZONE_NAMES, row[values], strict=True):
            known = value if values == "probabilities" else None if math.isnan(value) else int(value)
            flat[f"{name}_{zone}"] = known
    return flat


def choose_cases(rows: Sequence[Row], seed: int) -> list[int]:
    """Choose the cases of a picture and their order.

    A dozen where there are as many: the most different sentences first, then some without a wrong zone; where
    either are few, more of the others. Chance decides among equals.
    """
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    wrong = {place: wrong_zones(rows[place]) for place in order}
    different = sorted((place for place in order if wrong[place]), key=lambda place: -wrong[place])
    right = [place for place in order if not wrong[place]]
    most = max(_WRONG, _WRONG + _RIGHT - len(right))
    different = different[:most]
    return different + right[: _WRONG + _RIGHT - len(different)]


def wrong_zones(row: Row) -> int:
    """Count the known zones that the written sentence has wrong."""
    pairs = zip(row["bits"], row["zones"], strict=True)
    return sum(not math.isnan(true) and bit != int(true) for bit, true in pairs)

"""An evaluation that can be published: both protocols, every text condition, and where it all came from."""

from __future__ import annotations

import csv
import json
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import numpy as np
from ignite.engine import Events
from monai.data import DataLoader
from monai.engines import SupervisedEvaluator

from textguide.atomic_write import atomic_path
from textguide.data import read_datalist, split_hash
from textguide.engines.provenance import command_line, package_versions
from textguide.engines.report_evaluation import (
    WrittenReports,
    asked_for_reports,
    flat_row,
    guidance_differences,
    report_summary,
    summary_line,
)
from textguide.engines.retexted_dataset import RetextedDataset
from textguide.engines.self_guidance import check_runnable, guidance_of, writes_reports
from textguide.engines.text_conditions import CONDITIONS, check_conditions, condition_texts
from textguide.metrics import COUNTS, SegmentationMetric, require_nltk, scores_with_intervals
from textguide.weights import read_weights, weights_sha256
from textguide.writers import draw_report_comparison

logger = logging.getLogger(__name__)


class ConditionEvaluation:
    """Evaluate one network under several text conditions, on one section of a datalist.

    The evaluator of the training is used as it is, handlers and all, once for each condition; only the texts
    of its data change. With a cached data set each image is decoded once. Written, each as a whole or not at
    all:

    * `NAME.json`: the section by its name (a validation score is never called a test score), the number of
      cases and of empty masks, the hash of the split and of the weights, the command, and for each condition
      both protocols with their intervals over the patients;
    * `NAME.csv`: one row for each condition and case, with the pixel counts, out of which every score can be
      had.

    Of a network that writes the sentence it is not given, the condition without a text says also how well
    its `zones` and its sentences (`report`) fit those of the records, see `report_summary`, and two more
    files are written: `NAME_reports.csv`, one row a case, and `NAME_reports.png`, some of the cases as a
    picture. Both hold the records' sentences.

    Args:
        evaluator: MONAI's evaluator, whose loader runs over the records of the section.
        metric: the evaluator's own metric.
        section: `training`, `validation` or `testing`.
        dataset_dir: the folder of the datalist.
        output_dir: the folder to write to.
        weights: the file of weights that the evaluator's handlers load.
        conditions: any of `TEXT_CONDITIONS`.
        seed: of the shuffled texts and of the intervals.
        draws: resamplings of an interval.
        name: of the files.
        datalist: name of the datalist within its folder.

    Raises:
        ValueError: an unknown condition, or one that the network cannot be put to.
    """

    def __init__(
        self,
        evaluator: SupervisedEvaluator,
        metric: SegmentationMetric,
        section: str,
        dataset_dir: str | os.PathLike,
        output_dir: str | os.PathLike,
        weights: str | os.PathLike | None = None,
        conditions: Sequence[str] = CONDITIONS,
        seed: int = 0,
        draws: int = 1000,
        name: str = "evaluation",
        datalist: str = "datalist.json",
    ) -> None:
        self.evaluator = evaluator
        self.metric = metric
        self.section = section
        self.datalist = Path(dataset_dir) / datalist
        self.output_dir = Path(output_dir)
        self.weights = None if weights is None else Path(weights)
        self.conditions = check_conditions(conditions)
        check_runnable(self.conditions, evaluator.network)
        self.seed = seed
        self.draws = draws
        self.name = name

    def run(self) -> dict[str, Any]:
        """Evaluate, write the files, and return what the JSON file holds.

        Raises:
            ImportError: a network writes reports, and there is nothing to score them with.
            ValueError: the evaluator's cases are not those of the section, or several processes run.
        """
        if writes_reports(self.evaluator.network):
            require_nltk()  # rather now than after all the work
        records = list(self.evaluator.data_loader.dataset.data)  # type: ignore[union-attr]
        report = self.provenance(records)
        rows: list[dict[str, Any]] = []
        empty_masks: set[str] = set()
        for condition in self.conditions:
            texts = condition_texts(condition, records, self.seed)
            if all(text is None for text in texts):
                raise ValueError(f"the condition {condition!r} fits none of the {len(records)} cases")
            started = time.perf_counter()
            with guidance_of(condition, self.evaluator.network):
                found, written = self.evaluate_reports(texts)
            seconds = time.perf_counter() - started
            report["conditions"][condition] = self.scores(found) | {
                "unchanged_texts": unchanged(texts, records)
            }
            rows += [{"condition": condition} | row for row in found]
            empty_masks |= {row["case_id"] for row in found if row["tp"] + row["fn"] == 0}
            self.log(condition, report["conditions"][condition], len(found), seconds)
            if written is not None:
                report["conditions"][condition] |= self.write_reports(written, records, found, report)
        report["empty_masks"] = len(empty_masks)
        if writes_reports(self.evaluator.network):
            report["differences"] = guidance_differences(rows, self.draws, self.seed)
        write_report(self.output_dir / f"{self.name}.json", report)
        write_cases(self.output_dir / f"{self.name}.csv", rows)
        return report

    def provenance(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the head of the report, after making sure that the cases are those of the section."""
        if idist.get_world_size() > 1:
            raise ValueError("an evaluation runs in one process; start it without torchrun")
        if self.weights is not None:
            read_weights(self.weights)  # refuses values that are not finite, before they score 0
        datalist = read_datalist(self.datalist)
        known = {record["case_id"] for record in datalist[self.section]}
        strangers = sum(record["case_id"] not in known for record in records)
        if strangers or not records:
            raise ValueError(
                f"{strangers} of {len(records)} cases are not in the section {self.section!r} of "
                f"{self.datalist}; the evaluator's data set must load that section"
            )
        return {
            "section": self.section,
            "dataset": datalist["name"],
            "n": len(records),
            "n_section": len(known),
            "groups": len({record.get("group_id") or record["case_id"] for record in records}),
            "empty_masks": 0,
            "split_sha256": split_hash(datalist),
            "weights_sha256": None if self.weights is None else weights_sha256(self.weights),
            "seed": self.seed,
            "draws": self.draws,
            "command": command_line(sys.argv),
            "versions": package_versions(),
            "conditions": {},
        }

    def evaluate(
        self, texts: Sequence[str | None], watch: Callable[..., None] | None = None
    ) -> list[dict[str, Any]]:
        """Run the evaluator with these texts and return the rows of the cases.

        Args:
            texts: one for each case; None leaves the case out.
            watch: called with the engine after each batch.
        """
        loader = self.evaluator.data_loader
        assert isinstance(loader, DataLoader)
        self.evaluator.data_loader = DataLoader(
            RetextedDataset(loader.dataset, texts),
            batch_size=loader.batch_size,
            num_workers=loader.num_workers,
            pin_memory=loader.pin_memory,
        )
        state = self.evaluator.state
        batches, state.epoch_length = state.epoch_length, len(self.evaluator.data_loader)
        watching = watch and self.evaluator.add_event_handler(Events.ITERATION_COMPLETED, watch)
        try:
            self.evaluator.run()
        finally:
            self.evaluator.data_loader, state.epoch_length = loader, batches
            if watching:
                watching.remove()
        return self.metric.rows()

    def evaluate_reports(
        self, texts: Sequence[str | None]
    ) -> tuple[list[dict[str, Any]], WrittenReports | None]:
        """Run the evaluator with these texts; where there are none, hold what the network writes, if it does.

        Returns:
            The rows of the cases, and what was written.
        """
        network = self.evaluator.network
        if not writes_reports(network) or any(text is None or text.strip() for text in texts):
            return self.evaluate(texts), None
        written = WrittenReports(network)
        with asked_for_reports(self.evaluator):
            return self.evaluate(texts, written), written

    def write_reports(
        self,
        written: WrittenReports,
        records: Sequence[dict[str, Any]],
        found: Sequence[dict[str, Any]],
        report: dict[str, Any],
    ) -> dict[str, Any]:
        """Write table and picture of the sentences, and return their scores."""
        rows = written.rows(records, found)
        summary = report_summary(rows, self.draws, self.seed)
        line = summary_line(summary)
        logger.info("%s, written reports: %s", self.section, line)
        write_cases(self.output_dir / f"{self.name}_reports.csv", [flat_row(row) for row in rows])
        loader = self.evaluator.data_loader
        cases = f"{report['n']:,} images, {report['groups']:,} patients"
        assert isinstance(loader, DataLoader)
        draw_report_comparison(
            written.pictures(rows, records, loader.dataset, self.seed),
            self.output_dir / f"{self.name}_reports.png",
            "Written reports",
            f"{report['dataset']}, {self.section}: {cases}; {line}; the most different first",
        )
        return summary

    def scores(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return both protocols with their intervals."""
        counts = np.array([[row[name] for name in COUNTS] for row in rows])
        groups = [row["group_id"] for row in rows]
        return dict(scores_with_intervals(counts, groups, n=self.draws, seed=self.seed))

    def log(self, condition: str, scores: dict[str, Any], cases: int, seconds: float) -> None:
        """Say how a condition went."""
        pooled, single = scores["global"]["dice"], scores["per_image"]["dice"]["value"]
        line = "%s, %s text: Dice global %.4f [%.4f, %.4f], per image %.4f; %d cases, %.1f images/s"
        ends = pooled["value"], pooled["low"], pooled["high"]
        logger.info(line, self.section, condition, *ends, single, cases, cases / seconds)


def unchanged(texts: Sequence[str | None], records: Sequence[dict[str, Any]]) -> int:
    """Count the texts that are the records' own."""
    return sum(text == (record.get("text") or "") for text, record in zip(texts, records, strict=True))


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON; a number that is not defined becomes null."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(finite(report), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def finite(value: Any) -> Any:
    """Return a report in which every number that is not defined is None."""
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_cases(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write one row for each condition and case."""
    # A sentence may hold half a surrogate pair, a cut-off emoji, which UTF-8 cannot say.
    with (
        atomic_path(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)

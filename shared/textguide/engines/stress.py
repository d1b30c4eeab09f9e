"""The stress card of a network: what its masks are worth under every kind of sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textguide.engines.case_recorder import unpack
from textguide.engines.evaluation import ConditionEvaluation, unchanged, write_cases, write_report
from textguide.engines.self_guidance import check_runnable, is_runnable
from textguide.engines.stress_parts import StressParts
from textguide.engines.stress_passes import TWINS, StressPasses
from textguide.engines.stress_texts import zones_of
from textguide.engines.text_conditions import TEXT_CONDITIONS, check_conditions
from textguide.engines.twins import ZonePicture, confusion_of
from textguide.metrics import mean_with_interval, paired_difference, scores_with_intervals
from textguide.text import parse_report

REFERENCES = ("right", "empty")
SIDE_CONDITIONS = ("right", "side_swapped")

Mask = NDArray[np.bool_]
SideWarnings = Callable[[str, Mask, Mask], dict[str, bool] | None]


class StressEvaluation:
    """Score one network under every condition of `TEXT_CONDITIONS`, and see what its masks follow.

    Each image is decoded once. A finished condition is kept in `OUTPUT_DIR/NAME_parts`, so that an
    interrupted run goes on where it stopped. Written at the end:

    * `NAME.json`: beside the provenance of an evaluation, for each condition its scores, those of its
      reference (the right or the empty text) on the same cases, and the paired difference, all with their
      intervals over the patients; how often a warning about the side would be given, how often a
      contradiction is seen, and how the masks of twins differ;
    * `NAME.csv`: one row for each condition and case, with the pixel counts; of twins those of one mask
      against the other.

    Args:
        evaluation: of the bundle, as its own configuration builds it.
        side_warnings: text, its mask and the mask without a text (both (W, H)) -> for each kind of warning
            whether it is given; None where the text names no side alone.
        cases: about so many cases, as whole patients chosen by the seed; None takes all.
        settings: what else decides a result, for the files of finished conditions.
        conditions: some of `TEXT_CONDITIONS`, or None for all that the network can be put to; `right` and
            `empty` are always among them.
        name: of the files.

    Raises:
        ValueError: an unknown condition, one that the network cannot be put to, or fewer than one case.
    """

    def __init__(
        self,
        evaluation: ConditionEvaluation,
        side_warnings: SideWarnings,
        cases: int | None = None,
        settings: dict[str, Any] | None = None,
        conditions: Sequence[str] | None = None,
        name: str = "stress",
    ) -> None:
        if cases is not None and cases < 1:
            raise ValueError(f"cases is {cases}; at least 1 is needed, or none to take all")
        self.evaluation = evaluation
        self.side_warnings = side_warnings
        self.cases = cases
        self.settings = settings or {}
        network = evaluation.evaluator.network
        if conditions is None:
            conditions = [name for name in TEXT_CONDITIONS if is_runnable(name, network)]
        check_runnable(check_conditions(conditions), network)
        self.conditions = tuple(dict.fromkeys((*REFERENCES, *conditions)))
        self.name = name

    def run(self) -> dict[str, Any]:
        """Evaluate, write the two files, and return what the JSON file holds.

        Raises:
            ValueError: the evaluator's cases are not those of the section.
        """
        passes = StressPasses(self.evaluation, self.conditions, self.cases)
        report = self.evaluation.provenance(passes.records) | {"cases": self.cases}
        passes.infer(self.parts(report, passes))
        names = [name for name in self.conditions if name in passes.found]
        report["empty_masks"] = sum(row["tp"] + row["fn"] == 0 for row in passes.rows("right"))
        report["conditions"] = {name: self.summary(passes, name) for name in names}
        report["without_cases"] = [name for name in self.conditions if name not in names]
        report["side_warnings"] = self.warnings(passes)
        report["contradictions"] = self.contradictions(passes)
        rows = [{"condition": name} | row for name in names for row in passes.rows(name)]
        twins, report["twins"] = self.twins(passes)
        folder = self.evaluation.output_dir
        write_cases(folder / f"{self.name}.csv", rows + [{"condition": "twins"} | row for row in twins])
        write_report(folder / f"{self.name}.json", report)
        return report

    def parts(self, report: dict[str, Any], passes: StressPasses) -> StressParts:
        """Return where finished conditions are kept."""
        identity = {name: report[name] for name in ("weights_sha256", "split_sha256", "section")}
        identity |= {"settings": self.settings, "cases": [record["case_id"] for record in passes.records]}
        return StressParts(self.evaluation.output_dir / f"{self.name}_parts", identity)

    def summary(self, passes: StressPasses, name: str) -> dict[str, Any]:
        """Return the scores of a condition beside those of its reference on the same cases."""
        condition, places = TEXT_CONDITIONS[name], passes.places(name)
        counts, groups = passes.found[name]["counts"], passes.groups(places)
        sampling = self.evaluation.draws, self.evaluation.seed
        found: dict[str, Any] = {
            "kind": condition.kind,
            "n": len(places),
            "groups": len(set(groups)),
            "unchanged_texts": unchanged(passes.texts[name], passes.records),
            **overlaps(scores_with_intervals(counts, groups, *sampling)),
        }
        if name != condition.reference:
            others = passes.found[condition.reference]["counts"][places]
            found["reference"] = condition.reference
            found["reference_scores"] = overlaps(scores_with_intervals(others, groups, *sampling))
            found["difference"] = overlaps(paired_difference(counts, others, groups, *sampling))
        return found

    def share(self, passes: StressPasses, values: dict[int, float]) -> dict[str, Any]:
        """Return the mean of one value a case with its interval, and the number of cases."""
        if not values:
            return {"n": 0}
        groups = passes.groups(np.array(list(values)))
        mean = mean_with_interval(list(values.values()), groups, self.evaluation.draws, self.evaluation.seed)
        return {"n": len(values)} | mean

    def warnings(self, passes: StressPasses) -> dict[str, Any]:
        """Return how often a user is warned about the side, of the texts that name one side alone."""
        found: dict[str, Any] = {}
        for name in (name for name in SIDE_CONDITIONS if name in passes.found):
            answers = {
                place: answer
                for place, text in enumerate(passes.texts[name])
                if (answer := self.side_warnings(text or "", *passes.masks(place, name, "empty"))) is not None
            }
            kinds = dict.fromkeys(kind for answer in answers.values() for kind in answer)
            found[name] = {"n": len(answers)} | {
                kind: self.share(passes, {place: float(answer[kind]) for place, answer in answers.items()})
                for kind in kinds
            }
        return found

    def contradictions(self, passes: StressPasses) -> dict[str, Any]:
        """Return how often a text is found to contradict itself, where it does and where it does not."""
        found: dict[str, Any] = {}
        for name in (name for name in ("right", "contradictory") if name in passes.found):
            reports = {place: parse_report(passes.texts[name][place]) for place in passes.places(name)}
            seen = {place: float(bool(report.contradictions)) for place, report in reports.items()}
            found[name] = self.share(passes, seen)
        return found

    def twins(self, passes: StressPasses) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Compare the two masks of each pair: rows of their overlap, and a summary."""
        if TWINS[0] not in passes.found:
            return [], {"n": 0}
        picture, counts = self.zone_picture(passes), []
        bound: dict[int, float] = {}
        shares: dict[int, list[float]] = {}
        expected: dict[int, list[float]] = {}
        for row, place in enumerate(passes.places(TWINS[0]).tolist()):
            (one, two), pair = passes.masks(row, *TWINS), passes.pairs[place]
            assert pair is not None
            (_, first), (_, second) = pair
            counts.append(confusion_of(one, two))
            bound[place] = float(picture.is_bound(one, two, first, second))
            shares[place] = [
                picture.share_in_the_others(one, first, second),
                picture.share_in_the_others(two, second, first),
            ]
            expected[place] = [picture.expected_share(first, second), picture.expected_share(second, first)]
        rows = passes.rows(TWINS[0], np.array(counts))
        between = {place: row["dice"] for place, row in zip(shares, rows, strict=True)}
        return rows, {
            "n": len(rows),
            "dice_between": self.share(passes, between),
            "bound": self.share(passes, bound),
            "in_the_others_zones": self.share(passes, defined_means(shares)),
            "labels_in_the_others_zones": self.share(passes, defined_means(expected)),
        }

    def zone_picture(self, passes: StressPasses) -> ZonePicture:
        """Return where the zones lie, out of the section's own masks."""
        right = passes.found["right"]
        labels = unpack(right["labels"], right["size"])
        zones = [zones_of(record) or [math.nan] * 6 for record in passes.records]
        mirrored = passes.records[0].get("side_convention") == "patient"
        return ZonePicture(labels, np.array(zones, dtype=float), mirrored)


def defined_means(values: dict[int, list[float]]) -> dict[int, float]:
    """Return the mean of each entry, but for those in which a value is not defined."""
    means = {key: float(np.mean(entries)) for key, entries in values.items()}
    return {key: mean for key, mean in means.items() if not math.isnan(mean)}


def overlaps(scores: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Take Dice and IoU of both protocols."""
    return {protocol: {name: found[name] for name in ("dice", "iou")} for protocol, found in scores.items()}

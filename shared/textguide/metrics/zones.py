"""How well six zones are found: scores of bits against bits, and the metric that an evaluator carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from ignite.engine import Engine
from monai.handlers import IgniteMetricHandler
from monai.metrics import CumulativeIterationMetric
from monai.utils import string_list_all_gather
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from textguide.metrics.bootstrap import draw_groups, mean_with_interval, score_entry
from textguide.metrics.scores import Array
from textguide.metrics.segmentation import CASE_KEYS, batch_entries

ZONE_NAMES = ("left_upper", "left_middle", "left_lower", "right_upper", "right_middle", "right_lower")
DETECTION_SCORES = ("precision", "recall", "f1")
_NOT_DEFINED = {"value": math.nan, "low": math.nan, "high": math.nan}


def detection_scores(counts: NDArray) -> dict[str, Array]:
    """Compute precision, recall and F1 of each row of counts.

    0 / 0 is not defined, hence NaN: the precision of a zone that is never predicted, the recall of one that
    is never there. F1 = 2 tp / (2 tp + fp + fn) is 0 where either happens, and NaN only where both do.

    Args:
        counts: (..., 4) true positive, false positive, false negative, true negative.

    Returns:
        Three arrays (...) in [0, 1] or NaN.
    """
    tp, fp, fn, _ = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)

    def ratio(numerator: Array, denominator: Array) -> Array:
        return np.where(denominator > 0, numerator / np.maximum(denominator, 1e-300), np.nan)

    return {
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }


def zone_scores(
    predicted: ArrayLike, true: ArrayLike, groups: Sequence[str], n: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Score predicted zones against true ones.

    A bit whose truth is unknown is left out. See `detection_scores` for 0 / 0; a macro score is the mean over
    the zones whose score is defined, NaN where none is.

    Args:
        predicted: (N, 6) of 0 and 1, in the order of `ZONE_NAMES`.
        true: (N, 6) of 0, 1, and NaN or None where unknown.
        groups: N names, equal for cases that belong together (a patient).
        n: draws of an interval.
        seed: makes the intervals repeatable.

    Returns:
        `n`, the cases with a known bit; `zones`: name -> precision, recall, f1, support (how often it is
        there) and n (known bits); `macro`: the three scores, F1 with its 95 % interval over the groups;
        `bits`: the scores and the accuracy over all known bits, and their number; `exact_match`: how many
        cases, of those whose six bits are known, have all six right, with its interval, and their number
        `exact_match_n`.

    Raises:
        ValueError: the shapes are not (N, 6), or groups are not N.
    """
    bits, truth = np.asarray(predicted, dtype=np.float64), np.asarray(true, dtype=np.float64)
    if bits.ndim != 2 or bits.shape != (len(groups), len(ZONE_NAMES)) or bits.shape != truth.shape:
        raise ValueError(
            f"predicted zones {bits.shape}, true zones {truth.shape} and {len(groups)} groups; "
            "(N, 6), (N, 6) and N are needed"
        )
    known, found, there = ~np.isnan(truth), bits > 0.5, truth > 0.5
    kinds = (found & there, found & ~there, ~found & there, ~found & ~there)
    counts = np.stack([kind & known for kind in kinds], axis=-1)  # N 6 4
    per_zone, pooled = counts.sum(axis=0), counts.sum(axis=(0, 1))
    scores, all_bits = detection_scores(per_zone), detection_scores(pooled)
    complete: NDArray[np.bool_] = np.asarray(known.all(axis=1))
    exact = (found == there).all(axis=1)[complete]
    own = [str(group) for group, is_complete in zip(groups, complete, strict=True) if is_complete]
    return {
        "n": int(known.any(axis=1).sum()),
        "zones": {
            name: {score: float(scores[score][zone]) for score in DETECTION_SCORES}
            | {"support": int(per_zone[zone, 0] + per_zone[zone, 2]), "n": int(per_zone[zone].sum())}
            for zone, name in enumerate(ZONE_NAMES)
        },
        "macro": {score: float(mean_of_defined(scores[score])) for score in DETECTION_SCORES}
        | {"f1": macro_f1(counts, groups, n, seed)},
        "bits": {
            "accuracy": float((pooled[0] + pooled[3]) / pooled.sum()) if pooled.sum() else math.nan,
            **{score: float(all_bits[score]) for score in DETECTION_SCORES},
            "n": int(pooled.sum()),
        },
        "exact_match": mean_with_interval(exact, own, n, seed) if len(exact) else dict(_NOT_DEFINED),
        "exact_match_n": len(exact),
    }


def macro_f1(counts: NDArray, groups: Sequence[str], n: int = 1000, seed: int = 0) -> dict[str, float]:
    """Return the macro F1 of counts (N, 6, 4) with its interval over the groups."""
    value = float(mean_of_defined(detection_scores(counts.sum(axis=0))["f1"]))
    if not len(counts):
        return dict(_NOT_DEFINED)
    draws, codes = draw_groups(groups, n, seed)
    if draws.shape[1] == 1:
        return score_entry(value, np.array([np.nan]))
    columns = counts.reshape(len(counts), -1).T
    sums = np.stack([np.bincount(codes, weights=column) for column in columns], axis=1)
    totals = (draws @ sums).reshape(n, *counts.shape[1:])  # n 6 4
    return score_entry(value, mean_of_defined(detection_scores(totals)["f1"]))


def mean_of_defined(values: NDArray) -> Array:
    """Return the mean over the last axis, of what is not NaN; NaN where nothing is left."""
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=-1)
    return np.where(defined.any(axis=-1), total / np.maximum(defined.sum(axis=-1), 1), np.nan)


class ZoneLogits(CumulativeIterationMetric):
    """The zone logits and the true zones of each case, collected over batches and processes."""

    def _compute_tensor(self, y_pred: Tensor, y: Tensor | None = None, **kwargs: Any) -> Tensor:
        """Keep a batch: logits (B, 6) and zones (B, 6), NaN where unknown -> (B, 12) float32."""
        expected = (len(y_pred), len(ZONE_NAMES))
        if y is None or tuple(y_pred.shape) != expected or tuple(y.shape) != expected:
            found = None if y is None else tuple(y.shape)
            raise ValueError(f"zone logits {tuple(y_pred.shape)} and zones {found}; (B, 6) each is needed")
        return torch.cat([y_pred.detach().float().cpu(), y.float().cpu()], dim=1)

    def pairs(self) -> tuple[Tensor, Tensor]:
        """Return logits and zones, (N, 6) float32 each, of all processes."""
        buffer = self.get_buffer()
        kept = torch.zeros((0, 2 * len(ZONE_NAMES))) if buffer is None else buffer.cpu()
        return kept[:, : len(ZONE_NAMES)], kept[:, len(ZONE_NAMES) :]

    def aggregate(self) -> float:  # type: ignore[override]
        """Return the macro F1; NaN where nothing is known."""
        logits, zones = (tensor.numpy() for tensor in self.pairs())
        groups = [str(number) for number in range(len(logits))]
        return zone_scores(logits >= 0, zones, groups, n=1)["macro"]["f1"]["value"]


class ZoneMetric(IgniteMetricHandler):
    """The zones that a network which writes reports finds, against those of the records; macro F1.

    It reads `zone_logits` of the evaluator's prediction and `zones` of its batch; a zone is found where its
    probability is at least one half. Where the prediction is a plain tensor (another network, or an inferer
    that does not ask for the report) there is nothing to score: the value is NaN and there are no rows.
    """

    def __init__(self) -> None:
        self.kept = ZoneLogits()
        self._cases: dict[str, list[str]] = {key: [] for key in CASE_KEYS}
        super().__init__(metric_fn=self.kept, output_transform=lambda output: output)

    def reset(self) -> None:
        """Forget every case; the engine does it when an epoch starts."""
        super().reset()
        self._cases = {key: [] for key in CASE_KEYS}

    def iteration_completed(self, engine: Engine) -> None:
        """Take one batch, where its prediction holds zones."""
        logits = zone_logits_of(engine.state.output)
        if logits is None:
            return
        self.update([logits, zones_of_batch(engine.state.batch, len(logits))])
        case_ids = batch_entries(engine.state.batch, "case_id")
        if case_ids is None:
            seen = len(self._cases["case_id"])
            case_ids = [f"image_{seen + number}" for number in range(len(logits))]
        self._cases["case_id"] += case_ids
        self._cases["group_id"] += batch_entries(engine.state.batch, "group_id") or case_ids

    def compute(self) -> float:
        """Return the macro F1."""
        self._is_reduced = True
        return self.kept.aggregate()

    def logits(self) -> Tensor:
        """Return the zone logits (N, 6) float32 of the cases seen, of all processes."""
        return self.kept.pairs()[0]

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each case.

        `case_id`, `group_id`, `predicted` (six of 0 and 1), `probabilities`, `zones` (six of 0, 1 and NaN).
        """
        logits, zones = self.kept.pairs()
        names = zip(*(string_list_all_gather(self._cases[key]) for key in CASE_KEYS), strict=True)
        return [
            dict(zip(CASE_KEYS, own, strict=True))
            | {
                "predicted": (logits[row] >= 0).int().tolist(),
                "probabilities": logits[row].sigmoid().tolist(),
                "zones": zones[row].tolist(),
            }
            for row, own in enumerate(names)
        ]


def zone_logits_of(output: Any) -> Tensor | None:
    """Return the zone logits (B, 6) of an engine's output, collated or decollated; None where it has none."""
    if isinstance(output, Mapping):
        prediction = output["pred"]
        return prediction.get("zone_logits") if isinstance(prediction, Mapping) else None
    parts = [zone_logits_of(item) for item in output]
    kept = [part for part in parts if part is not None]
    return torch.stack(kept) if kept else None


def zones_of_batch(batch: Any, size: int) -> Tensor:
    """Return the zones (B, 6) of a batch, collated or not; NaN where it has none.

    Args:
        batch: its `zones` are a tensor (B, 6) or six columns of B values; or it is a list of items.
        size: number of cases B.
    """
    if isinstance(batch, Mapping):
        zones = batch.get("zones")
        if isinstance(zones, Sequence):
            return torch.stack([torch.as_tensor(column).float() for column in zones], dim=-1)
        return torch.full((size, len(ZONE_NAMES)), torch.nan) if zones is None else torch.as_tensor(zones)
    return torch.stack([zones_of_batch({"zones": item.get("zones")}, 1).reshape(-1) for item in batch])

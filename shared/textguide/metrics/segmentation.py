"""The metric that an evaluator carries: one score chooses the weights, all are reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ignite.engine import Engine
from ignite.exceptions import NotComputableError
from monai.handlers import IgniteMetricHandler
from monai.utils import string_list_all_gather
from numpy.typing import NDArray
from torch import Tensor

from textguide.losses.outputs import logits_of, mask_of
from textguide.metrics.confusion import ImageConfusion
from textguide.metrics.scores import COUNTS, STATISTICS, overlap_scores, summarise

CASE_KEYS = ("case_id", "group_id")


def segmentation_output(output: Any) -> tuple[Any, Any]:
    """Take prediction and label out of an engine's output, collated or decollated.

    A prediction that is a dict of outputs gives its `logits`, a target that is a dict its `label`.
    """
    if isinstance(output, Mapping):
        return logits_of(output["pred"]), mask_of(output["label"])
    pairs = [segmentation_output(item) for item in output]
    return [prediction for prediction, _ in pairs], [label for _, label in pairs]


def batch_entries(batch: Any, key: str) -> list[str] | None:
    """Return the strings under a key of a batch, collated or decollated; None where the batch has none."""
    if isinstance(batch, Mapping):
        return None if batch.get(key) is None else [str(value) for value in batch[key]]
    if isinstance(batch, Sequence) and batch and isinstance(batch[0], Mapping) and key in batch[0]:
        return [str(item[key]) for item in batch]
    return None


class SegmentationMetric(IgniteMetricHandler):
    """Dice, IoU and pixel accuracy by image and over all pixels, with the rows of the single cases.

    As `key_val_metric` of a MONAI evaluator, `{"val_global_dice": SegmentationMetric()}`: the named score
    goes under that name and chooses the best weights, the other statistics go beside it under the same prefix
    (`val_per_image_dice` and so on), so that every logging handler finds them. It reads logits batch by
    batch: neither decollating nor postprocessing is needed, which saves time.

    Args:
        score: the statistic that is the value of this metric, one of `textguide.metrics.STATISTICS`.
    """

    def __init__(self, score: str = "global_dice") -> None:
        if score not in STATISTICS:
            raise ValueError(f"score is {score!r}; one of {', '.join(STATISTICS)} is needed")
        self.score = score
        self.confusion = ImageConfusion()
        self._cases: dict[str, list[str]] = {key: [] for key in CASE_KEYS}
        super().__init__(metric_fn=self.confusion, output_transform=segmentation_output)

    def reset(self) -> None:
        """Forget every image; the engine does it when an epoch starts."""
        super().reset()
        self._cases = {key: [] for key in CASE_KEYS}

    def iteration_completed(self, engine: Engine) -> None:
        """Count one batch and note whose images they are."""
        super().iteration_completed(engine)
        size = len(segmentation_output(engine.state.output)[0])
        case_ids = batch_entries(engine.state.batch, "case_id")
        if case_ids is None:
            seen = len(self._cases["case_id"])
            case_ids = [f"image_{seen + number}" for number in range(size)]
        self._cases["case_id"] += case_ids
        self._cases["group_id"] += batch_entries(engine.state.batch, "group_id") or case_ids

    def compute(self) -> float:
        """Return the chosen score.

        Raises:
            NotComputableError: no image was seen.
        """
        counts = self.confusion.counts()
        if not len(counts):
            raise NotComputableError("no image was evaluated; the data loader is empty")
        self._is_reduced = True
        return summarise(counts.numpy())[self.score]

    def completed(self, engine: Engine, name: str) -> None:
        """Put the chosen score under the metric's name, and all the others beside it."""
        super().completed(engine, name)
        prefix = name.removesuffix(self.score) if name.endswith(self.score) else f"{name}_"
        for statistic, value in self.confusion.aggregate().items():
            engine.state.metrics[f"{prefix}{statistic}"] = value

    def counts(self) -> Tensor:
        """Return the pixel counts (N, 4) int64 of the images seen, of all processes."""
        return self.confusion.counts()

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each image: case_id, group_id, tp, fp, fn, tn, dice, iou.

        A case without a group is a group of its own.
        """
        case_ids, group_ids = (string_list_all_gather(self._cases[key]) for key in CASE_KEYS)
        return case_rows(case_ids, group_ids, self.confusion.counts().numpy())


def case_rows(case_ids: Sequence[str], group_ids: Sequence[str], counts: NDArray) -> list[dict[str, Any]]:
    """Return one row for each image: case_id, group_id, tp, fp, fn, tn, dice, iou."""
    scores = overlap_scores(counts)
    return [
        dict(zip(CASE_KEYS, names, strict=True))
        | dict(zip(COUNTS, counts[row].tolist(), strict=True))
        | {name: float(scores[name][row]) for name in ("dice", "iou")}
        for row, names in enumerate(zip(case_ids, group_ids, strict=True))
    ]

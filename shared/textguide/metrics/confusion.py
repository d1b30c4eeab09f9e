"""The pixel counts of every image, collected over batches and processes."""

from __future__ import annotations

import math
from typing import Any

import torch
from monai.metrics import CumulativeIterationMetric
from torch import Tensor

from textguide.metrics.scores import summarise


class ImageConfusion(CumulativeIterationMetric):
    """True and false positive and negative pixels of each image; both protocols follow from them.

    It holds four integers an image, whatever the size, and gathers them over the processes of a distributed
    run.

    Args:
        threshold: a pixel is foreground where its probability is at least this, in (0, 1).
        logits: predictions are logits; False: probabilities.
    """

    def __init__(self, threshold: float = 0.5, logits: bool = True) -> None:
        super().__init__()
        if not 0.0 < threshold < 1.0:
            raise ValueError(f"threshold is {threshold}; it is a probability between 0 and 1, for logits too")
        self.cut = math.log(threshold / (1.0 - threshold)) if logits else threshold

    def _compute_tensor(self, y_pred: Tensor, y: Tensor | None = None, **kwargs: Any) -> Tensor:
        """Count a batch: y_pred and y (B, 1, W, H), or (B, 1) of a classifier -> (B, 4) int64."""
        if y is None or y_pred.shape != y.shape:
            found = None if y is None else tuple(y.shape)
            raise ValueError(
                f"prediction {tuple(y_pred.shape)} and label {found} differ; one shape is needed"
            )
        predicted, labelled = (y_pred >= self.cut).flatten(1), (y > 0.5).flatten(1)
        tp = (predicted & labelled).sum(dim=1)
        fp, fn = predicted.sum(dim=1) - tp, labelled.sum(dim=1) - tp
        tn = predicted.shape[1] - tp - fp - fn
        return torch.stack([tp, fp, fn, tn], dim=1)

    def counts(self) -> Tensor:
        """Return the counts (N, 4) int64 on the CPU, of all processes; (0, 4) before the first batch."""
        buffer = self.get_buffer()
        return torch.zeros((0, 4), dtype=torch.int64) if buffer is None else buffer.cpu()

    def aggregate(self) -> dict[str, float]:  # type: ignore[override]
        """Return every statistic of `textguide.metrics.STATISTICS`.

        Raises:
            ValueError: no image was seen.
        """
        return summarise(self.counts().numpy())

"""What an evaluator shows of each case beside its counts: masks, labels, logits, each as small as can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ignite.engine import Engine
from numpy.typing import NDArray

from textguide.metrics import logit_histograms, segmentation_output

KEEPS = ("masks", "labels", "histograms")
Arrays = dict[str, NDArray]


class CaseRecorder:
    """Collects arrays over the batches of one run of an evaluator, in the order of its cases.

    Args:
        keep: some of `masks` and `labels`, (N, W * H / 8) uint8, a bit a pixel, and `histograms`, see
            `logit_histograms`, (N, 2, BINS) int32.

    Raises:
        ValueError: something else is to be kept.
    """

    def __init__(self, *keep: str) -> None:
        if unknown := sorted(set(keep) - set(KEEPS)):
            raise ValueError(
                f"there is nothing to keep by the name {unknown[0]!r}; known: {', '.join(KEEPS)}"
            )
        self.keep = keep
        self.found: dict[str, list[NDArray]] = {name: [] for name in keep}
        self.size: tuple[int, ...] = ()

    def __call__(self, engine: Engine) -> None:
        """Take what the last batch showed."""
        logits, labels = (
            tensors.detach().float().cpu().numpy() for tensors in segmentation_output(engine.state.output)
        )
        self.size = logits.shape[2:]
        views: dict[str, Callable[[], NDArray]] = {
            "masks": lambda: pack(logits >= 0),
            "labels": lambda: pack(labels > 0.5),
            "histograms": lambda: logit_histograms(logits, labels).astype(np.int32),
        }
        for name, parts in self.found.items():
            parts.append(views[name]())

    def arrays(self) -> Arrays:
        """Return what was kept, by name, and the `size` of a picture."""
        found = {name: np.concatenate(parts) for name, parts in self.found.items()}
        return found | {"size": np.array(self.size)}


def pack(masks: NDArray) -> NDArray[np.uint8]:
    """Keep one bit of each pixel: (N, ...) bool -> (N, bytes)."""
    return np.packbits(masks.reshape(len(masks), -1), axis=1)


def unpack(packed: NDArray[np.uint8], size: NDArray) -> NDArray[np.bool_]:
    """Return masks (..., W, H) bool out of their bits (..., bytes)."""
    pixels = int(np.prod(size))
    flat = np.unpackbits(packed, axis=-1, count=pixels)
    return flat.reshape(*packed.shape[:-1], *size).astype(bool)

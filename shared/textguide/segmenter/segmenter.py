"""The one inference path: every door (Python, command, MONAI Label, MONAI Deploy) calls it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textguide.segmenter.bundle import Bundle, load_bundle
from textguide.segmenter.preparation import Case, ImageLike, Preparation, Prepared, Tokens
from textguide.segmenter.segmentation import Segmentation, judge


class Segmenter:
    """Segments images by a bundle, each with a sentence or without one.

    Example:
        >>> segmenter = Segmenter("tmca_segmentation")
        >>> result = segmenter("film.png", "one infected area, lower left lung.")
        >>> result.mask.shape, result.confidence, result.understood.line

    Args:
        bundle: a folder, or a name that is looked up under $TEXTGUIDE_BUNDLES and in `bundles/` of the
            checkout. Its configuration is code: load bundles from sources that you trust. Or a bundle that
            is loaded already; it keeps its device and weights.
        device: such as "cpu" or "cuda:1"; None takes a CUDA device if there is one.
        weights: a state dictionary in place of the bundle's own.

    Raises:
        FileNotFoundError: there is no such bundle, or it has no weights.
        ValueError: its configuration lacks a part, or the weights do not fit the network.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Bundle,
        device: str | torch.device | None = None,
        weights: str | os.PathLike[str] | None = None,
    ) -> None:
        self.bundle = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, device, weights)
        self.preparation = Preparation(self.bundle)

    def __call__(self, image: ImageLike, text: str | None = None, side: str = "bundle") -> Segmentation:
        """Segment one image; a volume slice by slice.

        Args:
            image: see `Case`.
            text: see `Case`.
            side: see `Case`.

        Raises:
            FileNotFoundError: there is no such file.
            TypeError: image or text is of another type.
            ValueError: the image cannot be read, or the side is unknown.
        """
        result = next(self.segment_many([Case(image, text, side)]))
        if isinstance(result, Exception):
            raise result
        return result

    def segment_many(self, cases: Iterable[Case], batch_size: int = 8) -> Iterator[Segmentation | Exception]:
        """Segment case after case; what one of them raises is its result and stops nothing.

        Args:
            cases: taken as they are needed, `batch_size` at a time.
            batch_size: pictures or slices in one forward pass.

        Yields:
            One result a case, in their order.

        Raises:
            ValueError: the batch size is below 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; 1 or more is allowed.")
        iterator = iter(cases)
        while batch := list(islice(iterator, batch_size)):
            prepared = [_attempt(self.preparation, case) for case in batch]
            whole = [item for item in prepared if isinstance(item, Prepared)]
            results = iter(self._segment(whole, batch_size))
            yield from (next(results) if isinstance(item, Prepared) else item for item in prepared)

    @torch.inference_mode()
    def explain(
        self, image: ImageLike, text: str | None = None, side: str = "bundle"
    ) -> dict[str, NDArray[np.float32]]:
        """Show what the network looked at, by its own `explain`.

        Args:
            image: see `Case`.
            text: see `Case`.
            side: see `Case`.

        Returns:
            Its maps by name, such as `probability`, each (W, H[, D]) in the size of the image.

        Raises:
            ValueError: the network of the bundle shows nothing; and what a call raises.
        """
        if not self.explains:
            raise ValueError(f"the network of '{self.bundle.name}' has nothing to show: it has no `explain`.")
        item = self.preparation(Case(image, text, side))
        tokens = {key: value[None].to(self.bundle.device) for key, value in item.tokens.items()}  # (1, L)
        found: dict[str, list[Tensor]] = {}
        for plane in item.slices:
            picture = plane.as_tensor()[None].to(self.bundle.device)  # (1, C, w, h)
            for name, value in self.bundle.network.explain(picture, **tokens).items():  # type: ignore[operator]
                if isinstance(value, Tensor) and value.shape == (1, 1, *plane.shape[1:]):
                    found.setdefault(name, []).append(value[0].float().cpu())
        return {name: self.preparation.to_native(item, planes) for name, planes in found.items()}

    @property
    def explains(self) -> bool:
        """Whether the network of the bundle can show what it looked at."""
        return callable(getattr(self.bundle.network, "explain", None))

    def _segment(self, prepared: list[Prepared], batch_size: int) -> list[Segmentation | Exception]:
        """Infer together; if that fails, each alone, so that a failure stays where it belongs."""
        inferred = _attempt(self._infer, prepared, batch_size)
        if isinstance(inferred, Exception):
            alone = [_attempt(self._infer, [item], batch_size) for item in prepared]
            inferred = [one if isinstance(one, Exception) else one[0] for one in alone]
        return [
            found if isinstance(found, Exception) else _attempt(self._finish, item, found)
            for item, found in zip(prepared, inferred, strict=True)
        ]

    def _infer(self, prepared: Sequence[Prepared], batch_size: int) -> list[list[Tensor]]:
        """Return for each case the probabilities (1, w, h) of its `inputs`."""
        started = time.perf_counter()
        inputs = [item.inputs() for item in prepared]
        flat = [one for of_case in inputs for one in of_case]
        found: dict[int, Tensor] = {}
        by_size: dict[torch.Size, list[int]] = {}  # a bundle that does not resize gets images as they are
        for index, (image, _) in enumerate(flat):
            by_size.setdefault(image.shape, []).append(index)
        for indices in by_size.values():
            for start in range(0, len(indices), batch_size):
                chunk = indices[start : start + batch_size]
                found.update(zip(chunk, self._forward([flat[index] for index in chunk]), strict=True))
        ordered = iter([found[index] for index in range(len(flat))])
        for item in prepared:
            item.timings["infer"] = (time.perf_counter() - started) / len(prepared)
        return [list(islice(ordered, len(of_case))) for of_case in inputs]

    @torch.inference_mode()
    def _forward(self, batch: Sequence[tuple[Tensor, Tokens]]) -> Tensor:
        device = self.bundle.device
        images = torch.stack([image for image, _ in batch]).to(device)  # (B, C, w, h)
        tokens = {
            key: torch.stack([one[key] for _, one in batch]).to(device) for key in batch[0][1]
        }  # (B, L)
        logits = self.bundle.inferer(images, self.bundle.network, **tokens)
        return logits.float().sigmoid().cpu()

    def _finish(self, item: Prepared, probabilities: list[Tensor]) -> Segmentation:
        started = time.perf_counter()
        slices = len(item.slices)
        native = self.preparation.to_native(item, probabilities[:slices])
        free = self.preparation.to_native(item, probabilities[slices:]) if probabilities[slices:] else None
        return judge(
            probability=native,
            understood=item.understood,
            image=item.image,
            meta=item.meta,
            bundle=self.bundle.identity,
            threshold=self.bundle.threshold,
            temperature=self.bundle.temperature,
            free_probability=free,
            warnings=tuple(item.warnings),
            timings={**item.timings, "finish": time.perf_counter() - started},
        )


def _attempt(step: Any, *arguments: Any) -> Any:
    """Return what the step returns, or the exception that it raises."""
    try:
        return step(*arguments)
    except Exception as error:
        return error

"""The one inference path: every door (Python, command, MONAI Label, MONAI Deploy) calls it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import Tensor

from textguide.inferers import ReportInferer
from textguide.segmenter.bundle import Bundle, load_bundle
from textguide.segmenter.explanation import Explanation, explain
from textguide.segmenter.preparation import Case, ImageLike, Preparation, Prepared, Tokens
from textguide.segmenter.segmentation import Segmentation, judge
from textguide.segmenter.understanding import understand_written
from textguide.segmenter.written_report import FoundZones, WrittenReport, find_zones, make_report


class _Inferred(NamedTuple):
    """Of one picture or slice: probability (1, w, h), and what a network that writes finds in it."""

    probability: Tensor
    found: FoundZones | None = None


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
    def explain(self, image: ImageLike, text: str | None = None, side: str = "bundle") -> Explanation:
        """Show what the network looked at, by its own `explain`.

        Args:
            image: see `Case`.
            text: see `Case`.
            side: see `Case`.

        Raises:
            ValueError: the network of the bundle shows nothing; and what a call raises.
        """
        if not self.explains:
            raise ValueError(f"the network of '{self.bundle.name}' has nothing to show: it has no `explain`.")
        return explain(self.bundle, self.preparation, self.preparation(Case(image, text, side)))

    @property
    def explains(self) -> bool:
        """Whether the network of the bundle can show what it looked at."""
        return callable(getattr(self.bundle.network, "explain", None))

    @property
    def writes_text(self) -> bool:
        """Whether the network writes a sentence where none is given; its own switch may be off."""
        network = self.bundle.network
        return (
            self.bundle.writes_text
            and callable(getattr(network, "report", None))
            and bool(getattr(network, "self_guided", True))
        )

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

    def _infer(self, prepared: Sequence[Prepared], batch_size: int) -> list[list[_Inferred]]:
        """Return for each case what was inferred of its `inputs`."""
        started = time.perf_counter()
        inputs = [item.inputs() for item in prepared]
        flat = [one for of_case in inputs for one in of_case]
        found: dict[int, _Inferred] = {}
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
    def _forward(self, batch: Sequence[tuple[Tensor, Tokens]]) -> list[_Inferred]:
        """Run the network once; one that writes is asked for its report in place of its logits alone."""
        device, network = self.bundle.device, self.bundle.network
        images = torch.stack([image for image, _ in batch]).to(device)  # (B, C, w, h)
        tokens = {
            key: torch.stack([one[key] for _, one in batch]).to(device) for key in batch[0][1]
        }  # (B, L)
        inferer = ReportInferer(self.bundle.inferer) if self.writes_text else self.bundle.inferer
        predicted = inferer(images, network, **tokens)
        if isinstance(predicted, Tensor):  # an inferer that cuts images puts logits together, no reports
            return [_Inferred(one) for one in predicted.float().sigmoid().cpu()]
        probabilities = predicted["logits"].float().sigmoid().cpu()
        zones = find_zones(network, predicted["zone_logits"])
        return [_Inferred(*pair) for pair in zip(probabilities, zones, strict=True)]

    def _finish(self, item: Prepared, inferred: list[_Inferred]) -> Segmentation:
        started = time.perf_counter()
        slices = len(item.slices)
        probabilities = [one.probability for one in inferred]
        native = self.preparation.to_native(item, probabilities[:slices])
        free = self.preparation.to_native(item, probabilities[slices:]) if probabilities[slices:] else None
        report = self._report(item, [one.found for one in inferred[:slices]])
        understood = item.understood
        if report is not None and report.sentence and not item.has_sentence:
            understood = understand_written(
                report.sentence, understood, self.bundle.side_convention, len(report.slices)
            )
        return judge(
            probability=native,
            understood=understood,
            image=item.image,
            meta=item.meta,
            bundle=self.bundle.identity,
            threshold=self.bundle.threshold,
            temperature=self.bundle.temperature,
            free_probability=free,
            warnings=tuple(item.warnings),
            timings={**item.timings, "finish": time.perf_counter() - started},
            report=report,
        )

    def _report(self, item: Prepared, planes: Sequence[FoundZones | None]) -> WrittenReport | None:
        found = [plane for plane in planes if plane is not None]
        if not found:
            return None
        own = self.bundle.side_convention
        return make_report(found, item.understood.convention or own, own, is_volume=item.image.ndim == 4)


def _attempt(step: Any, *arguments: Any) -> Any:
    """Return what the step returns, or the exception that it raises."""
    try:
        return step(*arguments)
    except Exception as error:
        return error

"""The result of one image and one sentence, and the judgement of it: confidence, doubt, warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textguide.segmenter.agreement import find_disagreements
from textguide.segmenter.understanding import Understanding
from textguide.segmenter.written_report import WrittenReport


@dataclass(frozen=True)
class Segmentation:
    """A mask and what there is to know about it.

    Attributes:
        mask: (W, H) or (W, H, D) uint8, 0 and 1, in the size of the image.
        probability: the same shape, float32, in [0, 1], calibrated.
        understood: what was understood of the sentence that the mask follows: the given one, or the one that
            the network wrote where none was given (`understood.source`).
        confidence: the Dice that is expected of the mask, in [0, 1]; of an empty one the chance that nothing
            is there.
        warnings: what a user should know; they hold no words of the sentence.
        image: (C, W, H[, D]) float32, as it was read.
        meta: geometry and origin of the image, see `textguide.data.image.read_image`.
        bundle: `name`, `version` and `weights_sha256` of what made it.
        timings: seconds of the steps `read`, `infer` and `finish`.
        report: what the network itself writes, or would have written beside the given sentence; None for one
            that writes nothing, and for an inferer that cuts the image.
    """

    mask: NDArray[np.uint8]
    probability: NDArray[np.float32]
    understood: Understanding
    confidence: float
    warnings: tuple[str, ...]
    image: NDArray[np.float32]
    meta: dict[str, Any]
    bundle: dict[str, str]
    timings: dict[str, float] = field(default_factory=dict)
    report: WrittenReport | None = None

    @property
    def text(self) -> str:
        """The sentence as it was given; "" for none."""
        return self.understood.text

    @property
    def doubt(self) -> float:
        """1 - confidence."""
        return 1.0 - self.confidence

    @property
    def captions(self) -> tuple[str, ...]:
        """Lines for an overlay: what is to be looked at, what was understood, how sure, the sentence."""
        warnings = (f"warning: {warning}" for warning in self.warnings)
        sentence = (f'"{self.text}"',) if self.text.strip() else ()
        own = (self.own_line,) if self.own_line else ()
        return (*warnings, self.understood.line, f"expected Dice {self.confidence:.2f}", *sentence, *own)

    @property
    def own_line(self) -> str:
        """Beside a given sentence, what the network itself would have written; "" where that is nothing."""
        if self.report is None or self.understood.written or not self.report.sentence:
            return ""
        return f'the network itself would write: "{self.report.sentence}"'

    def record(self) -> dict[str, Any]:
        """Return everything but the arrays, for a result file."""
        report = {} if self.report is None else {"written": self.report.record(with_slices=False)}
        return {
            "text": self.text,
            "understood": self.understood.record(),
            **report,
            "confidence": round(self.confidence, 4),
            "doubt": round(self.doubt, 4),
            "warnings": list(self.warnings),
            "pixels": int(self.mask.sum()),
            "bundle": self.bundle,
            "seconds": {step: round(seconds, 4) for step, seconds in self.timings.items()},
        }


def judge(
    probability: NDArray[np.float32],
    understood: Understanding,
    image: NDArray[np.float32],
    meta: dict[str, Any],
    bundle: dict[str, str],
    threshold: float = 0.5,
    temperature: float = 1.0,
    free_probability: NDArray[np.float32] | None = None,
    warnings: tuple[str, ...] = (),
    timings: dict[str, float] | None = None,
    report: WrittenReport | None = None,
) -> Segmentation:
    """Make the mask and judge it.

    Args:
        probability: (W, H[, D]) in [0, 1], the network's own, already in the size of the image.
        understood: of the sentence.
        image: see `Segmentation`.
        meta: see `Segmentation`.
        bundle: see `Segmentation`.
        threshold: probability from which a pixel belongs to the mask.
        temperature: of the bundle; 1 leaves the probability as it is.
        free_probability: what the network makes of the image without a sentence, if that was asked.
        warnings: of the steps before.
        timings: see `Segmentation`.
        report: see `Segmentation`.

    Raises:
        ValueError: a probability is not finite.
    """
    for values in (probability, free_probability):
        if values is not None and not np.isfinite(values).all():
            raise ValueError(
                "the network gives probabilities that are not finite, so there is no mask: its weights are "
                "broken (`textguide doctor` looks at them), or values of the image are out of range."
            )
    mask = (probability >= threshold).astype(np.uint8)
    calibrated = calibrate(probability, temperature)
    found = [*filter(None, str(meta.get("warnings", "")).split("\n")), *warnings, *understood.warnings]
    if not mask.any():
        found.append("the mask is empty")
    if understood.half and meta.get("orientation") != "known" and understood.convention == "patient":
        found.append("the file does not tell how the patient lies: standard display is assumed")
    free_mask = None if free_probability is None else free_probability >= threshold
    found += find_disagreements(mask, understood, free_mask, None if understood.written else report)
    return Segmentation(
        mask=mask,
        probability=calibrated,
        understood=understood,
        confidence=expected_dice(calibrated, mask),
        warnings=tuple(dict.fromkeys(found)),
        image=image,
        meta=meta,
        bundle=bundle,
        timings=timings or {},
        report=report,
    )


def calibrate(probability: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Divide the logits behind a probability by a temperature; 0.5 stays 0.5.

    Source:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 4.2.
    """
    if temperature == 1.0:
        return probability
    inside = np.clip(probability.astype(np.float64), 1e-12, 1 - 1e-12)
    return (1 / (1 + ((1 - inside) / inside) ** (1 / temperature))).astype(np.float32)


def expected_dice(probability: NDArray[np.float32], mask: NDArray[np.uint8]) -> float:
    """Return the Dice that the probabilities promise for this mask.

    2 sum(p m) / sum(p + m), and for an empty mask 1 - max(p). Its Dice is 1 if nothing is there and else 0:
    what is expected is the chance that nothing is there. The pixels of a lesion come and go together, so that
    the likeliest one stands for all. (Were they independent, the chance would be the product of all 1 - p,
    which is 0 in any large picture.)
    """
    if not mask.any():
        return 1.0 - float(probability.max())
    total = float(probability.sum(dtype=np.float64)) + float(mask.sum(dtype=np.float64))
    return 2 * float(probability[mask > 0].sum(dtype=np.float64)) / total

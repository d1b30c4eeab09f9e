"""The result of one image and one sentence, and the judgement of it: confidence, doubt, warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textguide.segmenter.understanding import Understanding

OPPOSITE_SHARE = 0.8
"""Share of the text-free mask on the other side than the named one, above which there is a warning."""


@dataclass(frozen=True)
class Segmentation:
    """A mask and what there is to know about it.

    Attributes:
        mask: (W, H) or (W, H, D) uint8, 0 and 1, in the size of the image.
        probability: the same shape, float32, in [0, 1], calibrated.
        understood: what was understood of the sentence.
        confidence: the Dice that is expected of the mask, in [0, 1].
        warnings: what a user should know; they hold no words of the sentence.
        image: (C, W, H[, D]) float32, as it was read.
        meta: geometry and origin of the image, see `textguide.data.image.read_image`.
        bundle: `name`, `version` and `weights_sha256` of what made it.
        timings: seconds of the steps `read`, `infer` and `finish`.
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
        """Lines for an overlay: the sentence, what was understood, how sure the mask is."""
        judged = f"expected Dice {self.confidence:.2f}"
        sentence = (f'"{self.text}"',) if self.text.strip() else ()
        return (*sentence, self.understood.line, "; ".join([judged, *self.warnings]))

    def record(self) -> dict[str, Any]:
        """Return everything but the arrays, for a result file."""
        return {
            "text": self.text,
            "understood": self.understood.record(),
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
    """
    mask = (probability >= threshold).astype(np.uint8)
    calibrated = calibrate(probability, temperature)
    found = [*filter(None, str(meta.get("warnings", "")).split("\n")), *warnings, *understood.warnings]
    if not mask.any():
        found.append("the mask is empty")
    if understood.half and meta.get("orientation") != "known" and understood.convention == "patient":
        found.append("the file does not tell how the patient lies: standard display is assumed")
    if understood.half and free_probability is not None:
        share = share_in_half(free_probability >= threshold, "right" if understood.half == "left" else "left")
        if share > OPPOSITE_SHARE:
            found.append(
                f"the sentence names the {understood.half} half of the picture alone; "
                f"without it {share:.0%} of the mask lies in the other half"
            )
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
    """Return 2 sum(p m) / sum(p + m): the Dice that the probabilities promise for this mask."""
    total = float(probability.sum(dtype=np.float64)) + float(mask.sum(dtype=np.float64))
    return 2 * float(probability[mask > 0].sum(dtype=np.float64)) / total if total else 1.0


def share_in_half(mask: NDArray[np.bool_], half: str) -> float:
    """Return the share of a mask (W, H[, D]) in the left or right half of the picture; 0 for an empty one."""
    columns = np.flatnonzero(mask.reshape(len(mask), -1).any(axis=1))
    counts = mask.reshape(len(mask), -1).sum(axis=1)[columns]
    inside = (columns + 0.5 < len(mask) / 2) if half == "left" else (columns + 0.5 > len(mask) / 2)
    return float(counts[inside].sum() / counts.sum()) if counts.sum() else 0.0

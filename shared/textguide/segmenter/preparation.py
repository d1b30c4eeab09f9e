"""Case -> what the network reads, by the bundle's own preprocessing; and the way back to the image's size."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, Invertd
from PIL import Image
from torch import Tensor

from textguide.segmenter.bundle import Bundle
from textguide.segmenter.open_image import open_image
from textguide.segmenter.understanding import Understanding, understand

ImageLike = str | os.PathLike[str] | np.ndarray | Tensor | Image.Image
Tokens = dict[str, Tensor]


@dataclass
class Case:
    """One thing to segment.

    Attributes:
        image: a path, a Pillow image, or an array, x before y: a picture (W, H), (C, W, H) or (1, C, W, H),
            or a volume (C, W, H, D).
        text: a sentence; None or blank: none.
        side: whose left the sentence means: "bundle" (the bundle's own), "image" or "patient".
    """

    image: ImageLike
    text: str | None = None
    side: str = "bundle"


@dataclass
class Prepared:
    """A case between reading and judging.

    Attributes:
        understood: what was understood of the sentence.
        image: (C, W, H[, D]) as it was read.
        meta: its geometry.
        slices: each preprocessed, (C, w, h), with the trace that undoes it; one for a picture.
        tokens: `input_ids` and `attention_mask`, (L,) each; empty for a bundle without text.
        warnings: of the tokenizer.
        timings: seconds by step.
    """

    understood: Understanding
    image: np.ndarray
    meta: dict[str, Any]
    slices: list[MetaTensor]
    tokens: Tokens
    warnings: list[str]
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def has_sentence(self) -> bool:
        """Whether there is a sentence in what the network reads."""
        return bool(self.tokens) and bool(self.tokens["attention_mask"].any())

    def inputs(self) -> list[tuple[Tensor, Tokens]]:
        """Return what goes through the network: each slice with the sentence, then maybe each without.

        That is asked where the sentence names one side alone: the two masks are compared. (A network that
        writes then follows its own sentence.)
        """
        passes = [self.tokens]
        if self.understood.half and self.tokens:  # a mask of zeros is no sentence
            passes.append({**self.tokens, "attention_mask": torch.zeros_like(self.tokens["attention_mask"])})
        return [(image.as_tensor(), tokens) for tokens in passes for image in self.slices]


class Preparation:
    """The preprocessing of a bundle, without its reading of files.

    Args:
        bundle: whose steps are taken.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.side_convention, self.reads_text = bundle.side_convention, bundle.reads_text
        # Images come from arrays too; MONAI Label and MONAI Deploy drop the same step by its name.
        steps = [
            step
            for step in bundle.preprocessing.flatten().transforms
            if not type(step).__name__.startswith("LoadImage")
        ]
        is_text = [getattr(step, "keys", ()) == ("text",) for step in steps]
        self.text_steps = Compose([step for step, text in zip(steps, is_text, strict=True) if text])
        self.image_steps = Compose([step for step, text in zip(steps, is_text, strict=True) if not text])
        self.tokenizer = next(
            (step.tokenizer for step in self.text_steps.transforms if hasattr(step, "tokenizer")), None
        )
        self.invert = Invertd(
            keys="pred", transform=self.image_steps, orig_keys="image", nearest_interp=False
        )

    def __call__(self, case: Case) -> Prepared:
        """Read and preprocess one case; the sentence once, whatever the number of slices."""
        started = time.perf_counter()
        understood = understand(case.text, case.side, self.side_convention, self.reads_text)
        image, meta = open_image(case.image)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            encoded = self.text_steps({"text": understood.read})
        planes = [image] if image.ndim == 3 else np.moveaxis(image, -1, 0)
        affine = torch.as_tensor(meta["affine"])
        prepared = Prepared(
            understood=understood,
            image=image,
            meta=meta,
            slices=[
                self.image_steps({"image": MetaTensor(torch.as_tensor(plane).contiguous(), affine=affine)})[
                    "image"
                ]
                for plane in planes
            ],
            tokens={key: encoded[key] for key in ("input_ids", "attention_mask") if key in encoded},
            warnings=[str(warning.message) for warning in caught],
        )
        prepared.timings["read"] = time.perf_counter() - started
        return prepared

    def to_native(self, prepared: Prepared, probabilities: Sequence[Tensor]) -> np.ndarray:
        """Undo the geometry of the preprocessing: (1, w, h) of each slice -> (W, H) or (W, H, D)."""
        planes = [
            self.invert({"image": image, "pred": MetaTensor(probability)})["pred"][0].numpy()
            for image, probability in zip(prepared.slices, probabilities, strict=True)
        ]
        native = planes[0] if prepared.image.ndim == 3 else np.stack(planes, axis=-1)
        return native.astype(np.float32)

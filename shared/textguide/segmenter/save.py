"""What a bundle's inference leaves: for each case mask, overlay and a line, judged as `Segmenter` judges."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine, Events

from textguide.data.image import read_image
from textguide.segmenter.segmentation import judge
from textguide.segmenter.understanding import understand
from textguide.weights import weights_sha256
from textguide.writers import OutputFolder, name_case


class SaveSegmentations:
    """Write the results of each batch of an evaluator that decollates and inverts.

    A handler, and not a step of the postprocessing: MONAI Label and MONAI Deploy run the postprocessing too,
    and write their own files.

    Args:
        output_dir: the folder of the results.
        bundle_root: the bundle; its metadata names the side convention.
        weights: the file of weights, whose hash every line carries.
        threshold: probability from which a pixel belongs to the mask.
        temperature: of the bundle, for the confidence.
        probability_key: entry of the evaluator's output: the probability (1, W, H) in the size of the image.
    """

    def __init__(
        self,
        output_dir: str | os.PathLike[str],
        bundle_root: str | os.PathLike[str],
        weights: str | os.PathLike[str],
        threshold: float = 0.5,
        temperature: float = 1.0,
        probability_key: str = "probability",
    ) -> None:
        self.output_dir = Path(output_dir)
        self.bundle_root = Path(bundle_root).resolve()
        self.weights = Path(weights)
        self.threshold = threshold
        self.temperature = temperature
        self.probability_key = probability_key

    def attach(self, engine: Engine) -> None:
        """Write at the end of every iteration of the evaluator."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self)

    # Opened with the first case: to build a configuration touches no file.
    @cached_property
    def _folder(self) -> OutputFolder:
        return OutputFolder(self.output_dir)

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        return json.loads((self.bundle_root / "configs" / "metadata.json").read_text(encoding="utf-8"))

    @cached_property
    def _identity(self) -> dict[str, str]:
        version = str(self._metadata.get("version", ""))
        return {
            "name": self.bundle_root.name,
            "version": version,
            "weights_sha256": weights_sha256(self.weights),
        }

    def __call__(self, engine: Engine) -> None:
        """Write the cases of one iteration."""
        for record, output in zip(engine.state.batch, engine.state.output, strict=True):  # type: ignore[arg-type]
            self.write({**record, **output})

    def write(self, record: Mapping[str, Any]) -> None:
        """Write the files of one case.

        Args:
            record: `image` with its meta data, `text`, `case_id` and the probability.

        Raises:
            ValueError: the probability has another size than the image.
        """
        image, meta = read_image(str(record["image"].meta["filename_or_obj"]))
        probability = torch.as_tensor(record[self.probability_key])[0].detach().cpu().float().numpy()
        if probability.shape != image.shape[1:]:
            raise ValueError(
                f"{self.probability_key} has the size {probability.shape} and the image {image.shape[1:]}; "
                "Invertd must stand in the postprocessing."
            )
        result = judge(
            probability=probability,
            understood=understand(record.get("text"), "bundle", self._metadata.get("side_convention")),
            image=image,
            meta=meta,
            bundle=self._identity,
            threshold=self.threshold,
            temperature=self.temperature,
        )
        self._folder.write(
            name_case(record["case_id"]),
            image,
            result.mask,
            meta,
            result.captions,
            text_source=record.get("text_source") or "datalist",
            **result.record(),
        )

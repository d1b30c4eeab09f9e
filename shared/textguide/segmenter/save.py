"""The last step of a bundle's postprocessing: what a user looks at, beside the stock `SaveImaged`."""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from monai.config import KeysCollection
from monai.transforms import MapTransform

from textguide.data.image import read_image
from textguide.segmenter.segmentation import judge
from textguide.segmenter.understanding import understand
from textguide.weights import weights_sha256
from textguide.writers import OutputFolder, name_cases


class SaveSegmentationd(MapTransform):
    """Write mask, overlay and JSON line of a case, judged as `Segmenter` judges it.

    It stands after `Invertd`: the probability has the size of the image. The record stays as it is.

    Args:
        keys: the probability, (1, W, H), in [0, 1].
        output_dir: the folder of the results.
        bundle_root: the bundle; its metadata names the side convention, its `models/model.pt` the weights.
        weights: a file of weights in place of the bundle's.
        image_key: the preprocessed image; its meta data name the file, which is read again for the overlay.
        text_key: the sentence.
        threshold: probability from which a pixel belongs to the mask.
        temperature: of the bundle, for the confidence.
    """

    def __init__(
        self,
        keys: KeysCollection,
        output_dir: str | os.PathLike[str],
        bundle_root: str | os.PathLike[str],
        weights: str | os.PathLike[str] | None = None,
        image_key: str = "image",
        text_key: str = "text",
        threshold: float = 0.5,
        temperature: float = 1.0,
    ) -> None:
        super().__init__(keys)
        self.output_dir = Path(output_dir)
        self.bundle_root = Path(bundle_root).resolve()
        self.weights = Path(weights) if weights is not None else self.bundle_root / "models" / "model.pt"
        self.image_key = image_key
        self.text_key = text_key
        self.threshold = threshold
        self.temperature = temperature
        self._names: dict[str, str] = {}

    # Opened with the first case: to build a configuration touches no file.
    @cached_property
    def _folder(self) -> OutputFolder:
        return OutputFolder(self.output_dir)

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        return json.loads((self.bundle_root / "configs" / "metadata.json").read_text(encoding="utf-8"))

    @cached_property
    def _identity(self) -> dict[str, str]:
        hashed = weights_sha256(self.weights) if self.weights.is_file() else ""
        version = str(self._metadata.get("version", ""))
        return {"name": self.bundle_root.name, "version": version, "weights_sha256": hashed}

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Write the files of one case.

        Raises:
            ValueError: the probability has another size than the image.
        """
        record = dict(data)
        for key in self.key_iterator(record):
            path = str(record[self.image_key].meta["filename_or_obj"])
            image, meta = read_image(path)
            probability = torch.as_tensor(record[key])[0].detach().cpu().float().numpy()
            if probability.shape != image.shape[1:]:
                raise ValueError(
                    f"{key} has the size {probability.shape} and the image {image.shape[1:]}; "
                    "Invertd must stand before this step."
                )
            result = judge(
                probability=probability,
                understood=understand(
                    record.get(self.text_key), "bundle", self._metadata.get("side_convention")
                ),
                image=image,
                meta=meta,
                bundle=self._identity,
                threshold=self.threshold,
                temperature=self.temperature,
            )
            self._folder.write(
                self._name(path),
                image,
                result.mask,
                meta,
                result.captions,
                text_source="datalist",
                **result.record(),
            )
        return record

    def _name(self, path: str) -> str:
        """Name a case by its file; a second file of that name gets another one."""
        if path not in self._names:
            name = wanted = name_cases([path])[0]
            number = 1
            while name in self._names.values():
                number += 1
                name = f"{wanted}_{number}"
            self._names[path] = name
        return self._names[path]

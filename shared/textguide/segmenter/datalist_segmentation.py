"""What `run` of a bundle's inference.json does: its own parts, through the one inference path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from monai.inferers import Inferer
from monai.transforms import Compose
from torch import nn

from textguide.segmenter.bundle import assemble_bundle, described, read_json
from textguide.segmenter.segment_files import case_of_record, segment_files
from textguide.segmenter.segmenter import Segmenter


class DatalistSegmentation:
    """Segment the records of a datalist with the parts that a configuration has built.

    MONAI's evaluator stops at the first broken image and asks no network twice; `Segmenter` does neither, and
    is what every other door calls.

    Args:
        network: without weights, or with any.
        weights: the state dictionary that it gets.
        preprocessing: from files to what the network reads.
        inferer: see `Bundle`.
        device: where the network runs.
        side_convention: see `Bundle`.
        threshold: see `Bundle`.
        temperature: see `Bundle`.
        bundle_root: the bundle, whose metadata names the version.
        records: of `textguide.data.load_datalist`.
        output_dir: folder of the results.
        batch_size: pictures in one pass.
    """

    def __init__(
        self,
        network: nn.Module,
        weights: str | os.PathLike[str],
        preprocessing: Compose,
        inferer: Inferer,
        device: torch.device,
        side_convention: str | None,
        threshold: float,
        temperature: float,
        bundle_root: str | os.PathLike[str],
        records: Sequence[dict[str, Any]],
        output_dir: str | os.PathLike[str],
        batch_size: int,
    ) -> None:
        self.parts = {
            "path": Path(bundle_root).resolve(),
            "network": network,
            "weights": weights,
            "preprocessing": preprocessing,
            "inferer": inferer,
            "device": torch.device(device),
            "side_convention": side_convention,
            "threshold": threshold,
            "temperature": temperature,
        }
        self.records = records
        self.output_dir = output_dir
        self.batch_size = batch_size

    def run(self) -> None:
        """Load the weights, segment and write; finished cases are done again, for an override may differ.

        Raises:
            FileNotFoundError: weights or metadata are missing.
            SystemExit: cases failed; they are named, and the others are written.
            ValueError: the weights do not fit, a number is out of range, or `segment_files` refuses.
        """
        metadata = read_json(self.parts["path"] / "configs" / "metadata.json")
        segmenter = Segmenter(assemble_bundle(**self.parts, **described(metadata)))
        cases = [case_of_record(record) for record in self.records]
        failed = segment_files(segmenter, cases, self.output_dir, self.batch_size, overwrite=True)
        if failed:
            raise SystemExit(f"{failed} of {len(cases)} cases failed; the others are written.")

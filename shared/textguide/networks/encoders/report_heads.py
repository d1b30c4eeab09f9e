"""An image -> the six zones that a report names: with a detector (LERG), and without.

Source: SGSeg (Ye et al., MICCAI 2024), Sec. 2.3 (localization-enhanced report generation) and Table 2
("simple report generation", which the paper leaves open).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from textguide.choices import check_choice
from textguide.networks.blocks.location_aggregator import LocationAggregator
from textguide.networks.encoders.detector import DetectorEncoder
from textguide.networks.encoders.report_writer import ZONES


class LERG(nn.Module):
    """RT-DETR, location-based attention aggregation, and one linear layer.

    Args:
        detector_encoder: see `DetectorEncoder.architecture`; None is the paper's.
        backbone: `own` (the paper) or `shared`, the maps of the image encoder.
        channels: of the image encoder's maps, strides 4 to 32.
        init: see `DetectorEncoder`.
        input_range: see `DetectorEncoder`.
        scale: see `LocationAggregator`.

    Attributes:
        smallest: see `DetectorEncoder`.
    """

    def __init__(
        self,
        detector_encoder: str | Path | dict[str, Any] | None,
        backbone: str,
        channels: list[int],
        init: str,
        input_range: str,
        scale: str,
    ) -> None:
        super().__init__()
        check_choice("detector_backbone", backbone, ("own", "shared"))
        architecture = {} if detector_encoder is None else detector_encoder
        maps = channels[1:] if backbone == "shared" else None
        self.detector_encoder = DetectorEncoder(architecture, maps, init, input_range)
        self.aggregator = LocationAggregator(self.detector_encoder.width, scale)
        self.zones = nn.Linear(self.detector_encoder.width, ZONES)
        self.smallest = self.detector_encoder.smallest

    def forward(
        self, image: torch.Tensor, maps: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find the zones.

        Args:
            image: (B, 3, W, H), padded.
            maps: of the image encoder, strides 4, 8, 16, 32.

        Returns:
            zone logits (B, 6), and the queries' weights (B, Q) and boxes (B, Q, 4), see `DetectorEncoder`.
        """
        vectors, _, boxes = self.detector_encoder(image, maps[1:4])
        pooled, weights = self.aggregator(vectors)
        return self.zones(pooled), weights, boxes


class SimpleReportHead(nn.Module):
    """The global average of the deepest map, and one linear layer (ours).

    Args:
        channels: of the deepest map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.zones = nn.Linear(channels, ZONES)
        self.smallest = 1

    def forward(
        self, image: torch.Tensor, maps: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find the zones, as `LERG.forward` does; of queries there are none, Q = 0."""
        batch = image.shape[0]
        return self.zones(maps[3].mean(dim=(2, 3))), image.new_zeros(batch, 0), image.new_zeros(batch, 0, 4)

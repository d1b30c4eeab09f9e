"""Six labels: does this zone hold an infection?

Source: SGSeg (Ye et al., MICCAI 2024), Eq. 2.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class ZoneLoss(nn.Module):
    """Binary cross-entropy of the zones that are known, on logits (the same value as Eq. 2)."""

    def forward(
        self,
        prediction: torch.Tensor | dict[str, torch.Tensor],
        target: torch.Tensor | dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Compare.

        Args:
            prediction: a network's training output; `zone_logits` (B, 6) is read.
            target: a dictionary with `zones` (B, 6) in {0, 1}, NaN where a zone is not known.

        Returns:
            a scalar, the mean over the known zones; 0 (with a gradient of 0) where none is known or the
            network writes no report.

        Raises:
            ValueError: the target has no zones.
        """
        if not isinstance(prediction, dict) or "zone_logits" not in prediction:
            logits = prediction["logits"] if isinstance(prediction, dict) else prediction
            return logits.sum() * 0.0
        if not isinstance(target, dict) or "zones" not in target:
            raise ValueError("the target has no zones: set zones=true in prepare_batch")
        logits, zones = prediction["zone_logits"].float(), target["zones"].float()
        known = zones.isfinite()
        losses = functional.binary_cross_entropy_with_logits(
            logits, torch.where(known, zones, 0.0), weight=known.float(), reduction="sum"
        )
        return losses / known.sum().clamp(min=1)

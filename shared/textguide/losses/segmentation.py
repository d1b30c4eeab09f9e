"""Losses between a predicted and a true mask."""

from __future__ import annotations

import torch
from monai.losses import DiceCELoss, DiceLoss
from torch import nn

from textguide.choices import check_choice
from textguide.losses.outputs import logits_of, mask_of


class SegmentationLoss(nn.Module):
    """Dice, alone or with binary cross-entropy, of logits against a mask.

    Args:
        kind: `dice_bce`, what TMCA and SGSeg say, or `dice`, what the code of Ariadne's Thread and SGSeg ran:
            they call MONAI 1.0's `DiceCELoss` on one sigmoid channel, whose cross-entropy is a softmax over
            one channel, that is 0.

    Raises:
        ValueError: an unknown kind.
    """

    def __init__(self, kind: str = "dice_bce") -> None:
        super().__init__()
        losses = {"dice_bce": DiceCELoss, "dice": DiceLoss}
        check_choice("loss kind", kind, losses)
        self.loss = losses[kind](sigmoid=True)

    def forward(
        self,
        prediction: torch.Tensor | dict[str, torch.Tensor],
        target: torch.Tensor | dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Compare.

        Args:
            prediction: logits (B, 1, W, H), or a network's training output with the key `logits`.
            target: mask (B, 1, W, H) in {0, 1}, or a dictionary with the key `label`.

        Returns:
            a scalar, the mean over images.
        """
        return self.loss(logits_of(prediction).float(), mask_of(target).float())

"""What a network shows of itself, in the size of the image."""

from __future__ import annotations

import torch
from torch.nn import functional


def enlarge(maps: torch.Tensor, padded: torch.Tensor) -> torch.Tensor:
    """Interpolate maps (B, C, w, h) to the size of the padded image (B, 3, W, H)."""
    return functional.interpolate(maps, size=padded.shape[2:], mode="bilinear", align_corners=False)


def paint(weights: torch.Tensor, boxes: torch.Tensor, padded: torch.Tensor) -> torch.Tensor:
    """Put each query's weight where it starts to look, on a map of stride 8, and enlarge it.

    Args:
        weights: (B, Q).
        boxes: (B, Q, 4): centre and size along W and H as shares of the image.
        padded: the image (B, 3, W, H).

    Returns:
        (B, 1, W, H), the largest value of each is 1.
    """
    width, height = padded.shape[2] // 8, padded.shape[3] // 8
    x = (boxes[..., 0] * width).long().clamp(0, width - 1)
    y = (boxes[..., 1] * height).long().clamp(0, height - 1)
    flat = weights.new_zeros(len(weights), width * height).scatter_add(1, x * height + y, weights)
    large = enlarge(flat.unflatten(1, (1, width, height)), padded)
    return large / large.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)

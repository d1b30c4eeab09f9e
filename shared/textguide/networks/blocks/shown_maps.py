"""What a self-guided network shows of itself: the words that it read, and where its detector looked.

Source: SGSeg (Ye et al., MICCAI 2024), Fig. 2 and Fig. 5.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def show_reading(
    attention: dict[str, torch.Tensor], is_place: torch.Tensor, padded: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Tell how much each word was read, and where the words of place were.

    Args:
        attention: of each level (B, L, W / s, H / s), which sums to 1 over L, see `GuideDecoder.attention`.
        is_place: (B, L) bool, True for a word of place: a zone or a side.
        padded: the image (B, 3, W, H).

    Returns:
        `attention_LEVEL` (B, 1, W, H), the share of the attention of each place that went to words of place
        (the mean over all words would be constant); `word_importance` (B, L), the mean over all places and
        levels, which sums to 1.
    """
    shown = {}
    for level, weights in attention.items():
        share = (weights * is_place[:, :, None, None]).sum(dim=1, keepdim=True)
        shown[f"attention_{level}"] = enlarge(share, padded)
    per_level = [weights.mean(dim=(2, 3)) for weights in attention.values()]
    return shown | {"word_importance": torch.stack(per_level).mean(dim=0)}


def show_queries(
    weights: torch.Tensor, boxes: torch.Tensor, padded: torch.Tensor, image: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Tell where the queries of a detector start to look, and what weight each of them got.

    Args:
        weights: (B, Q), which sum to 1.
        boxes: (B, Q, 4): centre and size along W and H, as shares of the padded image.
        padded: the padded image (B, 3, W', H').
        image: (B, C, W, H).

    Returns:
        `detector` (B, 1, W', H'), the weights put where the queries start, on a map of stride 8, enlarged,
        largest 1; `query_weights` (B, Q) and `query_boxes` (B, Q, 4), as shares of the image.
    """
    width, height = padded.shape[2] // 8, padded.shape[3] // 8
    x = (boxes[..., 0] * width).long().clamp(0, width - 1)
    y = (boxes[..., 1] * height).long().clamp(0, height - 1)
    flat = weights.new_zeros(len(weights), width * height).scatter_add(1, x * height + y, weights)
    large = enlarge(flat.unflatten(1, (1, width, height)), padded)
    scale = boxes.new_tensor([padded.shape[2] / image.shape[2], padded.shape[3] / image.shape[3]])
    return {
        "detector": large / large.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12),
        "query_weights": weights,
        "query_boxes": boxes * scale.repeat(2),
    }


def enlarge(maps: torch.Tensor, padded: torch.Tensor) -> torch.Tensor:
    """Interpolate maps (B, C, w, h) to the size of the padded image (B, 3, W, H)."""
    return functional.interpolate(maps, size=padded.shape[2:], mode="bilinear", align_corners=False)

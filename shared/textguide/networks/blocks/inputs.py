"""What every network here does with its inputs before anything else."""

from __future__ import annotations

import torch
from torch.nn import functional


def prepare_inputs(
    image: torch.Tensor,
    input_ids: torch.Tensor | None,
    attention_mask: torch.Tensor | None,
    multiple: int,
    smallest: int = 1,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Check a network's inputs, make an image of three channels and padded size, and text of two tensors.

    Args:
        image: (B, 1 or 3, W, H).
        input_ids: (B, L) long, or None: no sentence.
        attention_mask: (B, L) long, or None: every position counts.
        multiple: what both sizes must be multiples of; the far ends are padded by `pad_to_multiple`.
        smallest: what both sizes must be at least.

    Returns:
        image (B, 3, W', H'), ids (B, L) and mask (B, L). No sentence is a mask of zeros.

    Raises:
        ValueError: a shape that does not fit.
    """
    if image.dim() != 4 or image.shape[1] not in (1, 3):
        raise ValueError(f"the image has the shape {list(image.shape)}: (B, 1 or 3, W, H) is allowed")
    if input_ids is None:
        input_ids = torch.zeros(image.shape[0], 1, dtype=torch.long, device=image.device)
        attention_mask = torch.zeros_like(input_ids)
    elif attention_mask is None:
        attention_mask = torch.ones_like(input_ids)
    shape = list(input_ids.shape)
    if len(shape) != 2 or shape[0] != image.shape[0] or shape[1] < 1 or list(attention_mask.shape) != shape:
        raise ValueError(
            f"ids and mask have the shapes {shape} and {list(attention_mask.shape)}: both must be "
            f"({image.shape[0]}, L), one row for each image, L >= 1"
        )
    return pad_to_multiple(three_channels(image), multiple, smallest), input_ids, attention_mask


def three_channels(image: torch.Tensor) -> torch.Tensor:
    """Repeat a grey image (B, 1, W, H) to three channels, without a copy; leave a colour image as it is."""
    return image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image


def pad_to_multiple(image: torch.Tensor, multiple: int, smallest: int = 1) -> torch.Tensor:
    """Repeat the last column and row of `image` (B, C, W, H) until both sizes are multiples of `multiple`.

    And until they are at least `smallest`, itself a multiple (or 1).


    Padding goes to the far end only, so that cropping back is `padded[..., :W, :H]`. Border values rather
    than zeros: a z-scored film has no neutral value, and a hard edge would be one more thing to look at.
    """
    width, height = image.shape[2], image.shape[3]
    right = max((-width) % multiple, smallest - width)
    bottom = max((-height) % multiple, smallest - height)
    if right == 0 and bottom == 0:
        return image
    return functional.pad(image, [0, bottom, 0, right], mode="replicate")

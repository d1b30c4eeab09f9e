"""What every encoder here wants of an image: three channels, and sizes that are multiples of its stride."""

from __future__ import annotations

import torch
from torch.nn import functional


def three_channels(image: torch.Tensor) -> torch.Tensor:
    """Repeat a grey image (B, 1, W, H) to three channels, without a copy; leave a colour image as it is."""
    return image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image


def pad_to_multiple(image: torch.Tensor, multiple: int) -> torch.Tensor:
    """Repeat the last column and row of `image` (B, C, W, H) until both sizes are multiples of `multiple`.

    Padding goes to the far end only, so that cropping back is `padded[..., :W, :H]`. Border values rather
    than zeros: a z-scored film has no neutral value, and a hard edge would be one more thing to look at.
    """
    width, height = image.shape[2], image.shape[3]
    right, bottom = (-width) % multiple, (-height) % multiple
    if right == 0 and bottom == 0:
        return image
    return functional.pad(image, [0, bottom, 0, right], mode="replicate")

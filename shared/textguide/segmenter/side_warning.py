"""What a user would be told about the side of a sentence: the rules of `judge`, for masks that are there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textguide.segmenter.agreement import OPPOSITE_SHARE, find_disagreements, share_in_half
from textguide.segmenter.understanding import understand


def side_warnings(
    text: str,
    mask: NDArray[np.bool_],
    free_mask: NDArray[np.bool_],
    bundle_side: str | None = "image",
    reads_text: bool = True,
) -> dict[str, bool] | None:
    """Tell which warnings a sentence would meet that names one side alone.

    Args:
        text: a sentence in the bundle's own side convention.
        mask: (W, H) what the network made of the sentence.
        free_mask: (W, H) what it made of the image without one.
        bundle_side: that convention, "image" or "patient"; None: sides mean nothing to the bundle.
        reads_text: see `Bundle`.

    Returns:
        `text_free_mask`: most of the mask without the sentence lies on the other side; `any`: that, or any
        other disagreement of mask and sentence. None where the sentence does not name one side alone, or is
        not read.
    """
    understood = understand(text, bundle_side=bundle_side, reads_text=reads_text)
    if understood.half is None:
        return None
    other = "right" if understood.half == "left" else "left"
    return {
        "text_free_mask": share_in_half(free_mask, other) > OPPOSITE_SHARE,
        "any": bool(find_disagreements(mask, understood, free_mask)),
    }

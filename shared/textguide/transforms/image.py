"""What a loaded image or mask needs before anything else: the right channels, and two values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import torch
from monai.config import KeysCollection
from monai.transforms import MapTransform

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow's mode L


class MatchChannelsd(MapTransform):
    """Grey to colour or colour to grey, whatever came.

    One channel is repeated to three; three become one by their luma; an alpha channel (2 or 4 channels) is
    dropped first.

    Args:
        keys: images (C, W, H[, D]).
        channels: 1 or 3.

    Raises:
        ValueError: `channels` is neither; an image has more than four channels.
    """

    def __init__(self, keys: KeysCollection, channels: int = 1) -> None:
        super().__init__(keys)
        if channels not in (1, 3):
            raise ValueError(f"channels is {channels}: allowed are 1 (grey) and 3 (colour)")
        self.channels = channels

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Match the channels of one record."""
        record = dict(data)
        for key in self.key_iterator(record):
            image = record[key]
            if image.shape[0] not in (1, 2, 3, 4):
                raise ValueError(
                    f"{key} has {image.shape[0]} channels: allowed are 1 to 4 (grey or colour, with alpha)"
                )
            image = image[: image.shape[0] - 1] if image.shape[0] in (2, 4) else image
            if image.shape[0] == 3 and self.channels == 1:
                weights = torch.tensor(_LUMA, dtype=image.dtype).reshape(3, *[1] * (image.ndim - 1))
                image = (image * weights).sum(dim=0, keepdim=True)
            elif image.shape[0] == 1 and self.channels == 3:
                image = image.repeat(3, *[1] * (image.ndim - 1))
            record[key] = image
        return record


class BinaryMaskd(MapTransform):
    """A mask as it lies on disk -> (1, W, H[, D]) with values 0 and 1.

    One rule covers the published data sets: the largest of the colour channels, then above 127 (JPEG masks
    ring around their edges; BKAI paints two classes red and green), or above 0 where no value exceeds 3
    (masks of class numbers).

    Args:
        keys: masks (C, W, H[, D]).
        allow_missing_keys: a record without a mask is fine.
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Binarise the mask of one record."""
        record = dict(data)
        for key in self.key_iterator(record):
            mask = record[key][:3] if record[key].shape[0] >= 3 else record[key][:1]
            mask = mask.amax(dim=0, keepdim=True)
            record[key] = (mask > (127 if mask.max() > 3 else 0)).to(torch.float32)
        return record

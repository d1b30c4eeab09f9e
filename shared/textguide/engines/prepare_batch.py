"""From a collated batch to what a trainer or an evaluator hands to the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from monai.data import MetaTensor
from monai.engines import PrepareBatch
from torch import Tensor

TEXT_KEYS = ("input_ids", "attention_mask")

Target = Tensor | dict[str, Tensor] | None


class PrepareTextBatch(PrepareBatch):
    """Split a batch into image, target and the two text tensors, on the device of the engine.

    The text tensors go to the network by name (`input_ids`, `attention_mask`); a batch that has none is a
    batch without text. A batch that has no label (inference) has the target None.

    Args:
        zones: the target becomes `{"label", "zones"}`, for a loss that reads the zones.
        channels_last: lay the image out channels last in memory, which is faster for convolutions on a GPU
            with mixed precision and on many CPUs. Values and shape stay.
        keep_metadata: keep MONAI's meta information on image and label. An inverse transform and a writer
            need it; training does not, and every operation on a plain tensor is cheaper.
    """

    def __init__(self, zones: bool = False, channels_last: bool = False, keep_metadata: bool = True) -> None:
        self.zones = zones
        self.channels_last = channels_last
        self.keep_metadata = keep_metadata

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[Tensor, Target, tuple, dict[str, Tensor | None]]:
        """Move the tensors of one batch.

        Args:
            batchdata: image (B, C, W, H) float; optionally label (B, 1, W, H), input_ids and attention_mask
                (B, L) long, zones (B, 6) float where NaN means not known.
            device: where to move them.
            non_blocking: do not wait for the copies (they overlap only out of pinned memory).
            kwargs: further arguments of `Tensor.to` for the image.

        Returns:
            image, target, an empty tuple of positional arguments, and the text tensors by name.

        Raises:
            ValueError: the zones are wanted and the batch has a label but no zones.
        """
        image = batchdata["image"].to(device=device, non_blocking=non_blocking, **kwargs)
        if self.channels_last and image.ndim == 4:
            image = image.contiguous(memory_format=torch.channels_last)

        def move(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device=device, non_blocking=non_blocking)

        text = {key: move(batchdata.get(key)) for key in TEXT_KEYS}
        label = move(batchdata.get("label"))
        if not self.keep_metadata:
            image, label = plain_tensor(image), plain_tensor(label)
        if label is None or not self.zones:
            return image, label, (), text
        if batchdata.get("zones") is None:
            raise ValueError(
                "the loss reads the zones and the batch has none: "
                "every record needs `zones`, six values or null, or set zones=false in prepare_batch"
            )
        zones = batchdata["zones"]
        zones = stack_zones(zones) if isinstance(zones, Sequence) else zones
        return image, {"label": label, "zones": zones.to(device=device, non_blocking=non_blocking)}, (), text


def plain_tensor(value: Any) -> Any:
    """Return the tensor under a `MetaTensor`, anything else as it is."""
    return value.as_tensor() if isinstance(value, MetaTensor) else value


def stack_zones(columns: Sequence[Any]) -> Tensor:
    """Turn zones collated as six columns, a list of (B,) tensors, into a (B, 6) float tensor."""
    return torch.stack([torch.as_tensor(column).float() for column in columns], dim=-1)

"""A 2-D network over the slices of a volume, each with the text of its volume."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from monai.data import MetaTensor
from monai.inferers import Inferer
from torch import Tensor

from textguide.inferers.text_arguments import TextArguments
from textguide.losses.outputs import logits_of


class TextSliceInferer(Inferer):
    """Run a 2-D network on every slice of a batch of volumes; a batch of images is run as it is.

    MONAI's `SliceInferer` drops every argument beside the image, the text with them. Here each slice is given
    the text of its volume, slices of several volumes may share one call, and the result does not depend on
    how many do. Whole slices are run, so no window size is needed.

    Args:
        spatial_dim: the spatial axis that is cut across: 0, 1 or 2 of (W, H, D).
        batch_size: slices in one call of the network.
    """

    def __init__(self, spatial_dim: int = 2, batch_size: int = 8) -> None:
        super().__init__()
        if spatial_dim not in (0, 1, 2):
            raise ValueError(f"spatial_dim is {spatial_dim}; 0, 1 or 2 is needed, of (W, H, D)")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; at least one slice goes into a call")
        self.spatial_dim = spatial_dim
        self.batch_size = batch_size

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Run the network.

        Args:
            inputs: volumes (B, C, W, H, D) or images (B, C, W, H), float.
            network: called as `network(slices, *args, **kwargs)`, slices (N, C, ., .).
            args: arguments beside the image, tensors with one row for each volume or one for all.
            kwargs: the same by name, such as `input_ids` and `attention_mask` (B, L).

        Returns:
            Logits in the layout of the inputs, with their meta information.

        Raises:
            ValueError: the inputs are neither volumes nor images, or the rows of an argument do not match
                them.
        """
        if inputs.ndim not in (4, 5):
            raise ValueError(
                f"inputs have the shape {tuple(inputs.shape)}; (B, C, W, H) or (B, C, W, H, D) is needed"
            )
        text = TextArguments(len(inputs), args, kwargs)
        image = inputs.as_tensor() if isinstance(inputs, MetaTensor) else inputs
        axis = self.spatial_dim + 2
        volumes = image.movedim(axis, 1) if image.ndim == 5 else image[:, None]  # B D C . .
        depth = volumes.shape[1]
        slices = volumes.flatten(0, 1)  # (B D) C . .

        outputs = []
        for first in range(0, len(slices), self.batch_size):
            part = slices[first : first + self.batch_size]
            samples = torch.arange(first, first + len(part)) // depth
            part_args, part_kwargs = text.rows(samples)
            outputs.append(logits_of(network(part, *part_args, **part_kwargs)))

        logits = torch.cat(outputs).unflatten(0, (len(inputs), depth))  # B D C . .
        logits = logits.movedim(1, axis) if image.ndim == 5 else logits[:, 0]
        return MetaTensor(logits).copy_meta_from(inputs) if isinstance(inputs, MetaTensor) else logits

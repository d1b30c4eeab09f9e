"""A network over overlapping windows of large images, each with the text of its image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from monai.inferers import SlidingWindowInferer
from torch import Tensor

from textguide.inferers.text_arguments import TextArguments
from textguide.losses.outputs import logits_of


class TextSlidingWindowInferer(SlidingWindowInferer):
    """MONAI's sliding windows, each window with the text of the image that it was cut from.

    MONAI hands the text of the whole batch to every call, so that with several images a window meets another
    image's text, or the shapes do not match. Windows of several images share a call here too, and the result
    does not depend on how many do. A sentence is encoded once a call, however many windows it has.

    A window does not know where it lies: a sentence that names a place ("upper left") then means the place
    within the window. Use it for texts that name what is to be found, and whole images where they name where.

    Args:
        roi_size: columns and rows of a window.
        sw_batch_size: windows in one call of the network.
        overlap: share of a window that the next one covers again, in [0, 1).
        mode: how overlapping windows are blended, "gaussian" or "constant".
        kwargs: further arguments of MONAI's `SlidingWindowInferer`, except `with_coord`.
    """

    def __init__(
        self,
        roi_size: Sequence[int] | int,
        sw_batch_size: int = 4,
        overlap: Sequence[float] | float = 0.25,
        mode: str = "gaussian",
        **kwargs: Any,
    ) -> None:
        # The coordinates that MONAI passes with each call tell which image a window belongs to.
        super().__init__(roi_size, sw_batch_size, overlap, mode, with_coord=True, **kwargs)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Run the network.

        Args:
            inputs: images (B, C, W, H), float.
            network: called as `network(windows, *args, **kwargs)`, windows (N, C, *roi_size).
            args: arguments beside the image, tensors with one row for each image or one for all.
            kwargs: the same by name, such as `input_ids` and `attention_mask` (B, L).

        Returns:
            Logits (B, 1, W, H), with the meta information of the inputs.

        Raises:
            ValueError: the rows of an argument do not match the inputs.
        """
        text = TextArguments(len(inputs), args, kwargs)

        def predict(windows: Tensor, coordinates: Sequence[Sequence[slice]]) -> Tensor:
            samples = torch.tensor([window[0].start for window in coordinates])
            window_args, window_kwargs = text.rows(samples)
            return logits_of(network(windows, *window_args, **window_kwargs))

        return super().__call__(inputs, predict)  # type: ignore[return-value]

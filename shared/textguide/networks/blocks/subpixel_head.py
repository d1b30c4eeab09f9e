"""Sub-pixel upsampling and the 1x1 convolution after it, as the one convolution that they are.

Source: Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017, as MONAI's `SubpixelUpsample`
and `UnetOutBlock` run it at the end of Ariadne's Thread's decoder.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def subpixel_logits(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    mix: torch.Tensor,
    mix_bias: torch.Tensor | None,
    scale: int,
) -> torch.Tensor:
    """Compute `out(expand(x))` without the full-size map of many channels between them.

    A 3x3 convolution, the shuffle to pixels, the average over `scale` x `scale` pixels and the 1x1
    convolution follow one another with nothing non-linear between them, so the 1x1 convolution can mix the
    kernels instead of the pixels. Exact but for rounding; with 8 channels in between an eighth of the work
    and of the memory.

    Args:
        x: (B, C, W, H).
        weight: (c * scale^2, C, 3, 3), the convolution of `expand`.
        bias: (c * scale^2,).
        mix: (1, c, 1, 1), the convolution of `out`.
        mix_bias: (1,).
        scale: pixels of the output for one of `x`, along each axis.

    Returns:
        (B, 1, scale * W, scale * H).
    """
    assert bias is not None  # TorchScript knows a convolution's bias as optional
    assert mix_bias is not None
    channels, pixels = mix.shape[1], scale * scale
    mixed = mix.flatten(1) @ weight.reshape(channels, -1)  # (1, scale^2 * C * 3 * 3)
    kernel = mixed.reshape(pixels, weight.shape[1], weight.shape[2], weight.shape[3])
    start = (mix.flatten(1) @ bias.reshape(channels, pixels)).flatten()
    fine = functional.pixel_shuffle(functional.conv2d(x, kernel, start, padding=1), scale)
    averaged = _mean_to_the_left(_mean_to_the_left(fine, 2, scale), 3, scale)
    return averaged + mix_bias


def _mean_to_the_left(x: torch.Tensor, axis: int, count: int) -> torch.Tensor:
    """Average each pixel with the `count` - 1 before it along an axis, zeros before the first.

    Shifted sums: on a CPU `avg_pool2d` takes up to 25 times as long for a single channel.
    """
    size = x.shape[axis]
    before = [0, 0, count - 1, 0] if axis == 2 else [count - 1, 0]
    padded = functional.pad(x, before)
    total = padded.narrow(axis, 0, size)
    for step in range(1, count):
        total = total + padded.narrow(axis, step, size)
    return total / count

"""Fixed sinusoidal position codes for sentences and for feature maps."""

from __future__ import annotations

import math

import torch


def sequence_code(like: torch.Tensor) -> torch.Tensor:
    """Sinusoid over the token index (Vaswani et al. 2017, Sec. 3.5).

    Args:
        like: (B, L, C), C even; only its shape, type and device are used.

    Returns:
        (1, L, C).
    """
    length, channels = like.shape[1], like.shape[2]
    index = torch.arange(length, device=like.device, dtype=torch.float32).unsqueeze(1)
    rate = torch.exp(
        torch.arange(0, channels, 2, device=like.device, dtype=torch.float32)
        * (-math.log(10000.0) / channels)
    )
    angle = index * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1).unsqueeze(0).to(like.dtype)


def grid_code(width: int, height: int, like: torch.Tensor) -> torch.Tensor:
    """Sinusoid over the place in the image, the same for one place at every resolution.

    Ours: Ariadne's Thread runs `sequence_code` over the flattened map, which ties a code to one map size and
    hides that two vertical neighbours are neighbours. Half of the channels code x, half y, as fractions of
    the image.

    Args:
        width: columns of the map (first spatial axis).
        height: rows of the map (second spatial axis).
        like: (B, width * height, C), C a multiple of 4; only channels, type and device are used.

    Returns:
        (1, width * height, C), x-major, as `map.flatten(2)` orders the positions of a (B, C, W, H) map.
    """
    waves = like.shape[2] // 4
    slowest, fastest = 0.5, 16.0  # cycles over the whole image
    exponent = torch.linspace(0.0, 1.0, waves, device=like.device)
    rate = 2.0 * math.pi * slowest * torch.pow(fastest / slowest, exponent)
    x = (torch.arange(width, device=like.device) + 0.5) / width
    y = (torch.arange(height, device=like.device) + 0.5) / height
    x_angle = (x.unsqueeze(1) * rate).unsqueeze(1).expand(width, height, waves)
    y_angle = (y.unsqueeze(1) * rate).unsqueeze(0).expand(width, height, waves)
    code = torch.cat([x_angle.sin(), x_angle.cos(), y_angle.sin(), y_angle.cos()], dim=2)
    return code.reshape(1, width * height, 4 * waves).to(like.dtype)

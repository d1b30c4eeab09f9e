from __future__ import annotations

import torch
from monai.networks.blocks import SubpixelUpsample, UnetOutBlock

from textguide.networks.blocks.subpixel_head import subpixel_logits


def test_it_equals_the_two_blocks_one_after_the_other_in_values_and_gradients():
    torch.manual_seed(0)
    for scale in (2, 4):
        expand, out = SubpixelUpsample(2, 8, 3, scale_factor=scale).double(), UnetOutBlock(2, 3, 1).double()
        x = torch.randn(2, 8, 5, 7, dtype=torch.float64, requires_grad=True)
        learned = [x, *expand.parameters(), *out.parameters()]
        expected = out(expand(x))
        convolution, mix = expand.conv_block, out.conv.conv
        found = subpixel_logits(x, convolution.weight, convolution.bias, mix.weight, mix.bias, scale)
        assert found.shape == (2, 1, 5 * scale, 7 * scale)
        torch.testing.assert_close(found, expected)
        wanted = torch.randn_like(expected)
        for ours, theirs in zip(
            torch.autograd.grad(found, learned, wanted),
            torch.autograd.grad(expected, learned, wanted),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs)

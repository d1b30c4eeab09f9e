"""Baselines: MONAI's networks that see the image alone, the floor of every table about text.

The papers compare with U-Net, U-Net++, Attention U-Net and nnU-Net, and say neither their widths nor how they
were trained. Here each is the network that MONAI has, under MONAI's own name, behind the same inputs and
outputs as a network that reads text: so recipe, split, metrics and every door are the same, and what a
text-guided network scores above it is worth of its text and its architecture, not of its training.

| architecture | paper |
|---|---|
| BasicUNet | U-Net: Ronneberger et al., MICCAI 2015, in the form of Falk et al., Nature Methods 2019 |
| BasicUNetPlusPlus | U-Net++: Zhou et al., DLMIA 2018 |
| AttentionUnet | Attention U-Net: Oktay et al., arXiv 1804.03999 |
| DynUNet | the network of nnU-Net: Isensee et al., Nature Methods 2021; not its planning, not its recipe |
| FlexibleUNet | a U-Net on EfficientNet or ResNet; EfficientNet: Tan and Le, ICML 2019 |
| MedNeXt | Roy et al., MICCAI 2023 |

We chose: one output. The heads of deep supervision stay off, and layers that MONAI builds but never calls are
taken out (three heads of U-Net++, the classifier of EfficientNet), because a parameter without a gradient
stops a training on several GPUs. No weights of ImageNet: all rows start at random.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from monai.networks.nets import AttentionUnet, BasicUNet, BasicUNetPlusPlus, DynUNet, FlexibleUNet, MedNeXt
from torch import nn

from textguide.arguments import keeps_arguments
from textguide.choices import check_choice, listed
from textguide.networks.blocks.inputs import prepare_inputs

_SHAPE: dict[str, int] = {"spatial_dims": 2, "in_channels": 3, "out_channels": 1}
_OFF = ("deep_supervision", "deep_supr_num", "pretrained")
_CLASSIFIER = ("_conv_head", "_conv_head_padding", "_bn1", "_avg_pooling", "_dropout", "_fc")


class _MedNeXt(MedNeXt):
    """MedNeXt; a script of it holds its trace, since TorchScript cannot call `super().forward`."""

    def __prepare_scriptable__(self) -> nn.Module:
        example = next(self.parameters()).new_zeros(1, _SHAPE["in_channels"], 64, 64)
        return torch.jit.trace(self, example)


_ARCHITECTURES: dict[str, type[nn.Module]] = {
    "BasicUNet": BasicUNet,
    "BasicUNetPlusPlus": BasicUNetPlusPlus,
    "AttentionUnet": AttentionUnet,
    "DynUNet": DynUNet,
    "FlexibleUNet": FlexibleUNet,
    "MedNeXt": _MedNeXt,
}


@keeps_arguments
class Baseline(nn.Module):
    """Image -> logits; a sentence is accepted and ignored.

    Args:
        architecture: a class of `monai.networks.nets`, see the table above.
        arguments: of its constructor, but for the dimensions and channels, which are given by what goes in
            and comes out.

    Raises:
        ValueError: an unknown architecture, or arguments that it cannot be built with.
    """

    def __init__(self, architecture: str, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.network = _build(architecture, arguments)

    def forward(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Segment the image.

        Args:
            image: (B, 1 or 3, W, H) float, z-scored, any W and H.
            input_ids: (B, L) long, any L >= 1; ignored.
            attention_mask: (B, L) long; ignored.

        Returns:
            (B, 1, W, H) logits. In training a dictionary with `logits`.

        Raises:
            ValueError: a shape that does not fit.
        """
        logits = self._segment(image, input_ids, attention_mask)
        if not torch.jit.is_scripting():  # noqa: SIM102 (a script compiles what stands behind `and`)
            if self.training:
                return {"logits": logits}  # type: ignore[return-value]
        return logits

    @torch.jit.unused
    def explain(
        self,
        image: torch.Tensor,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> dict[str, torch.Tensor]:
        """Return `probability` (B, 1, W, H) in [0, 1]; arguments as in `forward`."""
        return {"probability": self._segment(image, input_ids, attention_mask).sigmoid()}

    def _segment(
        self, image: torch.Tensor, input_ids: torch.Tensor | None, attention_mask: torch.Tensor | None
    ) -> torch.Tensor:
        # No architecture may shrink its input more than 32 times, and the norms that look at one image alone
        # (instance, group) need two pixels where it is smallest.
        multiple = 32 if min(image.shape[2], image.shape[3]) > 32 else 64
        padded, _, _ = prepare_inputs(image, input_ids, attention_mask, multiple)
        output = self.network(padded)
        logits = output[0] if isinstance(output, list) else output  # U-Net++ gives a list of one
        return logits[:, :, : image.shape[2], : image.shape[3]]


def _build(architecture: str, arguments: dict[str, Any]) -> nn.Module:
    """Build a network of MONAI's, without what it never calls, and try it once."""
    check_choice("architecture", architecture, _ARCHITECTURES)
    kind = _ARCHITECTURES[architecture]
    taken = [name for name in inspect.signature(kind).parameters if name not in (*_SHAPE, *_OFF)]
    unknown = [name for name in arguments if name not in taken]
    if unknown:
        raise ValueError(f"{architecture} has no argument {unknown[0]!r}: allowed are {listed(taken)}")
    try:
        network = kind(**_SHAPE, **arguments)
        _take_out_idle_layers(network)
        with torch.no_grad():
            network.eval()(torch.zeros(1, _SHAPE["in_channels"], 64, 96))
    except Exception as error:  # whatever MONAI raises, the arguments are to blame
        reason = " ".join(str(error).split())
        raise ValueError(f"{architecture} cannot be built with {arguments}: {reason}") from error
    return network.train()


def _take_out_idle_layers(network: nn.Module) -> None:
    """Remove the layers whose output nothing reads, and what TorchScript cannot read."""
    if isinstance(network, BasicUNetPlusPlus):
        for head in ("final_conv_0_1", "final_conv_0_2", "final_conv_0_3"):
            setattr(network, head, nn.Identity())
    if isinstance(network, FlexibleUNet) and hasattr(network.encoder, "set_swish"):
        network.encoder.set_swish(memory_efficient=False)
        for layer in _CLASSIFIER:
            delattr(network.encoder, layer)

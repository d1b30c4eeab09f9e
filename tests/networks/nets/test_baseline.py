from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.networks.text_contract import IgnoresText
from tests.networks.toys import draw_images

from textguide.losses import SegmentationLoss
from textguide.networks.nets import Baseline

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "bundles" / "baseline_segmentation" / "configs"
BASIC: dict[str, Any] = {"features": [4, 4, 6, 8, 12, 4], "norm": "batch", "bias": False}
TOYS: dict[str, dict[str, Any]] = {
    "BasicUNet": BASIC,
    "BasicUNetPlusPlus": BASIC,
    "AttentionUnet": {"channels": [4, 6, 8, 12], "strides": [2, 2, 2]},
    "DynUNet": {
        "kernel_size": [3] * 4,
        "strides": [1, 2, 2, 2],
        "upsample_kernel_size": [2] * 3,
        "filters": [4, 6, 8, 12],
    },
    "FlexibleUNet": {"backbone": "efficientnet-b0", "decoder_channels": [8, 8, 8, 4, 4]},
    "MedNeXt": {
        "init_filters": 4,
        "kernel_size": 3,
        "use_residual_connection": True,
        "blocks_down": [1] * 3,
        "blocks_bottleneck": 1,
        "blocks_up": [1] * 3,
    },
}


class _Baseline(IgnoresText):
    def build(self, architecture):
        return Baseline(architecture, TOYS[architecture])

    def loss(self):
        return SegmentationLoss()


class TestBaseline(_Baseline):
    variants = {
        "default": {"architecture": "BasicUNet"},
        **{name: {"architecture": name} for name in TOYS if name not in ("BasicUNet", "FlexibleUNet")},
    }


class TestFlexibleUNet(_Baseline):
    """EfficientNet has no narrow form, and its 49 norms in a row blow a batch of constants up beyond float32.

    With random weights and untrained norms its output varies by less than what bfloat16 tells apart.
    """

    variants = {"FlexibleUNet": {"architecture": "FlexibleUNet"}}
    test_a_constant_image_gives_finite_numbers = None
    test_bfloat16_autocast_gives_finite_numbers_near_the_exact_ones = None


def rows() -> dict[str, tuple[str, dict[str, Any]]]:
    """Architecture and arguments of every row of the bundle."""
    network = json.loads((CONFIGS / "train.json").read_text())["network_def"]
    table = json.loads((CONFIGS / "ablations.json").read_text())["tables"]["Image-only networks"]
    return {
        name: (
            row.get("network_def#architecture", network["architecture"]),
            row.get("network_def#arguments", network["arguments"]),
        )
        for name, row in table.items()
    }


def size_of(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_every_architecture_is_a_row_of_the_bundle_under_its_own_name_and_of_the_size_the_card_says():
    found = rows()
    assert [architecture for architecture, _ in found.values()] == list(found) == list(TOYS)
    card = (CONFIGS.parent / "docs" / "README.md").read_text(encoding="utf-8")
    for name, (architecture, arguments) in found.items():
        size = size_of(Baseline(architecture, arguments))
        assert size <= 4_000_000
        assert f"| `{name}` | {size / 1e6:.2f} M |" in card


@torch.no_grad()
@pytest.mark.parametrize("size", [(1, 1), (32, 33), (31, 200)])
def test_a_network_that_shrinks_its_input_32_times_takes_images_of_any_size(size: tuple[int, int]):
    filters = [4, 4, 6, 6, 8, 8]
    deep = {"kernel_size": [3] * 6, "strides": [1] + [2] * 5, "upsample_kernel_size": [2] * 5}
    for architecture, arguments in (
        ("DynUNet", deep | {"filters": filters}),
        ("MedNeXt", TOYS["MedNeXt"] | {"blocks_down": [1] * 5, "blocks_up": [1] * 5}),
    ):
        logits = Baseline(architecture, arguments).eval()(draw_images(2, *size))
        assert logits.shape == (2, 1, *size)
        assert logits.isfinite().all()


@torch.no_grad()
@pytest.mark.parametrize("architecture", TOYS)
def test_logits_are_those_of_monais_network(architecture: str):
    network = Baseline(architecture, TOYS[architecture]).eval()
    images = draw_images(2, 64, 96, channels=3)
    output = network.network(images)
    expected = output[0] if isinstance(output, list) else output
    assert torch.equal(network(images), expected)


@pytest.mark.parametrize(
    ("architecture", "arguments", "message"),
    [
        ("UNet", {}, "architecture is 'UNet': allowed are 'BasicUNet', 'BasicUNetPlusPlus', "),
        ("BasicUNet", {"channels": [4]}, "BasicUNet has no argument 'channels': allowed are 'features', "),
        ("BasicUNet", {"out_channels": 2}, "BasicUNet has no argument 'out_channels': allowed are "),
        ("DynUNet", {"deep_supervision": True}, "DynUNet has no argument 'deep_supervision': allowed are "),
        ("FlexibleUNet", {"pretrained": True}, "FlexibleUNet has no argument 'pretrained': allowed are "),
        ("AttentionUnet", {}, "AttentionUnet cannot be built with {}: .* 'channels' and 'strides'"),
        ("BasicUNet", {"features": [4, 4]}, r"BasicUNet cannot be built with {'features': \[4, 4\]}: "),
        ("FlexibleUNet", {"backbone": "vgg"}, "FlexibleUNet cannot be built with .*: invalid model_name vgg"),
        ("AttentionUnet", {"channels": [4] * 7, "strides": [2] * 6}, "AttentionUnet cannot be built with "),
    ],
)
def test_an_architecture_or_arguments_that_do_not_fit_are_named_in_one_line(
    architecture: str, arguments: dict[str, Any], message: str
):
    with pytest.raises(ValueError, match=message) as failure:
        Baseline(architecture, arguments)
    assert "\n" not in str(failure.value)

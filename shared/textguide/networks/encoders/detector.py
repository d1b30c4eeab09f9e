"""RT-DETR without its boxes: an image -> object vectors.

Source: Lv et al., "DETRs Beat YOLOs on Real-time Object Detection", CVPR 2024, through
`transformers.RTDetrModel`; SGSeg (Ye et al., MICCAI 2024), Sec. 2.3, reads its object vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrModel

from textguide.choices import check_choice
from textguide.networks.encoders.architecture import read_architecture

_STRIDES = (8, 16, 32)
_BOXES = ("bbox_embed", "class_embed", "enc_bbox_head", "denoising_class_embed")


class DetectorEncoder(nn.Module):
    """Object vectors of an image, the likeliest first.

    Trained by six labels alone, without boxes, RT-DETR would choose its queries at random for ever: nothing
    tells its query selector what an object is. Here (ours) each vector is multiplied by the score with which
    its query was selected, so that the selector learns; the parts that only boxes would train stand still.

    Args:
        architecture: a hub name or a folder (`PekingU/rtdetr_r50vd`), or arguments of `RTDetrConfig` as a
            dictionary, which needs no download. The detection checkpoint is loaded as one: loaded as a bare
            `RTDetrModel` it would silently lose its box refinement, and other vectors would come out.
        map_channels: channels of the maps of strides 8, 16 and 32 that are handed in, so that the detector
            has no backbone of its own (ours, compact; `architecture` is then a dictionary). None: its own.
        init: `pretrained`, or `random`: the architecture alone, as the published code of SGSeg trains it.
        input_range: `zscore`, images as they come, or `unit`: each stretched to [0, 1], as RT-DETR was
            trained.

    Attributes:
        width: channels of an object vector.
        smallest: least width and height of an image that has as many places as there are queries.
    """

    def __init__(
        self,
        architecture: str | Path | dict[str, Any],
        map_channels: Sequence[int] | None = None,
        init: str = "pretrained",
        input_range: str = "zscore",
    ) -> None:
        super().__init__()
        check_choice("init", init, ("pretrained", "random"))
        check_choice("input_range", input_range, ("zscore", "unit"))
        if map_channels is not None:
            architecture = _without_backbone(architecture, map_channels)
        kind = RTDetrModel if isinstance(architecture, dict) else RTDetrForObjectDetection
        detector = read_architecture(architecture, RTDetrConfig, kind, attn_implementation="eager")
        if init == "random":
            detector = kind(detector.config)
        self.model = detector if isinstance(detector, RTDetrModel) else detector.model
        for name, weight in self.model.named_parameters():
            weight.requires_grad_(not any(part in name for part in _BOXES))
        if map_channels is not None:
            self.model.backbone = nn.Identity()
        self.reads_maps = map_channels is not None
        self.stretches = input_range == "unit"
        self.width = int(self.model.config.d_model)
        self.queries = int(self.model.config.num_queries)
        self.smallest = _smallest(self.queries)

    def forward(
        self, image: torch.Tensor, maps: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Detect.

        Args:
            image: (B, 3, W, H), sizes multiples of 32 and at least `smallest`.
            maps: features (B, C_i, W / s, H / s) of the strides 8, 16, 32, if `map_channels` was given.

        Returns:
            vectors (B, Q, width); scores (B, Q) in [0, 1] with which the queries were selected; boxes (B, Q,
            4): where they start to look, centre and size along W and H, as shares of the image.
        """
        if self.stretches:
            low, high = image.amin(dim=(1, 2, 3), keepdim=True), image.amax(dim=(1, 2, 3), keepdim=True)
            image = (image - low) / (high - low).clamp(min=1e-6)
        # transformers lays an image out as (B, C, rows, columns)
        if self.reads_maps:
            features = [level.transpose(2, 3) for level in maps]
        else:
            turned = image.transpose(2, 3)
            mask = torch.ones_like(turned[:, 0], dtype=torch.long)
            features = [level for level, _ in self.model.backbone(turned, mask)]
        projected = [
            project(level) for project, level in zip(self.model.encoder_input_proj, features, strict=True)
        ]
        output = self.model(
            pixel_values=None, inputs_embeds=features[0], encoder_outputs=self.model.encoder(projected)
        )
        scores = output.enc_topk_logits.amax(dim=2).sigmoid()
        return output.last_hidden_state * scores.unsqueeze(2), scores, output.enc_topk_bboxes

    def __prepare_scriptable__(self) -> nn.Module:
        """Stand in for this module in `torch.jit.script`: a trace, exact at every size that is allowed."""
        training = self.training
        device = next(self.model.parameters()).device
        size = max(64, self.smallest)
        image = torch.zeros(2, 3, size, size + 32, device=device)
        maps = [
            torch.zeros(2, project[0].in_channels, size // stride, (size + 32) // stride, device=device)
            for project, stride in zip(self.model.encoder_input_proj, _STRIDES, strict=True)
        ]
        traced = torch.jit.trace(self.eval(), (image, maps), check_trace=False, strict=False)
        self.train(training)
        return traced


def _without_backbone(
    architecture: str | Path | dict[str, Any], map_channels: Sequence[int]
) -> dict[str, Any]:
    """Complete the arguments of a detector that is handed its maps; its stand-in of a backbone is dropped."""
    if not isinstance(architecture, dict):
        raise TypeError(
            f"the detector {str(architecture)!r} has a backbone of its own: a detector that shares the image "
            "encoder's maps is given as a dictionary"
        )
    width = architecture.get("encoder_hidden_dim", 256)
    return {
        "encoder_in_channels": list(map_channels),
        "decoder_in_channels": [width] * len(_STRIDES),
        "num_denoising": 0,
        **architecture,
        "backbone_config": {
            "model_type": "rt_detr_resnet",
            "embedding_size": 4,
            "layer_type": "basic",
            "hidden_sizes": [4, *map_channels],
            "depths": [1, 1, 1, 1],
            "out_features": ["stage2", "stage3", "stage4"],
        },
    }


def _smallest(queries: int) -> int:
    """Return the least multiple of 32 whose square has as many places on the three maps as queries."""
    size = 32
    while sum((size // stride) ** 2 for stride in _STRIDES) < queries:
        size += 32
    return size

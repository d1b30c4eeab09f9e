"""Toy encoders, images and sentences: the papers' architectures, narrow enough for milliseconds."""

from __future__ import annotations

from typing import Any

import torch

VOCABULARY = 61
LONGEST = 64
"""Rows of the toy BERT's position table."""

IMAGE_ENCODER: dict[str, Any] = {
    "hidden_sizes": [8, 16, 32, 64],
    "depths": [1, 1, 1, 1],
    "layer_scale_init_value": 0.1,
}
TEXT_ENCODER: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "max_position_embeddings": LONGEST,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
DETECTOR_ENCODER: dict[str, Any] = {
    "d_model": 16,
    "encoder_hidden_dim": 16,
    "encoder_ffn_dim": 16,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 16,
    "decoder_layers": 2,
    "num_queries": 20,
    "hidden_expansion": 0.5,
}
OWN_BACKBONE: dict[str, Any] = {
    "backbone_config": {
        "model_type": "rt_detr_resnet",
        "embedding_size": 8,
        "layer_type": "basic",
        "hidden_sizes": [8, 8, 16, 16],
        "depths": [1, 1, 1, 1],
        "out_features": ["stage2", "stage3", "stage4"],
    },
    "freeze_backbone_batch_norms": False,
    "encoder_in_channels": [8, 16, 16],
    "decoder_in_channels": [16, 16, 16],
}
REPORTS: list[list[int]] = [
    [2, *(10 + zone for zone in range(6) if number >> zone & 1), 3] for number in range(64)
]
"""Token ids of the 64 sentences: a start, one word a zone, an end."""


def draw_images(
    batch: int = 4, width: int = 64, height: int = 96, channels: int = 1, seed: int = 0
) -> torch.Tensor:
    """Images (B, C, W, H) like z-scored ones."""
    return torch.randn(batch, channels, width, height, generator=torch.Generator().manual_seed(seed))


def draw_masks(images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """True masks (B, 1, W, H) in {0, 1}: a box in each."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros_like(images[:, :1])
    for mask in masks[:, 0]:
        x, y = (int(torch.randint(size // 2, (1,), generator=generator)) for size in mask.shape)
        mask[x : x + mask.shape[0] // 2, y : y + mask.shape[1] // 2] = 1
    return masks


def draw_ids(batch: int = 4, length: int = 12, seed: int = 0) -> torch.Tensor:
    """Token ids (B, L), none of them 0."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(5, VOCABULARY, (batch, length), generator=generator)


def mask_of_lengths(lengths: list[int], length: int) -> torch.Tensor:
    """Attention mask (B, L): that many tokens, then padding; 0 is "no sentence"."""
    return (torch.arange(length) < torch.tensor(lengths).unsqueeze(1)).long()

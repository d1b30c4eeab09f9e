"""A network whose every pixel depends on its own sample's text, so that a mixed-up text shows."""

from __future__ import annotations

import torch
from torch import nn


class TextSensitiveNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(50, 3)
        self.convolution = nn.Conv2d(1, 3, kernel_size=3, padding=1)
        self.calls: list[int] = []

    def forward(self, image, input_ids=None, attention_mask=None):
        self.calls.append(len(image))
        features = self.convolution(image)
        if input_ids is not None:
            assert len(input_ids) == len(attention_mask) == len(image)
            text = (self.embedding(input_ids) * attention_mask[..., None]).sum(dim=1)
            features = features * text[:, :, None, None]
        logits = features.sum(dim=1, keepdim=True)
        return {"logits": logits, "text": features} if self.training else logits


def toy_text(batch: int, length: int = 4) -> dict[str, torch.Tensor]:
    ids = torch.arange(1, batch * length + 1).reshape(batch, length)
    mask = torch.ones_like(ids)
    mask[0, 2:] = 0
    return {"input_ids": ids, "attention_mask": mask}

"""What a loss reads of a network's output and of a target (a tensor, or a dictionary of tensors)."""

from __future__ import annotations

import torch


def logits_of(prediction: torch.Tensor | dict[str, torch.Tensor]) -> torch.Tensor:
    """Logits of a prediction: the tensor itself (evaluation) or its entry `logits` (training)."""
    return prediction["logits"] if isinstance(prediction, dict) else prediction


def mask_of(target: torch.Tensor | dict[str, torch.Tensor]) -> torch.Tensor:
    """Mask of a target: the tensor itself or its entry `label`."""
    return target["label"] if isinstance(target, dict) else target

"""Target-sensitive contrastive alignment of images and sentences.

Source: TMCA (Li et al., arXiv 2412.13533), Sec. 3.2 (MAS, TSDM).
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.nn.functional import all_gather
from torch.nn import functional

from textguide.choices import check_choice
from textguide.losses.outputs import mask_of


class TargetSensitiveAlignment(nn.Module):
    """Contrast images with sentences, and let two cases count as alike as far as their masks overlap.

    Per level: S = cosine(image_p, text_q), D = Dice(mask_p, mask_q); the softmax of D / target_temperature is
    the target of the softmax of S / similarity_temperature, over rows and over columns; cross-entropy, mean
    of both directions, mean over the levels. Samples without a sentence leave D and S; with fewer than two
    left the loss is 0. Under distributed training features and masks are gathered over the ranks first.

    The paper leaves the temperatures open: 0.1 keeps most of the target on the own pair and visible mass on
    overlapping lesions (1.0 is nearly uniform, 0.05 nearly one-hot on QaTa-COV19); 0.07 is CLIP's start.

    Args:
        target: `dice` (the paper's TSDM) or `identity`, one-hot: ordinary InfoNCE, the table's row without
            TSDM.
        target_temperature: of the softmax of D.
        similarity_temperature: of the softmax of S.
        merge_duplicates: ours, off by default: the images of one caption share its target equally. It acts
            from text to image alone, since the columns of S of one caption are the same; and within one rank,
            where a sentence is encoded once.

    Raises:
        ValueError: an unknown target or a temperature that is not positive.
    """

    def __init__(
        self,
        target: str = "dice",
        target_temperature: float = 0.1,
        similarity_temperature: float = 0.07,
        merge_duplicates: bool = False,
    ) -> None:
        super().__init__()
        check_choice("target", target, ("dice", "identity"))
        if min(target_temperature, similarity_temperature) <= 0:
            raise ValueError(
                f"temperatures are {target_temperature} and {similarity_temperature}: both must be above 0"
            )
        self.target = target
        self.target_temperature = target_temperature
        self.similarity_temperature = similarity_temperature
        self.merge_duplicates = merge_duplicates

    def forward(
        self,
        prediction: torch.Tensor | dict[str, torch.Tensor],
        target: torch.Tensor | dict[str, torch.Tensor],
    ) -> torch.Tensor:
        """Compare the vectors of a batch.

        Args:
            prediction: a network's training output: `has_text` (B,) bool and, per level, `image_LEVEL` and
                `text_LEVEL`, both (B, C_level).
            target: mask (B, 1, W, H) in {0, 1}, or a dictionary with the key `label`.

        Returns:
            a scalar; 0 (with a gradient of 0) where nothing can be compared: no level is published, as in an
            evaluation, whose prediction is a plain tensor.
        """
        if not isinstance(prediction, dict):
            return prediction.sum() * 0.0
        levels = [name.removeprefix("image_") for name in prediction if name.startswith("image_")]
        if not levels:
            return prediction["logits"].sum() * 0.0
        has_text = _gathered(prediction["has_text"])
        losses = []
        # Mixed precision computes the loss too: float16 ends at 65,504, and a large mask has more pixels.
        with torch.autocast(has_text.device.type, enabled=False):
            masks = _gathered(mask_of(target).flatten(1).float())[has_text]
            distances = self.distances(masks)
            for level in levels:
                image = _gathered(prediction[f"image_{level}"]).float()
                text = _gathered(prediction[f"text_{level}"]).float()
                if int(has_text.sum()) < 2:
                    losses.append((image.sum() + text.sum()) * 0.0)
                else:
                    losses.append(self._level(image[has_text], text[has_text], distances))
        return torch.stack(losses).mean()

    def distances(self, masks: torch.Tensor) -> torch.Tensor:
        """Turn flat masks (n, W*H) into the targets (n, n) of the rows, which sum to 1.

        The softmax of their pairwise Dice, or one-hot. One matrix product gives all intersections. Two empty
        masks are alike: Dice 1.
        """
        if self.target == "identity":
            return torch.eye(len(masks), device=masks.device)
        sizes = masks.sum(dim=1)
        total = sizes.unsqueeze(0) + sizes.unsqueeze(1)
        dice = torch.where(total > 0, 2 * (masks @ masks.T) / total.clamp(min=1), torch.ones_like(total))
        return (dice / self.target_temperature).softmax(dim=1)

    def _level(self, image: torch.Tensor, text: torch.Tensor, distances: torch.Tensor) -> torch.Tensor:
        similarity = functional.normalize(image, dim=1) @ functional.normalize(text, dim=1).T
        scores = similarity / self.similarity_temperature
        if self.merge_duplicates:
            same = (text.unsqueeze(0) == text.unsqueeze(1)).all(dim=2).float()
            distances = distances @ (same / same.sum(dim=1, keepdim=True))
        to_text = -(distances * scores.log_softmax(dim=1)).sum(dim=1)
        to_image = -(distances * scores.T.log_softmax(dim=1)).sum(dim=1)
        return (to_text.mean() + to_image.mean()) / 2


def _gathered(values: torch.Tensor) -> torch.Tensor:
    """Concatenate a batch over all ranks, with gradients; one process keeps its own."""
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return values
    if not values.is_floating_point():
        return torch.cat(all_gather(values.to(torch.float32))).to(values.dtype)
    return torch.cat(all_gather(values.contiguous()))

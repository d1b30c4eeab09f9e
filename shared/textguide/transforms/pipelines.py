"""The order of a record's steps, the same in every bundle: configurations choose sizes and rates only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monai.transforms import (
    Compose,
    EnsureTyped,
    LoadImaged,
    NormalizeIntensityd,
    RandAdjustContrastd,
    RandAffined,
    RandCoarseDropoutd,
    RandGaussianNoised,
    RandZoomd,
    Resized,
    SelectItemsd,
)
from transformers import PreTrainedTokenizerBase

from textguide.data.image import FilmReader
from textguide.transforms.image import BinaryMaskd, MatchChannelsd
from textguide.transforms.mirror import RandMirrorTextd
from textguide.transforms.text_variation import RandDropTextd, RandParaphraseTextd
from textguide.transforms.tokenize import TokenizeTextd

ARRAYS = ("image", "label")
_HOLES = 4
_HOLE_SHARE = 1 / 7  # SGSeg: up to 32 of 224 pixels
KEPT = ("image", "label", "input_ids", "attention_mask", "zones", "text", "case_id", "group_id")


def width_and_height(spatial_size: int | Sequence[int]) -> tuple[int, int]:
    """Return the two sizes; one number is a square.

    Raises:
        ValueError: not one or two whole numbers above 0.
    """
    sizes = list(spatial_size) if isinstance(spatial_size, Sequence) else [spatial_size] * 2
    if len(sizes) != 2 or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError(
            f"spatial_size is {spatial_size!r}; allowed: [width, height], or one number for both"
        )
    return sizes[0], sizes[1]


def loading_steps(spatial_size: Sequence[int], channels: int) -> list[Any]:
    """Load, match channels, binarise the mask, resize: what no epoch changes, to be cached.

    The image is resized bilinearly with anti-aliasing, the mask to the nearest pixel, never thresholded after
    a linear resize, which would dilate it. A record may lack a mask.
    """
    return [
        LoadImaged(keys=ARRAYS, reader=FilmReader(), image_only=True, allow_missing_keys=True),
        MatchChannelsd(keys="image", channels=channels),
        BinaryMaskd(keys="label", allow_missing_keys=True),
        Resized(
            keys=ARRAYS,
            spatial_size=spatial_size,
            mode=("bilinear", "nearest"),
            anti_aliasing=(True, False),
            allow_missing_keys=True,
        ),
        EnsureTyped(keys=ARRAYS, track_meta=False, allow_missing_keys=True),
    ]


def finishing_steps(tokenizer: PreTrainedTokenizerBase, max_length: int) -> list[Any]:
    """Z-score each channel of each image (as Ariadne's Thread does), tokenise, keep what an engine reads."""
    return [
        NormalizeIntensityd(keys="image", channel_wise=True),
        EnsureTyped(keys=ARRAYS, track_meta=False, allow_missing_keys=True),
        TokenizeTextd(keys="text", tokenizer=tokenizer, max_length=max_length),
        SelectItemsd(keys=KEPT, allow_missing_keys=True),
    ]


def training_transforms(
    spatial_size: int | Sequence[int],
    channels: int,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int,
    mirror_prob: float = 0.5,
    drop_text_prob: float = 0.15,
    paraphrase_prob: float = 0.0,
    open_text_prob: float = 0.0,
    affine_prob: float = 0.9,
    rotate: float = 0.2,
    scale: float = 0.15,
    shift: float = 0.1,
    intensity_prob: float = 0.3,
    zoom_prob: float = 0.0,
    hole_prob: float = 0.0,
    rewrite_text: bool = True,
) -> Compose:
    """Steps of a training record.

    Args:
        spatial_size: (W, H) of the network's input; one number is a square.
        channels: 1 grey, 3 colour.
        tokenizer: see `TokenizeTextd`.
        max_length: tokens of a sentence.
        mirror_prob: left-right mirror with its sentence.
        drop_text_prob: the sentence is left out.
        paraphrase_prob: the sentence is said in another wording, where the zones are known.
        open_text_prob: how many of these wordings leave zones open.
        affine_prob: rotation, scaling and shift together.
        rotate: largest angle in radians.
        scale: largest relative change of size.
        shift: largest shift as a share of the image.
        intensity_prob: of a gamma in [0.7, 1.5], and of noise of up to a tenth of the image's standard
            deviation.
        zoom_prob: of a zoom in [0.95, 1.2], the only augmentation of Ariadne's Thread (at 0.1).
        hole_prob: of one to four rectangles of the image, up to a seventh of its width and height, that hold
            its mean (SGSeg, Sec. 3.2: "masks"); the mask keeps what lies under them.
        rewrite_text: see `RandMirrorTextd`.

    Raises:
        ValueError: `spatial_size` is something else.
    """
    spatial_size = width_and_height(spatial_size)
    return Compose(
        [
            *loading_steps(spatial_size, channels),
            RandMirrorTextd(keys=ARRAYS, prob=mirror_prob, rewrite_text=rewrite_text),
            RandParaphraseTextd(keys="text", prob=paraphrase_prob, open_prob=open_text_prob),
            RandAffined(
                keys=ARRAYS,
                prob=affine_prob,
                rotate_range=rotate,
                scale_range=(scale, scale),
                translate_range=[shift * size for size in spatial_size],
                mode=("bilinear", "nearest"),
                padding_mode=("border", "zeros"),
                cache_grid=True,
                spatial_size=spatial_size,
            ),
            RandZoomd(keys=ARRAYS, prob=zoom_prob, min_zoom=0.95, max_zoom=1.2, mode=("bilinear", "nearest")),
            RandAdjustContrastd(keys="image", prob=intensity_prob, gamma=(0.7, 1.5)),
            NormalizeIntensityd(
                keys="image", channel_wise=True
            ),  # the unit of the noise, whatever the file's
            RandGaussianNoised(keys="image", prob=intensity_prob, std=0.1, sample_std=True),
            RandCoarseDropoutd(
                keys="image",
                holes=1,
                max_holes=_HOLES,
                spatial_size=[max(1, int(size * _HOLE_SHARE / 2)) for size in spatial_size],
                max_spatial_size=[max(1, int(size * _HOLE_SHARE)) for size in spatial_size],
                fill_value=0.0,
                prob=hole_prob,
            ),
            RandDropTextd(keys="text", prob=drop_text_prob),
            *finishing_steps(tokenizer, max_length),
        ]
    )


def evaluation_transforms(
    spatial_size: int | Sequence[int], channels: int, tokenizer: PreTrainedTokenizerBase, max_length: int
) -> Compose:
    """Steps of a validation or test record: the fixed part of `training_transforms`."""
    return Compose(
        [
            *loading_steps(width_and_height(spatial_size), channels),
            *finishing_steps(tokenizer, max_length),
        ]
    )

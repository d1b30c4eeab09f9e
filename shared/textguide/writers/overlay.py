"""Picture for the eye: the image with the mask in colour, which side is which, and captions beneath."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from textguide.atomic_write import atomic_path

_SMALLEST, _LARGEST = 512, 1600  # pixels of the longer side: captions stay readable, files small
_COLOUR = (255, 140, 0)
_TINT = 0.3
_FONT_SIZE, _MARGIN, _LINE = 15, 8, 20
_LINES_PER_CAPTION = 3


def write_overlay(path: Path, image: np.ndarray, mask: np.ndarray, captions: Sequence[str] = ()) -> Path:
    """Draw and write a PNG.

    Args:
        path: ends in ".png".
        image: see `draw_overlay`.
        mask: see `draw_overlay`.
        captions: see `draw_overlay`.
    """
    picture = draw_overlay(image, mask, captions)
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG")
    return path


def draw_overlay(image: np.ndarray, mask: np.ndarray, captions: Sequence[str] = ()) -> Image.Image:
    """Draw the mask on the image.

    Args:
        image: (C, W, H) or (C, W, H, D), C 1 or 3, any range. Of a volume the slice with most mask is drawn.
        mask: (W, H) or (W, H, D), above 0 inside.
        captions: texts beneath, each wrapped to at most three lines.

    Raises:
        ValueError: image and mask differ in size.
    """
    if image.shape[1:] != mask.shape:
        raise ValueError(
            f"the image has the size {image.shape[1:]} and the mask {mask.shape}; they must agree."
        )
    captions = list(captions)
    if mask.ndim == 3:
        pixels = (mask > 0).sum(axis=(0, 1))
        index = int(pixels.argmax()) if pixels.any() else mask.shape[2] // 2
        captions.append(f"slice {index + 1} of {mask.shape[2]}")
        image, mask = image[..., index], mask[..., index]
    step = max(1, max(mask.shape) // _LARGEST)  # every step-th pixel still gives more than is drawn
    shown = _tint(_to_display(image[:, ::step, ::step]), mask[::step, ::step] > 0)
    canvas = Image.new("RGB", (max(shown.width, _SMALLEST), shown.height))
    canvas.paste(shown, ((canvas.width - shown.width) // 2, 0))
    return _add_captions(canvas, captions)


def _to_display(image: np.ndarray) -> Image.Image:
    """8-bit values stay as they are; any other range is stretched between its 0.5 and 99.5 percentiles."""
    low, high = float(image.min()), float(image.max())
    if low >= 0 and 1 < high <= 255:
        values = image.astype(np.uint8)
    else:
        low, high = (float(value) for value in np.percentile(image, (0.5, 99.5)))
        values = ((image - low) * (255 / max(high - low, 1e-6))).clip(0, 255).astype(np.uint8)
    rows = values[0].T if len(values) == 1 else values.transpose(2, 1, 0)  # (C, W, H) -> (H, W[, C])
    return Image.fromarray(np.ascontiguousarray(rows))


def _tint(picture: Image.Image, mask: np.ndarray) -> Image.Image:
    longer = max(picture.size)
    scale = min(max(longer, _SMALLEST), _LARGEST) / longer
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    inside = Image.fromarray(np.ascontiguousarray(mask.T).astype(np.uint8) * np.uint8(255)).resize(
        size, Image.Resampling.NEAREST
    )
    inner = inside.filter(ImageFilter.MinFilter(5))
    strength = np.where(np.asarray(inner) > 0, _TINT, np.where(np.asarray(inside) > 0, 1.0, 0.0))[..., None]
    rows = np.asarray(picture.resize(size, Image.Resampling.BILINEAR).convert("RGB"), dtype=np.float32)
    mixed = rows * (1 - strength) + np.asarray(_COLOUR, dtype=np.float32) * strength
    return Image.fromarray(mixed.round().astype(np.uint8))


def _add_captions(picture: Image.Image, captions: Sequence[str]) -> Image.Image:
    font = _font()
    width = picture.width - 2 * _MARGIN
    lines = [line for caption in captions for line in _wrap(caption, font, width)]
    canvas = Image.new("RGB", (picture.width, picture.height + _LINE * (len(lines) + 1) + 2 * _MARGIN))
    canvas.paste(picture)
    draw = ImageDraw.Draw(canvas)
    top = picture.height + _MARGIN // 2
    draw.text((_MARGIN, top), "image left", font=font, fill=_COLOUR)
    draw.text((canvas.width - _MARGIN, top), "image right", font=font, fill=_COLOUR, anchor="ra")
    for number, line in enumerate(lines, start=1):
        draw.text((_MARGIN, top + _LINE * number), line, font=font, fill="white")
    return canvas


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Break a text into lines of `width` pixels at most; what does not fit into three ends in "..."."""
    # What does not print (line ends, direction marks, halves of surrogate pairs) has no place on a line.
    words = "".join(letter if letter.isprintable() else " " for letter in text[:1000]).split()
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        lines.append(word)
        while font.getlength(lines[-1]) > width:
            lines[-1] = lines[-1][:-1]
    lines = [line for line in lines if line]
    if len(lines) > _LINES_PER_CAPTION:
        lines = lines[:_LINES_PER_CAPTION]
        while font.getlength(lines[-1] + " ...") > width:
            lines[-1] = lines[-1][:-1]
        lines[-1] += " ..."
    return lines


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu has Greek and Cyrillic letters too; Pillow's own font is everywhere."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", _FONT_SIZE)
    except OSError:
        return ImageFont.load_default(_FONT_SIZE)

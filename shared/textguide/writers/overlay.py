"""Picture for the eye: the image with the mask in colour, which side is which, and captions beneath.

A caption that begins with "warning:" has the mask's colour and is drawn whole; others have up to three lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from textguide.atomic_write import atomic_path
from textguide.writers.lettering import Font, drawable, load_font

_SMALLEST, _LARGEST = 512, 1600  # pixels of the longer side: captions stay readable, files small
_COLOUR = (255, 140, 0)
_TINT = 0.3
_FONT_SIZE, _MARGIN, _LINE = 15, 8, 20
_LINES_PER_CAPTION = 3
_WARNING = "warning:"
_LONGEST_CAPTION = 1000  # characters that are looked at, of any caption but a warning


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
        captions: texts beneath, in their order; see above. A letter that the font does not have becomes "?",
            and a line says so.

    Raises:
        ValueError: image and mask differ in size.
    """
    if image.shape[1:] != mask.shape:
        raise ValueError(
            f"the image has the size {image.shape[1:]} and the mask {mask.shape}; they must agree."
        )
    captions = list(captions)
    if mask.ndim == 3:
        index = shown_slice(mask)
        captions.append(f"slice {index + 1} of {mask.shape[2]}")
        image, mask = image[..., index], mask[..., index]
    step = max(1, max(mask.shape) // _LARGEST)  # every step-th pixel still gives more than is drawn
    shown = _tint(to_display(image[:, ::step, ::step]), mask[::step, ::step] > 0)
    canvas = Image.new("RGB", (max(shown.width, _SMALLEST), shown.height))
    canvas.paste(shown, ((canvas.width - shown.width) // 2, 0))
    return _add_captions(canvas, captions)


def shown_slice(mask: np.ndarray) -> int:
    """Return which slice of a mask (W, H, D) is drawn: the one with most of it, else the middle one."""
    pixels = (mask > 0).sum(axis=(0, 1))
    return int(pixels.argmax()) if pixels.any() else mask.shape[2] // 2


def to_display(image: np.ndarray) -> Image.Image:
    """Return the picture of an image (C, W, H), C 1 or 3, turned to rows.

    8-bit values stay as they are; any other range is stretched between its 0.5 and 99.5 percentiles.
    """
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
    lines, missing = [], 0
    for caption in captions:
        is_warning = caption.startswith(_WARNING)
        shown, unknown = drawable(caption if is_warning else caption[:_LONGEST_CAPTION], font)
        wrapped = _wrap(shown, font, width)
        lines += [(line, is_warning) for line in (wrapped if is_warning else _cut(wrapped, font, width))]
        missing += unknown
    if missing:
        note = f'{missing} characters that the font does not have are shown as "?"'
        lines += [(line, False) for line in _wrap(note, font, width)]
    canvas = Image.new("RGB", (picture.width, picture.height + _LINE * (len(lines) + 1) + 2 * _MARGIN))
    canvas.paste(picture)
    draw = ImageDraw.Draw(canvas)
    top = picture.height + _MARGIN // 2
    draw.text((_MARGIN, top), "image left", font=font, fill=_COLOUR)
    draw.text((canvas.width - _MARGIN, top), "image right", font=font, fill=_COLOUR, anchor="ra")
    for number, (line, is_warning) in enumerate(lines, start=1):
        colour = _COLOUR if is_warning else "white"
        draw.text((_MARGIN, top + _LINE * number), line, font=font, fill=colour)
    return canvas


def _wrap(text: str, font: Font, width: int) -> list[str]:
    """Break a text into lines of `width` pixels at most, within a word where it is longer than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]


def _cut(lines: list[str], font: Font, width: int) -> list[str]:
    """Keep three lines; where there are more, the last one ends in "..."."""
    if len(lines) <= _LINES_PER_CAPTION:
        return lines
    last = lines[_LINES_PER_CAPTION - 1]
    while font.getlength(last + " ...") > width:
        last = last[:-1]
    return [*lines[: _LINES_PER_CAPTION - 1], last + " ..."]


def _font() -> Font:
    return load_font(_FONT_SIZE)

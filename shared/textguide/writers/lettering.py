"""Fonts of the pictures, and which letters they can draw."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

MORE = "..."
_LONGEST = 500  # letters of a line that are looked at
_NO_CHARACTER = "\U0010ffff"  # no font has it


@lru_cache(maxsize=32)
def load_font(size: int, bold: bool = False) -> Font:
    """Return the font of a size in pixels.

    DejaVu has Greek and Cyrillic letters too; Pillow's own font, which has no bold, is everywhere.
    """
    try:
        return ImageFont.truetype("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", size)
    except OSError:
        return ImageFont.load_default(size)


def drawable(text: str, font: Font) -> tuple[str, int]:
    """Return the text with "?" for what the font does not have, and how often."""
    # What does not print (line ends, direction marks, halves of surrogate pairs) has no place on a line.
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = "".join(letter if letter.isascii() or _has_glyph(font, letter) else "?" for letter in printable)
    return shown, sum(before != after for before, after in zip(printable, shown, strict=True))


def shorten(text: str, font: Font, width: float) -> str:
    """Return the text as the font draws it, cut to a width in pixels; what is cut ends in "..."."""
    shown = drawable(text[:_LONGEST], font)[0]
    if len(text) <= _LONGEST and font.getlength(shown) <= width:
        return shown
    while shown and font.getlength(shown + MORE) > width:
        shown = shown[:-1]
    return shown + MORE


@lru_cache(maxsize=1024)
def _has_glyph(font: Font, letter: str) -> bool:
    if isinstance(font, ImageFont.ImageFont):  # Pillow's bitmap font, where it was built without FreeType
        return ord(letter) < 256
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NO_CHARACTER))

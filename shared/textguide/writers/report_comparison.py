"""What a network wrote against what was true, film by film, as one picture."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from textguide.atomic_write import atomic_path
from textguide.writers.lettering import load_font, shorten
from textguide.writers.marked_sentence import MarkStyle, compare_words, draw_sentence
from textguide.writers.overlay import to_display

_INK, _SOFT, _PALE, _PAPER = "#222222", "#6b6b6b", "#d9d9d9", "#ffffff"
_FOUND, _FOUND_TEXT, _FOUND_TINT = (255, 150, 20), "#a34700", "#fdebd8"
_TRUE, _TRUE_TEXT, _TRUE_TINT = (90, 190, 255), "#1f5fa8", "#e4eff9"
_COLUMNS, _MARGIN, _GAP = 2, 36, 24
_CARD, _PAD, _FILM = (920, 332), 18, 260  # pixels
_CELL, _ROW_NAMES = (112, 30), 66
_HEAD, _LINES = 118, 2
_ROWS, _SIDES = ("upper", "middle", "lower"), ("left", "right")


@dataclass(frozen=True)
class WrittenCase:
    """One film with what was written about it and what is true.

    Attributes:
        name: of the case.
        image: (C, W, H), C 1 or 3, any range.
        predicted: (W, H) bool, the mask under the written sentence.
        label: (W, H) bool, the true mask.
        written: the sentence of the network.
        text: the true sentence; "" where there is none.
        dice: of the two masks.
        probabilities: of left upper, middle, lower, right upper, middle, lower.
        zones: the true ones: 1, 0, or NaN where unknown.
        side_convention: "image": the left zones lie in the left half of the picture; "patient": in the right.
    """

    name: str
    image: NDArray
    predicted: NDArray[np.bool_]
    label: NDArray[np.bool_]
    written: str
    text: str
    dice: float
    probabilities: Sequence[float]
    zones: Sequence[float]
    side_convention: str = "image"


def draw_report_comparison(
    cases: Sequence[WrittenCase], path: str | os.PathLike, title: str = "", subtitle: str = ""
) -> Path:
    """Draw and write the picture of some cases, in their order.

    Args:
        cases: about a dozen.
        path: of the PNG file.
        title: above the picture.
        subtitle: beneath the title, such as the scores of all cases.

    Returns:
        The path.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("there is no case with a written report; there is nothing to draw")
    rows = math.ceil(len(cases) / _COLUMNS)
    columns = min(len(cases), _COLUMNS)
    width = 2 * _MARGIN + columns * _CARD[0] + (columns - 1) * _GAP
    height = _HEAD + rows * (_CARD[1] + _GAP) + _MARGIN - _GAP
    canvas = Image.new("RGB", (width, height), _PAPER)
    _draw_head(ImageDraw.Draw(canvas), width, title or "Written reports", subtitle)
    for number, case in enumerate(cases):
        row, column = divmod(number, _COLUMNS)
        place = _MARGIN + column * (_CARD[0] + _GAP), _HEAD + row * (_CARD[1] + _GAP)
        canvas.paste(draw_card(case), place)
    with atomic_path(path) as temporary:
        canvas.save(temporary, format="PNG", optimize=True)
    return Path(path)


def _draw_head(draw: ImageDraw.ImageDraw, width: int, title: str, subtitle: str) -> None:
    for top, text, font in ((26, title, load_font(26, bold=True)), (66, subtitle, load_font(17))):
        shown = shorten(text, font, width - 2 * _MARGIN)
        draw.text((_MARGIN, top), shown, _INK if text is title else _SOFT, font)
    if width < 2 * _CARD[0]:
        return
    right, font = width - _MARGIN, load_font(17)
    for text, colour, outline in (
        ("true: mask, words left out, zones", _TRUE_TEXT, _TRUE),
        ("the network's: mask (dashed), words too many, probabilities", _FOUND_TEXT, _FOUND),
    ):
        right -= int(font.getlength(text))
        draw.text((right, 30), text, colour, font)
        right -= 34
        draw.rounded_rectangle((right, 33, right + 24, 47), 3, outline=outline, width=4)
        right -= 36


def draw_card(case: WrittenCase) -> Image.Image:
    """Draw one case."""
    card = Image.new("RGB", _CARD, _PAPER)
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle((0, 0, _CARD[0] - 1, _CARD[1] - 1), 12, outline=_PALE, width=2)
    card.paste(_film(case), (_PAD, _PAD))
    beneath = _PAD + _FILM + 12
    draw.text((_PAD, beneath), f"Dice {case.dice:.2f}", _INK, load_font(20, bold=True))
    left, width = _PAD + _FILM + 26, _CARD[0] - 2 * _PAD - _FILM - 26
    written, true = compare_words(case.written, case.text)
    if not case.text:
        written, true = [(word, False) for word, _ in written], [("no sentence", False)]
    true_ink = _INK if case.text else _SOFT
    for number, (label, words, style) in enumerate(
        (
            ("WRITTEN", written, MarkStyle(_INK, _FOUND_TEXT, _FOUND_TINT)),
            ("TRUE", true, MarkStyle(true_ink, _TRUE_TEXT, _TRUE_TINT)),
        )
    ):
        top = _PAD + number * (32 + _LINES * style.line)
        draw.text((left, top), label, style.colour, load_font(13, bold=True))
        draw_sentence(draw, (left, top + 20), width, words, style, _LINES)
    _draw_zones(draw, (left, _CARD[1] - _PAD - 3 * _CELL[1] - 24), case)
    name = shorten(case.name, load_font(13), width - _ROW_NAMES - 2 * (_CELL[0] + 8) - 20)
    draw.text((_CARD[0] - _PAD, _CARD[1] - _PAD), name, _SOFT, load_font(13), anchor="rd")
    return card


def _film(case: WrittenCase) -> Image.Image:
    """The film with both outlines, at most a square of `_FILM` pixels, on black."""
    picture = to_display(case.image).convert("RGB")
    scale = _FILM / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    film = picture.resize(size, Image.Resampling.LANCZOS)
    for mask, colour, dashed in ((case.label, _TRUE, False), (case.predicted, _FOUND, True)):
        film.paste(colour, (0, 0), _outline(mask, size, dashed))
    square = Image.new("RGB", (_FILM, _FILM), "black")
    square.paste(film, ((_FILM - size[0]) // 2, (_FILM - size[1]) // 2))
    return square


def _outline(mask: NDArray[np.bool_], size: tuple[int, int], dashed: bool) -> Image.Image:
    """Where the line of a mask (W, H) is drawn, 0..255; drawn twice as large, so that it is smooth."""
    large = size[0] * 2, size[1] * 2
    inside = Image.fromarray(np.ascontiguousarray(mask.T).astype(np.uint8) * np.uint8(255))
    inside = inside.resize(large, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    solid = Image.fromarray(((np.asarray(inside) > 127) * 255).astype(np.uint8))
    line = np.asarray(solid) & ~np.asarray(solid.filter(ImageFilter.MinFilter(7)))
    if dashed:
        columns, rows = np.ogrid[: large[1], : large[0]]
        line = np.where((columns + rows) // 24 % 3 < 2, line, 0).astype(np.uint8)
    return Image.fromarray(line).resize(size, Image.Resampling.BOX)


def _draw_zones(draw: ImageDraw.ImageDraw, place: tuple[int, int], case: WrittenCase) -> None:
    """The six zones as they lie in the picture: probability as number and tint, truth as a frame."""
    left, top = place
    order = (1, 0) if case.side_convention == "patient" else (0, 1)
    small = load_font(14)
    for column, side in enumerate(order):
        middle = left + _ROW_NAMES + column * (_CELL[0] + 8) + _CELL[0] // 2
        draw.text((middle, top), f"{_SIDES[side]} lung", _SOFT, small, anchor="ma")
        for row, name in enumerate(_ROWS):
            y = top + 22 + row * (_CELL[1] + 2)
            if not column:
                draw.text((left, y + _CELL[1] // 2), name, _SOFT, small, anchor="lm")
            x = middle - _CELL[0] // 2
            zone = 3 * side + row
            _draw_cell(draw, (x, y), case.probabilities[zone], case.zones[zone])
    beside = left + _ROW_NAMES + 2 * (_CELL[0] + 8) + 20
    lines = verdict(case.probabilities, case.zones)
    for number, (line, colour) in enumerate(lines):
        draw.text((beside, top + 8 + 25 * number), line, colour, load_font(16))


def _draw_cell(draw: ImageDraw.ImageDraw, place: tuple[int, int], probability: float, truth: float) -> None:
    x, y = place
    box = (x, y, x + _CELL[0] - 1, y + _CELL[1] - 1)
    white, full = np.array([255, 255, 255]), np.array([250, 165, 70])
    red, green, blue = (int(value) for value in (white + (full - white) * probability).round())
    draw.rounded_rectangle(box, 5, fill=(red, green, blue), outline=_PALE, width=1)
    if truth > 0.5:  # NaN is not
        draw.rounded_rectangle(box, 5, outline=_TRUE_TEXT, width=4)
    is_found = probability >= 0.5
    text = f"{100 * probability:.0f} %"
    middle = x + _CELL[0] // 2, y + _CELL[1] // 2
    draw.text(middle, text, _INK if is_found else _SOFT, load_font(15, bold=is_found), anchor="mm")


def verdict(probabilities: Sequence[float], zones: Sequence[float]) -> list[tuple[str, str]]:
    """Say in up to three lines which zones are right: each with its colour."""
    pairs = [(value >= 0.5, truth) for value, truth in zip(probabilities, zones, strict=True)]
    known = [(found, truth > 0.5) for found, truth in pairs if not math.isnan(truth)]
    if not known:
        return [("the true zones are unknown", _SOFT)]
    right = sum(found == there for found, there in known)
    lines = [(f"{right} of {len(known)} zones right", _INK)]
    for count, text, colour in (
        (sum(found and not there for found, there in known), "too many", _FOUND_TEXT),
        (sum(there and not found for found, there in known), "left out", _TRUE_TEXT),
    ):
        if count:
            lines.append((f"{count} {text}", colour))
    return lines

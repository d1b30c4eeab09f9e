"""Picture of a sentence: its words in a row, above each a bar for the attention that it drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from textguide.atomic_write import atomic_path
from textguide.writers.lettering import load_font, shorten

_INK, _SOFT, _PALE, _PAPER = "#222222", "#6b6b6b", "#d9d9d9", "#ffffff"
_PLACE, _OTHER = (31, 95, 168), (235, 130, 20)  # blue and orange: any eye tells them apart
_WIDTH, _MARGIN, _GAP = 1120, 36, 10
_HEAD, _BAR, _ROW = 132, 96, 180  # heights in pixels: of the head, of the longest bar, of a row of words
_PAD, _WORD = 7, 21
_LONGEST = 120  # words that are drawn
_FAINTEST, _STRONGEST = 0.03, 0.34  # of the colour behind a word


@dataclass(frozen=True)
class WeightedWord:
    """A word of a sentence and how much of a network's attention it drew.

    Attributes:
        word: as it stands, with its punctuation.
        importance: share of the attention, in [0, 1].
        is_place: whether it says where: a side or a zone.
    """

    word: str
    importance: float
    is_place: bool = False


def write_word_importance(
    path: Path, words: Sequence[WeightedWord], title: str, captions: Sequence[str] = ()
) -> Path:
    """Draw and write a PNG.

    Args:
        path: ends in ".png".
        words: see `draw_word_importance`.
        title: see `draw_word_importance`.
        captions: see `draw_word_importance`.
    """
    picture = draw_word_importance(words, title, captions)
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG", optimize=True)
    return path


def draw_word_importance(
    words: Sequence[WeightedWord], title: str, captions: Sequence[str] = ()
) -> Image.Image:
    """Draw the words of a sentence, those of place in blue and bold.

    Args:
        words: in their order; the first 120 are drawn.
        title: above.
        captions: beneath, a line each; what is too long ends in "...".

    Raises:
        ValueError: there is no word.
    """
    if not words:
        raise ValueError("there is no word; there is nothing to draw")
    rows = _break(words[:_LONGEST])
    rest = max(0.0, 1 - sum(word.importance for word in words))
    notes = [f"signs around the sentence, and words that are not drawn: {rest:.0%}", *captions]
    height = _HEAD + len(rows) * _ROW + 24 * len(notes) + _MARGIN
    canvas = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(canvas)
    _draw_head(draw, title)
    most = max(max(word.importance for word in words), 1e-9)
    for number, row in enumerate(rows):
        base = _HEAD + number * _ROW + 24 + _BAR
        draw.line((_MARGIN, base, _WIDTH - _MARGIN, base), fill=_PALE, width=2)
        for left, width, word in row:
            _draw_word(draw, (left, base), width, word, word.importance / most)
    for number, note in enumerate(notes):
        top = _HEAD + len(rows) * _ROW + 24 * number
        draw.text((_MARGIN, top), shorten(note, load_font(15), _WIDTH - 2 * _MARGIN), _SOFT, load_font(15))
    return canvas


def _break(words: Sequence[WeightedWord]) -> list[list[tuple[int, int, WeightedWord]]]:
    """Put words into rows: of each its left end and its width, in pixels."""
    rows: list[list[tuple[int, int, WeightedWord]]] = [[]]
    left = _MARGIN
    for word in words:
        font = load_font(_WORD, bold=word.is_place)
        shown = shorten(word.word, font, _WIDTH - 2 * _MARGIN - 2 * _PAD)
        width = max(round(font.getlength(shown)) + 2 * _PAD, 46)  # room for the number above the bar
        if rows[-1] and left + width > _WIDTH - _MARGIN:
            rows.append([])
            left = _MARGIN
        rows[-1].append((left, width, WeightedWord(shown, word.importance, word.is_place)))
        left += width + _GAP
    return rows


def _draw_head(draw: ImageDraw.ImageDraw, title: str) -> None:
    font = load_font(24, bold=True)
    draw.text((_MARGIN, 28), shorten(title, font, _WIDTH - 2 * _MARGIN), _INK, font)
    left, font = _MARGIN, load_font(16)
    for colour, text, bold in (
        (_PLACE, "words of place: sides and zones", True),
        (_OTHER, "other words", False),
        (None, "height and number: share of the attention that a word drew", False),
    ):
        font = load_font(16, bold=bold)
        if colour:
            draw.rounded_rectangle((left, 78, left + 22, 92), 3, fill=colour)
            left += 30
        draw.text((left, 75), text, _INK if bold else _SOFT, font)
        left += round(font.getlength(text)) + 28


def _draw_word(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], width: int, word: WeightedWord, height: float
) -> None:
    """Draw a word beneath the base line and its bar, of a height in [0, 1], above."""
    left, base = place
    colour = _PLACE if word.is_place else _OTHER
    top = base - max(2, round(_BAR * height))
    middle = left + width // 2
    draw.rounded_rectangle((left + 2, top, left + width - 3, base), 4, fill=colour)
    draw.rectangle((left + 2, max(top, base - 4), left + width - 3, base), fill=colour)  # square at its foot
    share = 100 * word.importance
    number = f"{share:.0f} %" if share >= 0.95 else f"{share:.1f} %"
    draw.text((middle, top - 4), number, _INK, load_font(14), anchor="mb")
    tint = _mixed(colour, _FAINTEST + (_STRONGEST - _FAINTEST) * height)
    draw.rounded_rectangle((left, base + 8, left + width - 1, base + 42), 5, fill=tint)
    draw.text((middle, base + 25), word.word, _INK, load_font(_WORD, bold=word.is_place), anchor="mm")


def _mixed(colour: tuple[int, int, int], strength: float) -> tuple[int, int, int]:
    """Mix a colour into the white of the paper."""
    red, green, blue = (round(255 + (value - 255) * strength) for value in colour)
    return red, green, blue

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
_HEAD, _BAR, _FOOT = 112, 96, 62  # heights in pixels: of the head, of the longest bar, beneath a base line
_NUMBER = 24  # above a bar
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


@dataclass(frozen=True)
class SentencePicture:
    """What there is to draw of a sentence.

    Attributes:
        words: in their order; the first 120 are drawn.
        title: above.
        captions: beneath, a line each; what is too long ends in "...".
    """

    words: Sequence[WeightedWord]
    title: str
    captions: Sequence[str] = ()


def write_word_importance(path: Path, sentence: SentencePicture) -> Path:
    """Draw a sentence and write a PNG, whose path ends in ".png"."""
    drawn = draw_word_importance(sentence)
    with atomic_path(path) as temporary:
        drawn.save(temporary, format="PNG", optimize=True)
    return path


def draw_word_importance(sentence: SentencePicture) -> Image.Image:
    """Draw the words of a sentence, those of place in blue and bold.

    Raises:
        ValueError: there is no word.
    """
    words = sentence.words
    if not words:
        raise ValueError("there is no word; there is nothing to draw")
    most = max(max(word.importance for word in words), 1e-9)
    rows = _break(words[:_LONGEST])
    bars = [_BAR * max(word.importance for _, _, word in row) / most for row in rows]
    bases = [round(_HEAD + sum(bars[: n + 1]) + (n + 1) * _NUMBER + n * _FOOT) for n in range(len(rows))]
    rest = max(0.0, 1 - sum(word.importance for word in words))
    notes = [f"start and end of the sentence, which are no words: {100 * rest:.0f} %", *sentence.captions]
    canvas = Image.new("RGB", (_WIDTH, bases[-1] + _FOOT + 24 * len(notes) + _MARGIN // 2), _PAPER)
    draw = ImageDraw.Draw(canvas)
    _draw_head(draw, sentence.title)
    for base, row in zip(bases, rows, strict=True):
        draw.line((_MARGIN, base, _WIDTH - _MARGIN, base), fill=_PALE, width=2)
        for left, width, word in row:
            _draw_word(draw, (left, base), width, word, word.importance / most)
    for number, note in enumerate(notes):
        top = bases[-1] + _FOOT + 24 * number
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
    left = _MARGIN
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
    middle, top = left + width // 2, base - max(2, round(_BAR * height))
    draw.rounded_rectangle((left + 2, top, left + width - 3, base), 4, fill=colour)
    draw.rectangle((left + 2, max(top, base - 4), left + width - 3, base), fill=colour)  # square at the foot
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

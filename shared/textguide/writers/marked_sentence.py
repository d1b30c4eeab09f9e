"""A sentence of a picture, with the words marked that another one does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from PIL import ImageDraw

from textguide.writers.lettering import MORE, load_font, shorten

_LONGEST = 400  # words that are looked at


@dataclass(frozen=True)
class MarkStyle:
    """How marked words look: told by colour, by weight and by a line beneath, so by any eye.

    Attributes:
        ink: colour of the words that are not marked.
        colour: of the marked ones and of their line.
        tint: behind them.
        size: of the letters, in pixels.
        line: height of a line, in pixels.
    """

    ink: str
    colour: str
    tint: str
    size: int = 18
    line: int = 27


def compare_words(first: str, second: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the words of two sentences, each with whether the other one lacks it at its place.

    Case and punctuation do not count.
    """
    words = first.split()[:_LONGEST], second.split()[:_LONGEST]
    bare = [[word.casefold().strip(".,;:!?") for word in side] for side in words]
    same: tuple[set[int], set[int]] = (set(), set())
    for block in SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_matching_blocks():
        same[0].update(range(block.a, block.a + block.size))
        same[1].update(range(block.b, block.b + block.size))
    one, two = (
        [
            (word, at not in kept and bool(plain))
            for at, (word, plain) in enumerate(zip(side, sides, strict=True))
        ]
        for side, sides, kept in zip(words, bare, same, strict=True)
    )
    return one, two


def draw_sentence(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    width: int,
    words: Sequence[tuple[str, bool]],
    style: MarkStyle,
    lines: int,
) -> None:
    """Write words into a box, the marked ones in colour, bold and underlined.

    Args:
        draw: of the picture.
        place: left end and top of the box.
        width: of the box.
        words: each with whether it is marked; what does not fit ends in "...".
        style: see `MarkStyle`.
        lines: as many as the box has.
    """
    left, top = place
    space = load_font(style.size).getlength(" ")
    rows = _break(words, width, style, lines)
    for number, row in enumerate(rows):
        at, y = float(left), top + number * style.line
        was_marked = False
        for word, is_marked in row:
            font = load_font(style.size, bold=is_marked)
            length = font.getlength(word)
            if is_marked:
                start = at - space if was_marked else at - 2  # neighbours share one line
                base = y + style.size + 4
                draw.rectangle((start, y - 1, at + length + 2, base), fill=style.tint)
                draw.rectangle((start, base, at + length + 2, base + 2), fill=style.colour)
            at, was_marked = at + length + space, is_marked
        at = float(left)
        for word, is_marked in row:  # after all tints, which would cover the word before
            font = load_font(style.size, bold=is_marked)
            draw.text((at, y), word, font=font, fill=style.colour if is_marked else style.ink)
            at += font.getlength(word) + space


def _break(
    words: Sequence[tuple[str, bool]], width: int, style: MarkStyle, lines: int
) -> list[list[tuple[str, bool]]]:
    """Break words into lines; a word longer than a line is cut, and so is the last line."""
    space = load_font(style.size).getlength(" ")
    rows: list[list[tuple[str, bool]]] = [[]]
    used = 0.0
    for word, is_marked in words:
        font = load_font(style.size, bold=is_marked)
        shown = shorten(word, font, width)
        length = font.getlength(shown)
        if rows[-1] and used + length > width:
            if len(rows) == lines:
                rows[-1] = _ending_in_dots(rows[-1], width, style)
                return rows
            rows.append([])
            used = 0.0
        rows[-1].append((shown, is_marked))
        used += length + space
    return rows


def _ending_in_dots(row: list[tuple[str, bool]], width: int, style: MarkStyle) -> list[tuple[str, bool]]:
    fonts = [load_font(style.size, bold=is_marked) for _, is_marked in row]
    lengths = [font.getlength(word + " ") for font, (word, _) in zip(fonts, row, strict=True)]
    dots = load_font(style.size).getlength(MORE)
    while len(row) > 1 and sum(lengths[: len(row)]) + dots > width:
        row = row[:-1]
    if len(row) > 1 or lengths[0] + dots <= width:
        return [*row, (MORE, False)]
    return row if row[0][0].endswith(MORE) else [(shorten(row[0][0] + MORE, fonts[0], width), row[0][1])]

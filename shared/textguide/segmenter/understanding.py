"""What is understood of a sentence, and which side of the picture its "left" is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from textguide.text import mirror_report, mirror_zones, parse_report
from textguide.text.lexicon import NEGATIONS
from textguide.text.words import read_words

SIDES = ("bundle", "image", "patient")
"""Whose left the sentence means: that of the bundle's training texts, the picture's, or the patient's."""
ZONES = ("upper left", "middle left", "lower left", "upper right", "middle right", "lower right")
"""The six zones in their order everywhere, by the side of the words."""
LEFT_MEANS = {
    "image": "left = image left = the patient's right, in standard display",
    "patient": "left = the patient's left = image right, in standard display",
}
_NOT_CONVERTED = (
    "left and right of the sentence could not be converted to the side that the bundle reads: "
    "the sentence was left out; write left or right in plain English words"
)
_IMAGE_ALONE = "this bundle sees the image alone: the sentence changes nothing"
_OTHER = {"left": "right", "right": "left"}
Known = tuple[int | None, ...]


@dataclass(frozen=True)
class Understanding:
    """What is understood of a sentence.

    Attributes:
        text: the sentence as it was given, "" for none.
        read: the sentence as the network reads it: mirrored where it speaks of the other side convention.
        convention: whose left the given sentence means, "image" or "patient"; None where sides mean nothing.
        zones: the lung zones it names, in its own words; None where it does not determine all six.
        known: six values 1, 0 or None (left open) by the picture's halves, upper left first; None where
            nothing of the lungs was understood.
        half: the half of the picture that alone it names, "left" or "right", or None.
        notes: what the parser has to say, without words of the sentence.
        unknown_words: words that are in no vocabulary.
        warnings: what a user should know, without words of the sentence.
        written: where no sentence was read and the network wrote its own, that one, in `convention`: then it
            is what is understood. Else "".
        slices: how many slices of a volume the network wrote one for, each its own; 0 for a picture.
    """

    text: str
    read: str
    convention: str | None = None
    zones: tuple[str, ...] | None = None
    known: Known | None = None
    half: str | None = None
    notes: tuple[str, ...] = ()
    unknown_words: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    written: str = ""
    slices: int = 0

    @property
    def source(self) -> str:
        """Whose sentence the mask follows: "written" (the network's own), "typed", or "none"."""
        return "written" if self.written else "typed" if self.read.strip() else "none"

    @property
    def line(self) -> str:
        """One line for a caption."""
        if self.written:
            return self._written_line()
        if not self.read.strip():
            left_out = "the sentence was left out" if self.text.strip() else "no sentence"
            return f"{left_out}: the network looks for itself"
        if self.convention is None:
            return "read as free text"
        if self.known is None:
            return f"read as free text, no zone understood{self._sides()}"
        return f"understood: {', '.join(self._places(self.known)) or 'no zone is affected'}{self._sides()}"

    def _written_line(self) -> str:
        left_out = "the sentence was left out; " if self.text.strip() else ""
        union = f" of {self.slices} slices, each by itself; in all" if self.slices else ""
        return f'{left_out}the network wrote{union}: "{self.written}"{self._sides()}'

    def _sides(self) -> str:
        names_side = self.half or any(value != 0 for value in self.known or ())
        return f"; {LEFT_MEANS[self.convention]}" if self.convention and names_side else ""

    def _places(self, known: Known) -> list[str]:
        own = mirror_zones(known) if self.convention == "patient" else known
        named = [name for name, value in zip(ZONES, own, strict=True) if value]
        open_sides = [side for side, values in (("left", own[:3]), ("right", own[3:])) if None in values]
        return [*named, *(f"{side} lung, its zones left open" for side in open_sides)]

    def record(self) -> dict[str, Any]:
        """Return what belongs in a result file."""
        left = LEFT_MEANS.get(self.convention or "")
        hidden = ("text", "warnings", "convention", "known", "written", "slices")
        kept = {key: value for key, value in asdict(self).items() if key not in hidden}
        source = {"source": self.source} if self.written else {}
        return {**kept, "line": self.line, "left_means": left, **source}


def understand(
    text: str | None, side: str = "bundle", bundle_side: str | None = "image", reads_text: bool = True
) -> Understanding:
    """Parse a sentence, and mirror it where it speaks of another side than the bundle does.

    Args:
        text: the sentence, any string; None is no sentence.
        side: one of `SIDES`.
        bundle_side: the bundle's convention, "image" or "patient"; None: sides mean nothing to it.
        reads_text: False: the bundle sees the image alone, and the sentence is left out with a warning.

    Raises:
        TypeError: the text is neither a string nor None.
        ValueError: an unknown side.
    """
    if text is not None and not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}; a string or None is allowed.")
    if side not in SIDES:
        raise ValueError(f"side is {side!r}; allowed: {', '.join(SIDES)}.")
    text = text or ""
    if not reads_text:
        return Understanding(text=text, read="", warnings=(_IMAGE_ALONE,) if text.strip() else ())
    if bundle_side is None:
        return Understanding(text=text, read=text)
    convention = bundle_side if side == "bundle" else side
    warnings, read = [], text
    if convention != bundle_side:
        mirrored = mirror_report(text)
        if mirrored is None:  # half-converted it could send the mask to the wrong side
            return Understanding(text=text, read="", convention=convention, warnings=(_NOT_CONVERTED,))
        read = mirrored
    report = parse_report(text)
    zones = None
    if report.zones is not None:
        zones = tuple(name for name, named in zip(ZONES, report.zones, strict=True) if named)
    elif text.strip() and report.known is None:
        warnings.append("no zone was understood in the sentence: the network reads it as free text")
    warnings += [f"the sentence contradicts itself: {reason}" for reason in report.contradictions]
    if report.unknown_words:
        warnings.append(f"{len(report.unknown_words)} words of the sentence are in no vocabulary")
    known = mirror_zones(report.known) if report.known and convention == "patient" else report.known
    return Understanding(
        text=text,
        read=read,
        convention=convention,
        zones=zones,
        known=known,
        half=_half_of(known) if known else _half_named(text, convention),
        notes=tuple(map(str, report.notes)),
        unknown_words=tuple(report.unknown_words),
        warnings=tuple(warnings),
    )


def understand_written(
    sentence: str, given: Understanding, bundle_side: str | None = "image", slices: int = 0
) -> Understanding:
    """Understand the sentence that a network wrote for a case without one.

    Args:
        sentence: in the convention of the case.
        given: what was understood of what the case came with: nothing, or what was left out.
        bundle_side: the bundle's convention.
        slices: see `Understanding`.
    """
    understood = understand(sentence, given.convention or "bundle", bundle_side)
    return replace(understood, text=given.text, warnings=given.warnings, written=sentence, slices=slices)


def _half_of(known: Known) -> str | None:
    left, right = (any(value != 0 for value in half) for half in (known[:3], known[3:]))
    return None if left == right else "left" if left else "right"


def _half_named(text: str, convention: str) -> str | None:
    """Return the half that the words name where the grammar understands nothing; a denial names none."""
    named: set[str] = set()
    statement: list[str] = []
    for word in (*read_words(text).understood, "."):
        statement.append(word)
        if word in (".", ";"):
            named |= _OTHER.keys() & statement if NEGATIONS.isdisjoint(statement) else set()
            statement = []
    side = named.pop() if len(named) == 1 else None
    return _OTHER.get(side or "") if convention == "patient" else side

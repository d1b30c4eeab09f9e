"""Faults of real data sets, put into a synthetic one on request: readers can be tried against them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

_SWAP = {"left": "right", "right": "left"}
_PLACE = re.compile(r"\b(upper|middle|lower|left|right|center|top|bottom)\b")


def double_full_stop(text: str) -> str:
    """End the sentence with two full stops."""
    return text.rstrip(".") + ".."


def typo(text: str) -> str:
    """Double the last letter of the first word that tells a place."""
    return _PLACE.sub(lambda word: word.group() + word.group()[-1], text, count=1)


def wrong_side(text: str) -> str:
    """Say left for right and right for left; the mask stays where it is."""
    return re.sub(r"\b(left|right)\b", lambda word: _SWAP[word.group()], text)


def case_duplicate(image: Path, mask: Path) -> None:
    """Put equal copies beside image and mask that differ in the case of their names only."""
    for path in (image, mask):
        twin = _twin(path)
        if twin.exists():
            raise ValueError(f"'{path.parent}' does not tell upper from lower case: no case duplicates here.")
        shutil.copyfile(path, twin)


def contradicting_duplicate(image: Path, mask: Path) -> None:
    """As `case_duplicate`, but the bytes of the mask's copy differ."""
    case_duplicate(image, mask)
    with _twin(mask).open("ab") as twin:
        twin.write(b"\0")


def missing_mask(image: Path, mask: Path) -> None:
    """Remove the mask."""
    mask.unlink()


def truncated_image(image: Path, mask: Path) -> None:
    """Cut the image's file in half, as an interrupted download leaves it."""
    image.write_bytes(image.read_bytes()[: image.stat().st_size // 2])


TEXT_FAULTS: dict[str, Callable[[str], str]] = {
    "double_full_stop": double_full_stop,
    "typo": typo,
    "wrong_side": wrong_side,
}
FILE_FAULTS: dict[str, Callable[[Path, Path], None]] = {
    "case_duplicate": case_duplicate,
    "contradicting_duplicate": contradicting_duplicate,
    "missing_mask": missing_mask,
    "truncated_image": truncated_image,
}
FAULTS = (*TEXT_FAULTS, *FILE_FAULTS)


class Case(Protocol):
    """What `insert_faults` asks of a case of a data set."""

    name: str
    split: str

    @property
    def sentence(self) -> str:
        """The sentence that tells whether a fault fits."""

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change every form of the sentence."""

    def paths(self, home: Path) -> tuple[Path, Path]:
        """Image and mask below the data set's folder."""


def insert_faults(cases: Sequence[Case], home: Path, faults: Sequence[str]) -> dict[str, str]:
    """Put the faults into training cases, and tell the name of the case that got each; see `place_faults`."""
    training = [case for case in cases if case.split == "training"]
    places = place_faults(faults, [case.sentence for case in training])
    for fault, place in places.items():
        if fault in TEXT_FAULTS:
            training[place].rewrite(TEXT_FAULTS[fault])
        else:
            FILE_FAULTS[fault](*training[place].paths(home))
    return {fault: training[place].name for fault, place in places.items()}


def place_faults(faults: Sequence[str], texts: Sequence[str]) -> dict[str, int]:
    """Choose the training case that gets each fault: every one another, the first that fits.

    Args:
        faults: names out of `FAULTS`; one string with commas does as well.
        texts: sentences of the training cases in order.

    Returns:
        Position among the training cases, by fault.

    Raises:
        ValueError: an unknown or repeated name, or too few fitting cases.
    """
    places: dict[str, int] = {}
    names = faults.split(",") if isinstance(faults, str) else faults
    for fault in filter(None, names):
        if fault not in FAULTS or fault in places:
            raise ValueError(
                f"fault {fault!r} is unknown or given twice; allowed, once each: {', '.join(FAULTS)}."
            )
        fitting = (i for i, text in enumerate(texts) if i not in places.values() and _fits(fault, text))
        place = next(fitting, None)
        if place is None:
            raise ValueError(
                f"none of {len(texts)} training cases is left for fault {fault!r}; write more of them."
            )
        places[fault] = place
    return places


def _fits(fault: str, text: str) -> bool:
    """A wrong side needs a sentence that names one side only: the other one then holds no mask."""
    return fault != "wrong_side" or ("left" in text) != ("right" in text)


def _twin(path: Path) -> Path:
    prefix = "mask_" if path.name.startswith("mask_") else ""
    name = path.stem.removeprefix(prefix)
    other = name.lower() if name != name.lower() else name.upper()
    return path.with_name(f"{prefix}{other}{path.suffix}")

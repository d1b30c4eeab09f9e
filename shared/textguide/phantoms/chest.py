"""Chest-radiograph phantom: only the sentence tells which of the visible opacities is the target.

The image shows opacities in a set of lung zones, all drawn from one appearance distribution. The sentence
names a non-empty subset of them, and the mask is that subset. Nothing in the pixels tells the named from the
others: the naming comes from a random stream of its own. So a network that ignores its text cannot do better
than a computable ceiling, segmenting every opacity, and one that reads it can. Another subset of the same
image is a second, equally valid pair of sentence and mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from textguide.data.schema import ZONE_COUNT
from textguide.phantoms.opacities import draw_opacities
from textguide.phantoms.radiograph import expose
from textguide.phantoms.thorax import draw_thorax
from textguide.text import mirror_zones, parse_report, write_report

Side = Literal["image", "patient"]
Style = Literal["refined", "lvit", "mosmed", "free"]
SMALLEST_SIZE = 32


@dataclass(frozen=True)
class ChestPhantom:
    """One synthetic chest film with its sentence and mask.

    Zones are in the order upper, middle, lower of the image left lung, then of the image right lung.

    Attributes:
        image: (H, W) uint8, rows x columns as on disk; the heart points to the right of the picture.
        zone_masks: (6, H, W) bool, the opacity visible in each zone.
        present: (6,) bool, zones that show an opacity.
        named: (6,) bool, zones that the sentence names; a non-empty subset of ``present``.
        mask: (H, W) bool, the opacities of the named zones.
        text: the sentence.
        side: ``image`` if "left" in the text is the left of the picture (as in QaTa-COV19), ``patient`` if it
            is the patient's left, the right of the picture.
        style: style of the sentence, see `textguide.text.write_report`.
        seed: with ``index``, what the film was drawn from.
        index: number of the film under its seed.
    """

    image: NDArray[np.uint8] = field(repr=False)
    zone_masks: NDArray[np.bool_] = field(repr=False)
    present: NDArray[np.bool_]
    named: NDArray[np.bool_]
    mask: NDArray[np.bool_] = field(repr=False)
    text: str
    side: Side
    style: Style
    seed: int
    index: int

    @property
    def zones(self) -> list[int]:
        """The six labels as the sentence means them: left lung first, by ``side``."""
        return _swap_for(self.side, self.named)

    def with_named(self, named: Sequence[bool]) -> ChestPhantom:
        """The same film, with the sentence and the mask of another subset of its opacities.

        Args:
            named: six truth values, image left lung first.

        Raises:
            ValueError: ``named`` is empty, or names a zone that shows no opacity.
        """
        chosen = np.asarray(named, bool)
        if chosen.shape != (ZONE_COUNT,) or not chosen.any() or (chosen & ~self.present).any():
            given, shown = chosen.astype(int).tolist(), self.present.astype(int).tolist()
            raise ValueError(
                f"named is {given}, but the film shows {shown}: name at least one zone that shows an opacity."
            )
        words = np.random.default_rng([self.seed, self.index, *chosen.astype(int).tolist()])
        text = write_report(_swap_for(self.side, chosen), style=self.style, rng=words)
        return replace(self, named=chosen, mask=self.zone_masks[chosen].any(axis=0), text=text)

    def counterfactual(self) -> ChestPhantom | None:
        """The same film under another sentence: the opacities not named so far, or one of them less.

        Returns:
            A phantom whose mask differs from this one's, or None if the film shows a single opacity.
        """
        others = self.present & ~self.named
        if not others.any():
            if self.named.sum() < 2:
                return None
            others = self.named.copy()
            others[np.flatnonzero(others)[self.index % int(others.sum())]] = False
        return self.with_named(others.tolist())


def chest_phantom(
    seed: int,
    index: int,
    size: int = 224,
    opacity_probability: float = 0.5,
    distractor_probability: float = 0.5,
    contrast: tuple[float, float] = (0.12, 0.30),
    noise: float = 1.0,
    side: Side = "image",
    style: Style = "refined",
) -> ChestPhantom:
    """Draw film number ``index`` of ``seed``; it depends on nothing else, in any order and any process.

    Args:
        seed: one data set or one split of it, 0 or more.
        index: number of the film, 0 or more.
        size: rows and columns in pixels, 32 or more.
        opacity_probability: chance that a zone shows an opacity; at least one zone does.
        distractor_probability: chance that an opacity is not named; at least one is named. 0 makes the text
            useless. The pixels do not depend on it.
        contrast: least and greatest brightness an opacity adds, of a film that spans 1.
        noise: factor on the detector's noise.
        side: what "left" means in the text, the picture's side or the patient's.
        style: style of the sentence, see `textguide.text.write_report`.

    Raises:
        ValueError: a size below 32, a probability outside [0, 1], or an unknown side.
    """
    _check_arguments(size, opacity_probability, distractor_probability, side)
    anatomy, shadows, detector, naming = np.random.default_rng([seed, index]).spawn(4)
    thorax = draw_thorax(anatomy, size)
    present = _at_least_one(naming, naming.random(ZONE_COUNT) < opacity_probability)
    added, zone_masks = draw_opacities(shadows, thorax, present, contrast)
    image = expose(detector, thorax.density + added, thorax.body, noise)
    kept = naming.random(ZONE_COUNT) >= distractor_probability
    named = _at_least_one(naming, present & kept, among=present)
    blank = ChestPhantom(
        image=image,
        zone_masks=zone_masks,
        present=present,
        named=named,
        mask=np.zeros_like(image, bool),
        text="",
        side=side,
        style=style,
        seed=seed,
        index=index,
    )
    phantom = blank.with_named(named.tolist())
    _check_result(phantom, lungs=thorax.lungs.max(axis=0) > 0.5)
    return phantom


def _at_least_one(
    rng: np.random.Generator, chosen: NDArray[np.bool_], among: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    pick = int(rng.choice(ZONE_COUNT if among is None else np.flatnonzero(among)))
    if not chosen.any():
        chosen[pick] = True
    return chosen


def _swap_for(side: Side, zones: NDArray[np.bool_]) -> list[int]:
    labels = zones.astype(int).tolist()
    return labels if side == "image" else list(mirror_zones(labels))


def _check_arguments(size: int, opacity: float, distractor: float, side: str) -> None:
    if size < SMALLEST_SIZE:
        raise ValueError(f"size is {size} pixels; a chest phantom needs {SMALLEST_SIZE} or more.")
    for name, value in (("opacity_probability", opacity), ("distractor_probability", distractor)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}; give a number from 0 to 1.")
    if side not in ("image", "patient"):
        raise ValueError(f"side is {side!r}; allowed are 'image' and 'patient'.")


def _check_result(phantom: ChestPhantom, lungs: NDArray[np.bool_]) -> None:
    """A benchmark must not carry a film that no method can solve: better to stop than to draw it."""
    faults = {
        "the film is blank": phantom.image.std() <= 5,
        "the mask leaves the lungs": bool((phantom.mask & ~lungs).any()),
        "the mask is empty": not phantom.mask.any(),
        "the sentence does not parse back": _parsed_zones(phantom.text) != phantom.zones,
    }
    found = [name for name, is_true in faults.items() if is_true]
    if found:
        raise RuntimeError(
            f"chest phantom seed {phantom.seed}, index {phantom.index}: {', '.join(found)}. "
            "Ease contrast, noise or size; if they are the defaults, please report it."
        )


def _parsed_zones(text: str) -> list[int] | None:
    zones = parse_report(text).zones
    return None if zones is None else list(zones)

"""Endoscopy phantom: two or three polyps; the sentence names some by size, colour, shape and place.

The sentences follow the prompt grammar of the medvlsm benchmark: number, size, colour, shape, cells of a
3 x 3 grid. As in the chest phantom, the naming comes from a random stream of its own: without the sentence,
no method can know which polyps are meant.

Source: grammar p0 to p9 of Poudel et al., Exploring transfer learning in medical image segmentation using
vision-language models, 2023; the definitions in p7 to p9 are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from textguide.phantoms.drawing import Plane, smooth_noise, soft_edge
from textguide.phantoms.endoscope import ASPECT_RATIO, Bowel, capture, cornered_view, draw_bowel

SMALLEST_SIZE = 32
RADII = {"small": 0.080, "medium": 0.135, "large": 0.200}
COLOURS = {
    "pink": (0.96, 0.60, 0.56),
    "white": (0.97, 0.90, 0.82),
    "yellow": (0.93, 0.74, 0.30),
    "brown": (0.46, 0.26, 0.16),
    "red": (0.80, 0.16, 0.13),
}
NUMBERS = ("no", "one", "two", "three")
DEFINITIONS = (
    "which is a growth that rises from the mucosa",
    "which is a lump on the inner wall of the bowel",
    "which is a raised patch of tissue in the colon",
    "which is tissue that stands out from the lining",
    "which is a bump, with or without a stalk, in the bowel",
)


@dataclass(frozen=True)
class Polyp:
    """One polyp in words: size, colour, shape, and the cell of a 3 x 3 grid that holds its centre."""

    size: str
    colour: str
    shape: str
    cell: str


@dataclass(frozen=True)
class PolypPhantom:
    """One synthetic endoscopy frame with its sentence and mask.

    Attributes:
        image: (H, W, 3) uint8 RGB, rows x columns as on disk; W is about 1.17 H.
        polyp_masks: (N, H, W) bool, the visible part of each polyp.
        polyps: what each polyp looks like, N entries.
        named: (N,) bool, the polyps that the sentence names; never empty.
        mask: (H, W) bool, the named polyps.
        text: the sentence, prompt p6 of the grammar.
    """

    image: NDArray[np.uint8] = field(repr=False)
    polyp_masks: NDArray[np.bool_] = field(repr=False)
    polyps: tuple[Polyp, ...]
    named: NDArray[np.bool_]
    mask: NDArray[np.bool_] = field(repr=False)
    text: str

    def with_named(self, named: Sequence[bool]) -> PolypPhantom:
        """The same frame, with the sentence and the mask of another subset of its polyps.

        Raises:
            ValueError: ``named`` is empty or has not one truth value for each polyp.
        """
        chosen = np.asarray(named, bool)
        if chosen.shape != (len(self.polyps),) or not chosen.any():
            given, count = chosen.astype(int).tolist(), len(self.polyps)
            raise ValueError(f"named is {given}; give {count} truth values, at least one of them true.")
        targets = [polyp for polyp, kept in zip(self.polyps, chosen, strict=True) if kept]
        text = str(write_prompts(targets)["p6"])
        return replace(self, named=chosen, mask=self.polyp_masks[chosen].any(axis=0), text=text)

    def counterfactual(self) -> PolypPhantom:
        """The same frame under another sentence: the polyps not named so far, or all but the first one."""
        others = ~self.named
        if not others.any():
            others[1:] = True
        return self.with_named(others.tolist())

    @property
    def prompts(self) -> dict[str, str | list[str]]:
        """All prompts p0 to p9 of the named polyps."""
        return write_prompts([polyp for polyp, kept in zip(self.polyps, self.named, strict=True) if kept])


def polyp_phantom(
    seed: int, index: int, size: int = 224, distractor_probability: float = 0.5
) -> PolypPhantom:
    """Draw frame number ``index`` of ``seed``; it depends on nothing else, in any order and any process.

    Args:
        seed: one data set or one split of it, 0 or more.
        index: number of the frame, 0 or more.
        size: rows in pixels, 32 or more; there are about 1.17 times as many columns.
        distractor_probability: chance that a polyp is not named; at least one is.

    Raises:
        ValueError: a size below 32, or a probability outside [0, 1].
    """
    if size < SMALLEST_SIZE:
        raise ValueError(f"size is {size} rows; a polyp phantom needs {SMALLEST_SIZE} or more.")
    if not 0 <= distractor_probability <= 1:
        raise ValueError(f"distractor_probability is {distractor_probability}; give a number from 0 to 1.")
    scenery, growth, camera, naming = np.random.default_rng([seed, index]).spawn(4)
    bowel = draw_bowel(scenery, size)
    view = cornered_view(scenery, bowel)
    colour = bowel.colour
    polyps: list[Polyp] = []
    masks: list[NDArray[np.bool_]] = []
    for x0, y0, size_word in _places(growth, view):
        colour, polyp, mask = _grow(growth, bowel, colour, (x0, y0), size_word)
        polyps.append(polyp)
        masks = [earlier & ~mask for earlier in masks] + [mask & (view > 0.5)]
    image = capture(camera, colour, view)
    named = naming.random(len(polyps)) >= distractor_probability
    if not named.any():
        named[int(naming.integers(len(polyps)))] = True
    blank = np.zeros(image.shape[:2], bool)
    phantom = PolypPhantom(image, np.stack(masks), tuple(polyps), named, blank, text="")
    return phantom.with_named(named.tolist())


def write_prompts(polyps: Sequence[Polyp]) -> dict[str, str | list[str]]:
    """Prompts p0 (empty) to p6 (everything) of a set of polyps, and p7 to p9, five paraphrases each.

    The noun stays in the singular and one shape stands for all, as in the published prompts.
    """
    sizes = ", ".join(dict.fromkeys(polyp.size for polyp in polyps))
    colours = ", ".join(dict.fromkeys(polyp.colour for polyp in polyps))
    place = f"located in {', '.join(polyp.cell for polyp in polyps)} of the image"
    p2 = f"{polyps[0].shape} polyp"
    p3 = f"{colours} {p2}"
    p4 = f"{sizes} {p3}"
    p5 = f"{NUMBERS[len(polyps)]} {p4}"
    return {
        "p0": "",
        "p1": "polyp",
        "p2": p2,
        "p3": p3,
        "p4": p4,
        "p5": p5,
        "p6": f"{p5}, {place}",
        "p7": [f"polyp {definition}" for definition in DEFINITIONS],
        "p8": [f"{p5} {definition}" for definition in DEFINITIONS],
        "p9": [f"{p5} {definition} {place}" for definition in DEFINITIONS],
    }


def _places(rng: np.random.Generator, view: Plane) -> list[tuple[float, float, str]]:
    """Centre and size word of two or three polyps: apart, in different cells, and inside the view."""
    rows = len(view)
    found: list[tuple[float, float, str]] = []
    wanted, tries = int(rng.integers(2, 4)), 0
    while len(found) < 2 or (len(found) < wanted and tries < 300):  # there is always room for two
        tries += 1
        size_word = str(rng.choice(list(RADII)))
        x, y = rng.uniform(0.10, ASPECT_RATIO - 0.10), rng.uniform(0.10, 0.90)
        free = cell_of(x, y) not in {cell_of(a, b) for a, b, _ in found}
        apart = all(np.hypot(x - a, y - b) > 1.25 * (RADII[size_word] + RADII[word]) for a, b, word in found)
        if free and apart and view[int(y * rows), int(x * rows)] > 0.5:
            found.append((x, y, size_word))
    return found


def cell_of(x: float, y: float) -> str:
    """Word for the cell of the 3 x 3 grid: ``top left`` .. ``bottom right``, ``center`` in the middle."""
    horizontal = ("left", "", "right")[min(int(3 * x / ASPECT_RATIO), 2)]
    vertical = ("top", "", "bottom")[min(int(3 * y), 2)]
    return f"{vertical} {horizontal}".strip() or "center"


def _grow(
    rng: np.random.Generator, bowel: Bowel, colour: Plane, centre: tuple[float, float], size_word: str
) -> tuple[Plane, Polyp, NDArray[np.bool_]]:
    """Lay one polyp over the picture: shadow, dome, highlight. Returns picture, words and outline."""
    rows, columns = colour.shape[:2]
    colour_word = str(rng.choice(list(COLOURS)))
    ratio, turn = rng.uniform(0.62, 1.0), rng.uniform(0, np.pi)
    radius = RADII[size_word] * rng.uniform(0.92, 1.08) / ratio**0.5
    right, down = (bowel.x - centre[0]) / radius, (bowel.y - centre[1]) / radius
    along = right * np.cos(turn) + down * np.sin(turn)
    across = (down * np.cos(turn) - right * np.sin(turn)) / ratio
    lumps = 0.09 * smooth_noise(rng, 7, rows, columns) + 0.025 * smooth_noise(rng, 24, rows, columns)
    distance = np.sqrt(along**2 + across**2) + lumps
    dome = soft_edge(1 - distance, 0.04)[..., None]
    shadow = 0.45 * soft_edge(1.20 - distance, 0.09)[..., None]
    slant = right * (bowel.lumen[0] - centre[0]) + down * (bowel.lumen[1] - centre[1])
    surface = _surface(rng, distance, slant, 0.65 * np.array(COLOURS[colour_word]) + 0.35 * bowel.tint)
    glint = ((along - rng.uniform(-0.35, 0.35)) / 0.14) ** 2 + ((across - rng.uniform(-0.4, 0.1)) / 0.09) ** 2
    shine = soft_edge(1 - glint + 0.5 * smooth_noise(rng, 30, rows, columns), 0.25)[..., None]
    picture = colour * (1 - shadow) * (1 - dome) + dome * (surface + 0.8 * shine)
    words = Polyp(size_word, colour_word, "round" if ratio > 0.8 else "oval", cell_of(*centre))
    return picture.astype(np.float32), words, dome[..., 0] > 0.5


def _surface(rng: np.random.Generator, distance: Plane, slant: Plane, tint: NDArray[np.floating]) -> Plane:
    """Lit tissue of a dome, (H, W, 3): the light stands at the camera, so the rim is darkest."""
    rows, columns = distance.shape
    towards_camera = np.sqrt(np.clip(1 - 0.92 * distance**2, 0.04, 1))
    light = np.clip(0.42 + 0.72 * towards_camera - 0.25 * slant, 0.2, 1.3)
    light = light * (1 + 0.07 * smooth_noise(rng, 14, rows, columns))
    light = light * (1 + 0.06 * smooth_noise(rng, 55, rows, columns))
    surface = np.asarray(tint, np.float32) * light[..., None]
    pits = np.clip(smooth_noise(rng, 40, rows, columns), 0, 2)  # blood in the pits takes green and blue away
    surface[..., 1:] *= (1 - 0.10 * pits)[..., None]
    return surface

"""Synthetic endoscopy frames in the folders, names and prompt files of Kvasir-SEG.

Source: folders of the public archive (Jha et al., Kvasir-SEG, 2020), whose box file is spelt ``kavsir``;
prompt files in the form of the medvlsm benchmark (Poudel et al., 2023).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from textguide.data.schema import SECTIONS
from textguide.phantoms.faults import insert_faults
from textguide.phantoms.polyp import polyp_phantom
from textguide.phantoms.writer import check_counts, draw_all, fresh_folder, split_seed, write_json

HOME = Path("Kvasir-SEG")
_PARTS = {"training": "train", "validation": "val", "testing": "test"}


@dataclass
class _Case:
    """One frame of the data set; what comes after ``index`` is known once it is drawn."""

    name: str
    split: str
    seed: int
    index: int
    shape: tuple[int, int] = (0, 0)
    boxes: list[list[int]] = field(default_factory=list)
    prompts: dict[str, str | list[str]] = field(default_factory=dict)
    named: list[int] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The one that a fault must fit: it names all there is to name."""
        return str(self.prompts["p6"])

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change that sentence and its paraphrases."""
        self.prompts["p6"] = change(self.sentence)
        self.prompts["p9"] = [change(text) for text in self.prompts["p9"]]

    def paths(self, home: Path) -> tuple[Path, Path]:
        """Image and mask."""
        return home / "images" / f"{self.name}.jpg", home / "masks" / f"{self.name}.jpg"


def write_polyp_dataset(
    root: str | os.PathLike[str],
    training: int = 64,
    validation: int = 16,
    testing: int = 16,
    size: int = 224,
    seed: int = 0,
    distractor_probability: float = 0.5,
    faults: Sequence[str] = (),
    workers: int = 1,
) -> Path:
    """Write polyp phantoms as Kvasir-SEG lies on disk, with prompts p0 to p9 in ``anns``.

    Names begin with ``cjuphantom``: no real frame has such a name. Masks are JPEG, as the real ones are, so
    their edges ring: threshold them above 127. The file ``phantom.json`` beside the data tells which polyps
    are named.

    Args:
        root: new or empty folder.
        training: frames of the training split.
        validation: frames of the validation split.
        testing: frames of the test split.
        size: rows in pixels; there are about 1.17 times as many columns.
        seed: the data set; its splits and all other seeds share no frame.
        distractor_probability: see `polyp_phantom`.
        faults: names out of `textguide.phantoms.FAULTS`, each put into one training case; a list, or one
            string with commas.
        workers: processes that draw.

    Returns:
        ``root``, which `textguide.data.kvasir_datalist` reads.

    Raises:
        ValueError: a folder that is not empty, a number out of range, or an unknown fault.
    """
    counts = {"training": training, "validation": validation, "testing": testing}
    check_counts(**counts)
    with fresh_folder(root) as folder:
        home = folder / HOME
        for name in ("images", "masks"):
            (home / name).mkdir(parents=True)
        options = {"size": size, "distractor_probability": distractor_probability}
        draw = partial(_draw_case, home=home, options=options)
        cases = draw_all(draw, list(_name_cases(counts, seed)), workers, "endoscopy frames")
        placed = insert_faults(cases, home, faults)
        for split, part in _PARTS.items():
            records = [_annotate(number, case) for number, case in enumerate(cases) if case.split == split]
            write_json(home / "anns" / f"{part}.json", records)
        write_json(home / "kavsir_bboxes.json", {case.name: _boxes(case) for case in cases})
        keys = ("name", "split", "seed", "index", "named")
        frames = [{key: getattr(case, key) for key in keys} for case in cases]
        key_file = {"family": "polyp", **options, "faults": placed, "frames": frames}
        write_json(folder / "phantom.json", key_file)
    return Path(root)


def _name_cases(counts: dict[str, int], seed: int) -> Iterator[_Case]:
    """Names of 25 characters, as the real ones, in one row over all splits."""
    number = 0
    for split in SECTIONS:
        for index in range(counts[split]):
            yield _Case(f"cjuphantom{number:015d}", split, split_seed(seed, split), index)
            number += 1


def _draw_case(case: _Case, home: Path, options: dict[str, Any]) -> _Case:
    phantom = polyp_phantom(case.seed, case.index, **options)
    image, mask = case.paths(home)
    Image.fromarray(phantom.image).save(image, quality=95)
    Image.fromarray(np.uint8(255) * phantom.mask).convert("RGB").save(mask, quality=75)
    case.shape = phantom.mask.shape[:2]
    case.boxes = [_box(outline) for outline in phantom.polyp_masks[phantom.named]]
    case.prompts, case.named = phantom.prompts, phantom.named.astype(int).tolist()
    return case


def _box(outline: NDArray[np.bool_]) -> list[int]:
    """Left, top, right and bottom in pixels."""
    rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])]


def _annotate(number: int, case: _Case) -> dict[str, Any]:
    """One record of the prompt files; the box holds all named polyps."""
    boxes = np.array(case.boxes)
    return {
        "bbox": [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()],
        "cat": 0,
        "segment_id": case.name,
        "img_name": f"{case.name}.jpg",
        "mask_name": f"{case.name}.jpg",
        "sentences": [{"idx": 0, "sent_id": number + 1, "sent": ""}],
        "prompts": case.prompts,
        "sentences_num": 1,
    }


def _boxes(case: _Case) -> dict[str, Any]:
    names = ("xmin", "ymin", "xmax", "ymax")
    boxes = [{"label": "polyp", **dict(zip(names, box, strict=True))} for box in case.boxes]
    return {"height": case.shape[0], "width": case.shape[1], "bbox": boxes}

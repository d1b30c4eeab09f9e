"""Synthetic chest films in the folders, names and tables of QaTa-COV19 v2.

Source: folders and names of the public archive (Degerli et al.), workbooks of LViT (Li et al., IEEE TMI
2024), annotation.json of SGSeg (Ye et al., MICCAI 2024).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from textguide.data.schema import SECTIONS
from textguide.phantoms.chest import chest_phantom
from textguide.phantoms.faults import insert_faults
from textguide.phantoms.writer import check_counts, draw_all, fresh_folder, split_seed, write_json
from textguide.text import parse_report, write_report

HOME = Path("QaTa-COV19/QaTa-COV19-v2")
FOLDERS = {"training": "Train Set", "validation": "Train Set", "testing": "Test Set"}
_FIRST_SUBJECT, _LAST_SUBJECT = 90_000, 99_999
_FILMS_PER_SUBJECT = 3


@dataclass
class _Case:
    """One film of the data set; what comes after ``index`` is known once it is drawn."""

    name: str
    split: str
    seed: int
    index: int
    text: str = ""
    raw_text: str = ""
    present: Sequence[int] = ()
    named: Sequence[int] = ()

    @property
    def sentence(self) -> str:
        """The one that a fault must fit."""
        return self.text

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the sentence in both its spellings."""
        self.text, self.raw_text = change(self.text), change(self.raw_text)

    def paths(self, home: Path) -> tuple[Path, Path]:
        """Film and mask."""
        part = home / FOLDERS[self.split]
        return part / "Images" / self.name, part / "Ground-truths" / f"mask_{self.name}"


def write_chest_dataset(
    root: str | os.PathLike[str],
    training: int = 64,
    validation: int = 16,
    testing: int = 16,
    size: int = 224,
    seed: int = 0,
    opacity_probability: float = 0.5,
    distractor_probability: float = 0.5,
    texts: Literal["annotation", "workbook", "both"] = "annotation",
    faults: Sequence[str] = (),
    workers: int = 1,
) -> Path:
    """Write chest phantoms as QaTa-COV19 v2 lies on disk.

    Numbers of subjects, sessions and ``covid`` films begin at 90,000: no real film has such a name. Sorted by
    mask name, the training films come before the validation films, and no subject is on two sides. The file
    ``phantom.json`` beside the data tells for each film which zones show an opacity and which are named.

    Args:
        root: new or empty folder.
        training: films of the training split, in ``Train Set``.
        validation: films of the validation split, in ``Train Set`` too.
        testing: films in ``Test Set``.
        size: rows and columns in pixels.
        seed: the data set; its splits and all other seeds share no film.
        opacity_probability: see `chest_phantom`.
        distractor_probability: see `chest_phantom`.
        texts: SGSeg's ``annotation.json``, LViT's workbooks in their spelling (these need openpyxl), or both.
        faults: names out of `textguide.phantoms.FAULTS`, each put into one training case; a list, or one
            string with commas.
        workers: processes that draw.

    Returns:
        ``root``, which `textguide.data.qata_datalist` reads.

    Raises:
        ImportError: workbooks without openpyxl.
        ValueError: a folder that is not empty, a number out of range, an unknown fault or form of text.
    """
    if texts not in ("annotation", "workbook", "both"):
        raise ValueError(f"texts is {texts!r}; allowed are 'annotation', 'workbook' and 'both'.")
    if texts != "annotation" and find_spec("openpyxl") is None:
        raise ImportError("workbooks need openpyxl: pip install textguide[all], or use texts=annotation.")
    check_counts(training=training, validation=validation, testing=testing)
    cases = list(_name_cases({"training": training, "validation": validation, "testing": testing}, seed))
    with fresh_folder(root) as folder:
        for name in ("Images", "Ground-truths"):
            for part in sorted(set(FOLDERS.values())):
                (folder / HOME / part / name).mkdir(parents=True)
        options = {
            "size": size,
            "opacity_probability": opacity_probability,
            "distractor_probability": distractor_probability,
        }
        draw = partial(_draw_case, home=folder / HOME, options=options)
        cases = draw_all(draw, cases, workers, "chest films")
        placed = insert_faults(cases, folder / HOME, faults)
        if texts != "workbook":
            _write_annotation(cases, folder / HOME)
        if texts != "annotation":
            _write_workbooks(cases, folder / HOME)
        films = [{key: value for key, value in asdict(case).items() if "text" not in key} for case in cases]
        key_file = {"family": "chest", **options, "faults": placed, "films": films}
        write_json(folder / "phantom.json", key_file)
    return Path(root)


def _name_cases(counts: dict[str, int], seed: int) -> Iterator[_Case]:
    """Names in sorted order: two in five training films have no subject, as in the real set."""
    subject, in_subject = _FIRST_SUBJECT, 0
    for split in SECTIONS:
        anonymous = 2 * counts[split] // 5 if split == "training" else 0
        for index in range(counts[split]):
            if index < anonymous:
                name = f"covid_{_FIRST_SUBJECT + index}.png"
            else:
                view, device = ("ap", "pa")[index % 2], ("cr", "dx")[index // 2 % 2]
                session = f"sub-S{subject}_ses-E{_FIRST_SUBJECT + in_subject}"
                name = f"{session}_run-1_bp-chest_vp-{view}_{device}.png"
                in_subject += 1
            if in_subject == _FILMS_PER_SUBJECT:
                subject, in_subject = subject + 1, 0
            if subject > _LAST_SUBJECT:
                most = _FILMS_PER_SUBJECT * (_LAST_SUBJECT - _FIRST_SUBJECT)
                raise ValueError(f"{sum(counts.values())} films are too many; {most} can be named.")
            yield _Case(name, split, split_seed(seed, split), index)
        subject, in_subject = subject + 1, 0


def _draw_case(case: _Case, home: Path, options: dict[str, Any]) -> _Case:
    phantom = chest_phantom(case.seed, case.index, **options)
    image, mask = case.paths(home)
    Image.fromarray(phantom.image).save(image)
    Image.fromarray(np.uint8(255) * phantom.mask).save(mask)
    case.text, case.raw_text = phantom.text, write_report(phantom.zones, style="lvit")
    case.present, case.named = phantom.present.astype(int).tolist(), phantom.named.astype(int).tolist()
    return case


def _write_workbooks(cases: Sequence[_Case], home: Path) -> None:
    """LViT's tables: training and validation under mask names, the test under image names."""
    train = [(f"mask_{case.name}", case.raw_text) for case in cases if case.split != "testing"]
    test = [(case.name, case.raw_text) for case in cases if case.split == "testing"]
    _write_workbook(home / "Train_text_for_Covid19.xlsx", train)
    _write_workbook(home / "Test_text_for_Covid19.xlsx", test)


def _write_workbook(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Sheet1")
    for row in (("Image", "Description"), *rows):
        sheet.append(row)
    workbook.save(path)


def _write_annotation(cases: Sequence[_Case], home: Path) -> None:
    """SGSeg's file: the three splits, each a list with caption and zone labels."""
    parts = {"training": "train", "validation": "valid", "testing": "test"}
    write_json(
        home / "annotation.json",
        {part: [_annotate(case) for case in cases if case.split == split] for split, part in parts.items()},
    )


def _annotate(case: _Case) -> dict[str, object]:
    zones = parse_report(case.text).zones
    if zones is None:
        raise RuntimeError(f"the sentence of {case.name} cannot be read back; please report it.")
    labels = [int(zone) for zone in zones]
    return {
        "image_path": f"mask_{case.name}",
        "caption": case.text,
        "pulmonary_infection": int(any(labels[:3])) + int(any(labels[3:])),
        "infected_area": sum(labels),
        "pseudo_label": labels,
    }

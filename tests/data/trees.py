"""Tiny data sets on disk, in the layouts that the readers know."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

REPORT = "unilateral pulmonary infection, one infected area, lower left lung."
REPORT_ZONES = [0, 0, 1, 0, 0, 0]


def write_image(path: Path, value: int = 0, size: tuple[int, int] = (8, 6)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)
    return path


def write_pairs(
    images: Path, masks: Path, names: Iterable[str], prefix: str = "mask_", suffix: str = ".png"
) -> None:
    for number, name in enumerate(names):
        write_image(images / f"{name}{suffix}", number)
        write_image(masks / f"{prefix}{name}{suffix}", 255)


def write_csv(
    path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    import openpyxl

    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    workbook.save(path)
    return path


def write_annotation(path: Path, parts: Mapping[str, Iterable[str]]) -> Path:
    content = {
        part: [
            {"image_path": f"mask_{n}.png", "caption": REPORT, "pseudo_label": REPORT_ZONES} for n in names
        ]
        for part, names in parts.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def record(image: str = "images/a.png", **changes: Any) -> dict[str, Any]:
    plain = {
        "image": image,
        "label": image.replace("images", "labels"),
        "text": "a text",
        "case_id": Path(image).stem,
        "group_id": Path(image).stem,
        "zones": None,
        "side_convention": "image",
        "text_source": "report",
    }
    return {**plain, **changes}


def datalist(**sections: list[dict[str, Any]]) -> dict[str, Any]:
    header = {"name": "toy", "modality": "X-ray", "labels": {"1": "lesion"}, "license_note": "none"}
    return {**header, "training": [], "validation": [], "testing": [], **sections}

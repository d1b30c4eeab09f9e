"""QaTa-COV19 of ten training and two test films, in each public layout."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.data.trees import REPORT, write_annotation, write_csv, write_pairs, write_xlsx

FILMS = [
    "covid_1",
    "covid_10",
    "covid_2",
    "sub-S00001_ses-E1_run-1_bp-chest_dx",
    "sub-S00002_ses-E2_run-1_bp-chest_vp-ap_cr",
    "sub-S00003_ses-E3_run-1_bp-chest_dx",
    "sub-S00003_ses-E4_run-1_bp-chest_dx",
    "sub-S00004_ses-E5_run-1_bp-chest_dx",
    "sub-S00005_ses-E6_run-1_bp-chest_dx",
    "sub-S00006_ses-E7_run-1_bp-chest_dx",
]
TEST_FILMS = ["sub-S09001_ses-E9_run-1_bp-chest_dx", "sub-S09001_ses-E9_run-2_bp-chest_dx"]
HEADER = ["Image", "Description"]


def masks_in_table(names: list[str]) -> list[list[str]]:
    return [HEADER, *([f"mask_{name}.png", REPORT] for name in names)]


def images_in_table(names: list[str]) -> list[list[str]]:
    return [HEADER, *([f"{name}.png", REPORT] for name in names)]


def kaggle(root: Path) -> None:
    home = root / "QaTa-COV19" / "QaTa-COV19-v2"
    write_pairs(home / "Train Set" / "Images", home / "Train Set" / "Ground-truths", FILMS)
    write_pairs(home / "Test Set" / "Images", home / "Test Set" / "Ground-truths", TEST_FILMS)
    write_xlsx(home / "Train_text_for_Covid19.xlsx", masks_in_table(FILMS))
    write_xlsx(home / "Test_text_for_Covid19.xlsx", images_in_table(TEST_FILMS))


def ariadne(root: Path) -> None:
    write_pairs(root / "Train" / "Images", root / "Train" / "GTs", FILMS)
    write_pairs(root / "Test" / "Images", root / "Test" / "GTs", TEST_FILMS)
    write_csv(root / "prompt" / "train.csv", masks_in_table(FILMS))
    write_csv(root / "prompt" / "test.csv", images_in_table(TEST_FILMS))


def other_spelling(root: Path) -> None:
    home = root / "QaTa-COV19-v2"
    write_pairs(home / "Train Set" / "images", home / "Train Set" / "masks", FILMS)
    write_pairs(home / "Test Set" / "images", home / "Test Set" / "masks", TEST_FILMS)
    write_csv(home / "Train_text(in).csv", masks_in_table(FILMS), delimiter=";")
    write_csv(home / "Test_text..(in).csv", images_in_table(TEST_FILMS), delimiter=";")


def lvit(root: Path) -> None:
    parts = {"Train": FILMS[::2] + FILMS[5::2], "Val": FILMS[1:5:2], "Test": TEST_FILMS}
    for part, films in parts.items():
        folder = root / f"{part}_Folder"
        write_pairs(folder / "img", folder / "labelcol", films)
        write_xlsx(folder / f"{part}_text.xlsx", masks_in_table(films))


def sgseg(root: Path) -> None:
    home = root / "data" / "QaTa"
    parts = {"train": FILMS[:8], "valid": FILMS[8:], "test": TEST_FILMS}
    lower = {part: [name.lower() for name in names] for part, names in parts.items()}
    for part, names in parts.items():
        images, masks = home / "images" / part / "images", home / "images" / part / "masks"
        write_pairs(images, masks, lower[part])
        for upper, name in zip(names, lower[part], strict=True):
            if upper != name:
                shutil.copyfile(images / f"{name}.png", images / f"{upper}.png")
                shutil.copyfile(masks / f"mask_{name}.png", masks / f"mask_{upper}.png")
    write_annotation(home / "prompts" / "annotation.json", lower)

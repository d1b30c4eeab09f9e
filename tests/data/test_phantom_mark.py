from __future__ import annotations

from pathlib import Path

import pytest

from textguide.data import kvasir_datalist, qata_datalist
from textguide.data.phantom_mark import phantom_header
from textguide.phantoms import write_chest_dataset, write_polyp_dataset

COUNTS = {"training": 1, "validation": 1, "testing": 1, "size": 32}


def test_phantoms_do_not_carry_the_name_of_the_data_set_whose_layout_they_borrow(tmp_path: Path) -> None:
    chest = write_chest_dataset(tmp_path / "chest", **COUNTS)
    for root in (chest, chest / "QaTa-COV19", chest / "QaTa-COV19" / "QaTa-COV19-v2"):
        assert qata_datalist(root)["name"] == "chest phantoms"
    polyps = write_polyp_dataset(tmp_path / "polyp", **COUNTS)
    for root in (polyps, polyps / "Kvasir-SEG"):
        datalist = kvasir_datalist(root)
        assert (datalist["name"], datalist["modality"]) == ("polyp phantoms", "endoscopy")
        assert datalist["license_note"].startswith("Synthetic")


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"family": "polyp"}', "{}"])
def test_another_file_of_the_marks_name_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "phantom.json").write_text(content)
    assert phantom_header(tmp_path, "chest") == {}


def test_without_the_mark_the_data_are_real(tmp_path: Path) -> None:
    chest = write_chest_dataset(tmp_path / "chest", **COUNTS)
    (chest / "phantom.json").unlink()
    assert qata_datalist(chest)["name"] == "QaTa-COV19"

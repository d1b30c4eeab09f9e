from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.data.qata_trees import (
    FILMS,
    HEADER,
    TEST_FILMS,
    ariadne,
    kaggle,
    lvit,
    masks_in_table,
    other_spelling,
    sgseg,
)
from tests.data.trees import (
    REPORT,
    REPORT_ZONES,
    write_annotation,
    write_csv,
    write_image,
    write_pairs,
    write_xlsx,
)

from textguide.data import check_datalist, qata_datalist, split_hash, summarize_datalist

LAYOUTS = [kaggle, ariadne, other_spelling, lvit, sgseg]


def cases(datalist: dict[str, Any], section: str) -> list[str]:
    return [item["case_id"] for item in datalist[section]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_split_and_its_files_are_there(
    layout: Callable[[Path], None], tmp_path: Path
) -> None:
    layout(tmp_path / "data set")
    kaggle(tmp_path / "reference")
    datalist = qata_datalist(tmp_path / "data set")
    checked = check_datalist(datalist, tmp_path / "data set")
    assert cases(checked, "training") == [name.lower() for name in FILMS[:8]]
    assert cases(checked, "validation") == [name.lower() for name in FILMS[8:]]
    assert cases(checked, "testing") == [name.lower() for name in TEST_FILMS]
    assert split_hash(checked) == split_hash(qata_datalist(tmp_path / "reference"))


def test_a_record_holds_report_zones_patient_and_the_image_side(tmp_path: Path) -> None:
    kaggle(tmp_path)
    record = qata_datalist(tmp_path)["training"][5]
    assert record == {
        "image": f"QaTa-COV19/QaTa-COV19-v2/Train Set/Images/{FILMS[5]}.png",
        "label": f"QaTa-COV19/QaTa-COV19-v2/Train Set/Ground-truths/mask_{FILMS[5]}.png",
        "text": REPORT,
        "case_id": FILMS[5].lower(),
        "group_id": "sub-s00003",
        "zones": REPORT_ZONES,
        "side_convention": "image",
        "text_source": "report",
    }
    assert qata_datalist(tmp_path)["training"][0]["group_id"] == "covid_1"


def test_the_folder_above_and_the_folder_itself_give_the_same_split(tmp_path: Path) -> None:
    kaggle(tmp_path)
    roots = [tmp_path, tmp_path / "QaTa-COV19", tmp_path / "QaTa-COV19" / "QaTa-COV19-v2"]
    lists = [qata_datalist(root) for root in roots]
    assert len({split_hash(item) for item in lists}) == 1
    assert lists[2]["testing"][0]["image"] == f"Test Set/Images/{TEST_FILMS[0]}.png"


def test_upper_case_copies_are_left_out_with_a_count(tmp_path: Path) -> None:
    sgseg(tmp_path)
    copies = 2 * (len(FILMS) - 3 + len(TEST_FILMS))
    assert qata_datalist(tmp_path)["notes"] == [f"{copies} copies with equal bytes were left out."]


def test_an_upper_case_copy_with_other_bytes_is_an_error_that_names_it(tmp_path: Path) -> None:
    sgseg(tmp_path)
    write_image(tmp_path / "data/QaTa/images/train/masks" / f"mask_{FILMS[5]}.png", 3)
    with pytest.raises(ValueError, match=f"mask_{FILMS[5]}.*differ in their bytes"):
        qata_datalist(tmp_path)


def test_a_film_in_training_and_test_folder_stays_in_testing(tmp_path: Path) -> None:
    ariadne(tmp_path)
    for kind, name in (("Images", f"{TEST_FILMS[0]}.png"), ("GTs", f"mask_{TEST_FILMS[0]}.png")):
        shutil.copyfile(tmp_path / "Test" / kind / name, tmp_path / "Train" / kind / name)
    datalist = qata_datalist(tmp_path)
    assert cases(datalist, "testing") == [name.lower() for name in TEST_FILMS]
    assert TEST_FILMS[0].lower() not in cases(datalist, "training") + cases(datalist, "validation")


def test_the_lvit_split_follows_the_id_tables_or_the_validation_folder(tmp_path: Path) -> None:
    lvit(tmp_path / "folders")
    assert cases(qata_datalist(tmp_path / "folders", split="lvit"), "validation") == [
        FILMS[1],
        FILMS[3].lower(),
    ]
    kaggle(tmp_path / "tables")
    home = tmp_path / "tables" / "QaTa-COV19" / "QaTa-COV19-v2"
    with pytest.raises(FileNotFoundError, match="use split=ariadne"):
        qata_datalist(home, split="lvit")
    write_xlsx(home / "Train_ID.xlsx", [HEADER, *([f"mask_{name}", REPORT] for name in FILMS[2:])])
    write_xlsx(home / "Val_ID.xlsx", [HEADER, *([f"mask_{name}", REPORT] for name in FILMS[:2])])
    assert cases(qata_datalist(home, split="lvit"), "validation") == FILMS[:2]
    assert cases(qata_datalist(home), "validation") == [name.lower() for name in FILMS[8:]]


def test_patients_on_both_sides_of_the_lvit_split_are_counted_in_the_summary(tmp_path: Path) -> None:
    lvit(tmp_path)
    shutil.move(
        tmp_path / "Train_Folder/img" / f"{FILMS[6]}.png", tmp_path / "Val_Folder/img" / f"{FILMS[6]}.png"
    )
    mask = f"labelcol/mask_{FILMS[6]}.png"
    shutil.move(tmp_path / "Train_Folder" / mask, tmp_path / "Val_Folder" / mask)
    assert "training/validation 1" in summarize_datalist(qata_datalist(tmp_path, split="lvit"))
    assert "training/validation 0" in summarize_datalist(qata_datalist(tmp_path))


def test_the_annotation_is_preferred_and_the_tables_can_be_asked_for(tmp_path: Path) -> None:
    ariadne(tmp_path)
    raw = "Unilateral pulmonary infection, two infected areas, lower left lung."
    write_csv(tmp_path / "prompt" / "train.csv", [HEADER, *([f"{name}.png", raw] for name in FILMS)])
    write_annotation(
        tmp_path / "annotation.json", {"train": FILMS[:8], "valid": FILMS[8:], "test": TEST_FILMS}
    )
    assert qata_datalist(tmp_path)["training"][0]["text"] == REPORT
    assert qata_datalist(tmp_path, text="table")["training"][0]["text"] == raw
    (tmp_path / "annotation.json").unlink()
    with pytest.raises(FileNotFoundError, match="put annotation.json there"):
        qata_datalist(tmp_path, text="annotation")


def test_a_part_of_the_films_works_when_asked_for_and_keeps_the_whole_sets_split(tmp_path: Path) -> None:
    kaggle(tmp_path)
    home = tmp_path / "QaTa-COV19" / "QaTa-COV19-v2"
    for name in (*FILMS[:3], *TEST_FILMS):
        folder = home / ("Test Set" if name in TEST_FILMS else "Train Set")
        (folder / "Images" / f"{name}.png").unlink()
        (folder / "Ground-truths" / f"mask_{name}.png").unlink()
    line = r"5 without film \(first: covid_1, covid_10, covid_2\); 5 without mask"
    with pytest.raises(FileNotFoundError, match=line):
        qata_datalist(tmp_path)
    datalist = qata_datalist(tmp_path, allow_missing=True)
    assert cases(datalist, "training") == [name.lower() for name in FILMS[3:8]]
    assert cases(datalist, "validation") == [name.lower() for name in FILMS[8:]]
    assert "5 without film" in datalist["notes"][0]


def test_a_missing_mask_and_a_missing_or_empty_report_name_the_film(tmp_path: Path) -> None:
    ariadne(tmp_path)
    (tmp_path / "Train" / "GTs" / "mask_covid_2.png").unlink()
    rows = masks_in_table(FILMS[1:])
    rows[1][1] = "  "
    write_csv(tmp_path / "prompt" / "train.csv", rows)
    with pytest.raises(FileNotFoundError) as error:
        qata_datalist(tmp_path)
    assert "1 without mask (first: covid_2)" in str(error.value)
    assert "2 without report (first: covid_1, covid_10)" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_film_with_two_texts_is_an_error_that_names_it(tmp_path: Path) -> None:
    ariadne(tmp_path)
    write_csv(tmp_path / "prompt" / "train.csv", [*masks_in_table(FILMS), ["covid_1.png", "another"]])
    with pytest.raises(ValueError, match=r"train\.csv' gives 'covid_1\.png' a second, different text"):
        qata_datalist(tmp_path)


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    ariadne(tmp_path)
    write_csv(tmp_path / "prompt" / "train.csv", [["file", "report"], ["covid_1.png", REPORT]])
    with pytest.raises(ValueError, match=r"train\.csv' lacks \['image', 'text'\]"):
        qata_datalist(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["[]", "{", '{"train": [{"image": 1}]}', '{"meta": [{"image_path": "a", "caption": "b"}]}',
     '{"train": [{"image_path": "a", "caption": "b", "pseudo_label": [1]}]}'],
)  # fmt: skip
def test_an_annotation_of_another_form_is_refused_by_name(tmp_path: Path, content: str) -> None:
    ariadne(tmp_path)
    (tmp_path / "annotation.json").write_text(content)
    with pytest.raises(ValueError, match=r"annotation\.json' is not the known form"):
        qata_datalist(tmp_path)


def test_unread_reports_and_labels_that_contradict_them_are_counted(tmp_path: Path) -> None:
    ariadne(tmp_path)
    path = write_annotation(tmp_path / "annotation.json", {"train": FILMS, "test": TEST_FILMS})
    content = json.loads(path.read_text())
    content["train"][0]["pseudo_label"] = [1, 0, 0, 0, 0, 0]
    content["train"][1]["caption"] = "something else"
    del content["train"][1]["pseudo_label"]
    path.write_text(json.dumps(content))
    datalist = qata_datalist(tmp_path)
    assert datalist["notes"] == [
        "1 reports whose zones cannot be read.",
        "1 reports whose zone labels contradict the text (first: covid_1).",
    ]
    assert datalist["training"][0]["zones"] == [1, 0, 0, 0, 0, 0]
    assert datalist["training"][1]["zones"] is None


def test_a_folder_without_films_says_what_was_looked_for_and_found(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with pytest.raises(FileNotFoundError, match=r"Train Set/Images.*found \['pictures'\]"):
        qata_datalist(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        qata_datalist(tmp_path / "gone")
    write_pairs(tmp_path / "Train" / "Images", tmp_path / "Train" / "GTs", FILMS)
    with pytest.raises(FileNotFoundError, match="holds no reports"):
        qata_datalist(tmp_path)


@pytest.mark.parametrize("option", ["split", "text"])
def test_an_unknown_option_names_the_known_ones(tmp_path: Path, option: str) -> None:
    with pytest.raises(ValueError, match=f"{option} is 'x'; allowed: a"):
        qata_datalist(tmp_path, **{option: "x"})


def test_odd_names_are_kept_verbatim(tmp_path: Path) -> None:
    names = ["$x", "@a", "%b", "-c d", "#e"]
    write_pairs(tmp_path / "Train" / "Images", tmp_path / "Train" / "GTs", names)
    write_csv(tmp_path / "prompt" / "train.csv", masks_in_table(names))
    datalist = check_datalist(qata_datalist(tmp_path), tmp_path)
    images = [item["image"] for item in datalist["training"] + datalist["validation"]]
    assert sorted(images) == sorted(f"Train/Images/{name}.png" for name in names)


@pytest.mark.data
def test_the_public_training_films_give_the_published_split() -> None:
    root = Path(os.environ["TEXTGUIDE_DATA"]) / "QaTa-COV19"
    by_annotation, by_name = qata_datalist(root), qata_datalist(root, text="table")
    assert (len(by_annotation["training"]), len(by_annotation["validation"])) == (5716, 1429)
    assert cases(by_annotation, "validation") == cases(by_name, "validation")
    assert "training/validation 0" in summarize_datalist(check_datalist(by_annotation, root))
    assert not any(item["zones"] is None for item in by_annotation["training"] + by_name["training"])

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.data.trees import write_csv, write_image, write_xlsx

from textguide.data import DATASETS, check_datalist, load_datalist, make_datalist, table_datalist
from textguide.data.schema import SECTIONS, check_schema

HEADER = ["image", "label", "text", "split", "group", "zones"]
ROWS = [
    HEADER,
    ["images/a.png", "labels/a.png", "lesion, in the upper left", "training", "p1", "1 0 0 0 0 0"],
    ["images/b.png", "labels/b.png", "", "Val", "p2", ""],
    ["images/c.png", "", "$x @y %z", "test", "p3", "[0, 0, 0, 0, 0, 1]"],
]


def write_table(root: Path, rows: Sequence[Sequence[str]], name: str = "cases.csv") -> Path:
    for row in rows[1:]:
        for path in filter(None, row[:2]):
            write_image(root / path)
    return write_csv(root / name, rows)


@pytest.mark.parametrize(("write", "name"), [(write_csv, "cases.csv"), (write_xlsx, "cases.xlsx")])
def test_a_table_becomes_a_datalist(tmp_path: Path, write: Callable[..., Path], name: str) -> None:
    write_table(tmp_path, ROWS, "cases.csv").unlink()
    datalist = check_datalist(
        table_datalist(write(tmp_path / name, ROWS), side_convention="patient"), tmp_path
    )
    assert datalist["name"] == "cases"
    assert datalist["training"] == [
        {
            "image": "images/a.png",
            "label": "labels/a.png",
            "text": "lesion, in the upper left",
            "case_id": "a",
            "group_id": "p1",
            "zones": [1, 0, 0, 0, 0, 0],
            "side_convention": "patient",
            "text_source": "table",
        }
    ]
    assert [item["text"] for item in datalist["validation"] + datalist["testing"]] == ["", "$x @y %z"]
    assert datalist["testing"][0]["label"] is None
    assert datalist["notes"] == ["1 records have no text."]


def test_the_folder_with_one_table_stands_for_it_and_two_tables_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path, ROWS)
    assert table_datalist(tmp_path)["name"] == "cases"
    write_csv(tmp_path / "more.csv", ROWS)
    with pytest.raises(FileNotFoundError, match=r"2 tables \['cases.csv', 'more.csv'\]"):
        table_datalist(tmp_path)


def test_a_table_may_lie_apart_from_its_images(tmp_path: Path) -> None:
    write_table(tmp_path / "data", ROWS).rename(tmp_path / "cases.csv")
    datalist = table_datalist(tmp_path / "cases.csv", dataset_dir=tmp_path / "data")
    assert check_datalist(datalist, tmp_path / "data")["training"][0]["image"] == "images/a.png"


def test_without_a_split_whole_groups_are_divided_by_a_seeded_hash(tmp_path: Path) -> None:
    rows = [
        ["image", "label", "text", "group"],
        *([f"{i}.png", f"{i}m.png", "t", f"p{i // 2}"] for i in range(40)),
    ]
    path = write_csv(tmp_path / "t.csv", rows)
    one, again, other = (table_datalist(path, validation=0.25, testing=0.1, seed=seed) for seed in (0, 0, 1))
    assert [len(one[section]) for section in SECTIONS] == [26, 10, 4]
    assert one == again
    assert one["validation"] != other["validation"]
    groups = [{item["group_id"] for item in one[section]} for section in SECTIONS]
    assert sum(len(group) for group in groups) == len(set.union(*groups)) == 20


def test_equal_file_names_in_two_folders_are_two_cases_and_a_repeated_image_is_one_group(
    tmp_path: Path,
) -> None:
    rows = [["image", "label", "text", "case"], ["x/1.png", "a.png", "t", ""], ["y/1.png", "b.png", "t", ""],
            ["z.png", "c.png", "one", "z1"], ["z.png", "d.png", "two", "z2"]]  # fmt: skip
    write_table(tmp_path, rows)
    checked = check_datalist(table_datalist(tmp_path, validation=0.0), tmp_path)
    assert [item["case_id"] for item in checked["training"]] == ["x/1.png", "y/1.png", "z1", "z2"]
    assert [item["group_id"] for item in checked["training"]] == ["x/1.png", "y/1.png", "z.png", "z.png"]


def test_windows_and_absolute_paths_become_relative(tmp_path: Path) -> None:
    rows = [["image", "label", "text"], ["images\\a.png", str(tmp_path / "labels" / "a.png"), "t"]]
    datalist = table_datalist(write_csv(tmp_path / "t.csv", rows), validation=0.0)
    assert (datalist["training"][0]["image"], datalist["training"][0]["label"]) == (
        "images/a.png",
        "labels/a.png",
    )
    rows[1][1] = "/elsewhere/a.png"
    with pytest.raises(ValueError, match=r"row 2: '/elsewhere/a\.png' lies outside"):
        table_datalist(write_csv(tmp_path / "t.csv", rows))


def test_classification_columns_become_whole_numbers(tmp_path: Path) -> None:
    rows = [["image", "label", "text", "class_label", "slice_index"], ["a.png", "b.png", "t", "1", "7"]]
    datalist = table_datalist(write_csv(tmp_path / "t.csv", rows), validation=0.0)
    check_schema(datalist)
    assert (datalist["training"][0]["class_label"], datalist["training"][0]["slice_index"]) == (1, 7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({3: "dev"}, r"row 3: split is 'dev'; allowed: training"),
        ({1: ""}, "row 3: label is empty; allowed in testing only"),
        ({0: ""}, "row 3: image is empty"),
        ({5: "101"}, "row 3: zones is '101'; allowed: six digits"),
    ],
)
def test_a_wrong_cell_names_its_row(tmp_path: Path, changes: dict[int, str], message: str) -> None:
    second = [changes.get(place, cell) for place, cell in enumerate(ROWS[2])]
    with pytest.raises(ValueError, match=message):
        table_datalist(write_csv(tmp_path / "t.csv", [HEADER, ROWS[1], second]))


def test_wrong_columns_name_what_came_and_what_is_allowed(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["image", "mask", "text"], ["a", "b", "c"]])
    with pytest.raises(
        ValueError, match=r"lacks \['label'\].*\['image', 'mask', 'text'\].*allowed: split, group"
    ):
        table_datalist(path)
    path = write_csv(tmp_path / "t.csv", [["image", "label", "text", "splitt"], ["a", "b", "c", "d"]])
    with pytest.raises(ValueError, match=r"unknown columns \['splitt'\]"):
        table_datalist(path)


@pytest.mark.parametrize(
    "options",
    [
        {"side_convention": "left"},
        {"validation": 1.0},
        {"testing": -0.1},
        {"validation": 0.6, "testing": 0.5},
    ],
)
def test_an_option_out_of_range_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    write_table(tmp_path, ROWS)
    with pytest.raises(ValueError, match="allowed"):
        table_datalist(tmp_path, **options)


def test_the_registry_makes_and_writes_a_checked_datalist_with_a_summary(tmp_path: Path) -> None:
    assert list(DATASETS) == ["qata", "kvasir", "bkai", "table"]
    assert DATASETS["table"] is table_datalist
    path, summary = make_datalist(
        "table", write_table(tmp_path, ROWS), filename="list.json", side_convention="patient"
    )
    assert path == tmp_path / "list.json"
    assert "cases: training 1, validation 1, testing 1" in summary
    assert load_datalist(tmp_path, "testing", filename="list.json")[0]["text"] == "$x @y %z"


def test_a_broken_file_keeps_the_datalist_from_being_written(tmp_path: Path) -> None:
    write_table(tmp_path, ROWS)
    (tmp_path / "labels" / "b.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"labels/b\.png"):
        make_datalist("table", tmp_path)
    assert not (tmp_path / "datalist.json").exists()


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'quata' is no known data set; allowed: qata, kvasir, bkai, table"):
        make_datalist("quata", tmp_path)

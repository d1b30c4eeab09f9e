from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.data.trees import write_csv, write_xlsx

from textguide.data.sheet import read_numbered_rows, read_sheet

COLUMNS = {"image": ("Image",), "text": ("Description", "text")}
ROWS = [["Image", "Description"], ["a.png", "one, two; three"], ["", ""], ["b.png", "$x"]]
READ = [{"image": "a.png", "text": "one, two; three"}, {"image": "b.png", "text": "$x"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_of_any_separator_and_encoding_gives_its_rows(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [*ROWS, ["c.png", "größer"]]
    path = write_csv(tmp_path / "Train_text(in).csv", rows, delimiter, encoding)
    assert read_sheet(path, COLUMNS) == [*READ, {"image": "c.png", "text": "größer"}]


def test_a_workbook_gives_the_same_rows_and_numbers_as_they_look(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [*ROWS, [12.0, "=1+1"], [0.5, "@a"]])
    assert read_sheet(path, COLUMNS) == [
        *READ,
        {"image": "12", "text": "=1+1"},
        {"image": "0.5", "text": "@a"},
    ]


def test_headings_are_found_in_any_order_case_and_spelling(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv", [["more", " TEXT ", "image"], ["x", "words", "a.png"], ["x", "short"]]
    )
    assert read_sheet(path, COLUMNS) == [{"image": "a.png", "text": "words"}, {"image": "", "text": "short"}]


def test_a_line_break_in_a_quoted_cell_stays(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["Image", "text"], ["a.png", "first\nsecond"]])
    assert read_sheet(path, COLUMNS)[0]["text"] == "first\nsecond"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ["Image", "Caption"],
            r"lacks \['text'\]; its columns are \['Image', 'Caption'\], needed: Image, Description",
        ),
        (["Image", "text", "Description"], r"has \['Description'\] twice"),
        (["Image", "text", "remark"], r"has unknown columns \['remark'\]"),
        ([], "lacks"),
    ],
)
def test_wrong_columns_name_what_came_and_what_is_needed(
    tmp_path: Path, header: list[str], message: str
) -> None:
    path = write_csv(tmp_path / "t.csv", [header, ["a", "b", "c"]])
    with pytest.raises(ValueError, match=message):
        read_sheet(path, COLUMNS, strict=True)


def test_an_empty_file_another_ending_and_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").touch()
    (tmp_path / "t.ods").touch()
    with pytest.raises(ValueError, match="lacks"):
        read_sheet(tmp_path / "t.csv", COLUMNS)
    with pytest.raises(ValueError, match=r"'\.ods'; allowed: \.csv, \.xlsx"):
        read_sheet(tmp_path / "t.ods", COLUMNS)
    with pytest.raises(FileNotFoundError, match="gone"):
        read_sheet(tmp_path / "gone.csv", COLUMNS)


def test_a_workbook_without_openpyxl_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", ROWS)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match=r"pip install textguide\[all\]"):
        read_sheet(path, COLUMNS)


def write_bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_sentence_with_an_unquoted_separator_is_refused_with_its_row_and_not_cut(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "t.csv", b"Image,text\na.png,one\n\nb.png,one area, lower left lung\n")
    with pytest.raises(ValueError, match=r"t\.csv' row 4 has 3 cells for 2 headings; .* quotation marks"):
        read_sheet(path, COLUMNS)
    path = write_bytes(tmp_path / "t.csv", b"Image,text,,\na.png,one,,\nb.png,two, ,\n")
    assert [row["text"] for row in read_sheet(path, COLUMNS)] == ["one", "two"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b'a.png,"one\nb.png,two\nc.png,three\n', r"from line 2 on \(unexpected end of data\)"),
        (b'a.png,one\nb.png,"two\nc.png,three"\nd.png,four\n', "row 3 holds another row in one of its cells"),
        (b'a.png,one\nb.png,"two" areas\n', "from line 3 on"),
        (b"a.png," + b"x" * 200_000 + b"\n", r"from line 2 on \(field larger than field limit"),
    ],
)
def test_a_quotation_mark_that_eats_rows_and_a_huge_cell_are_one_line_that_says_where(
    tmp_path: Path, rows: bytes, message: str
) -> None:
    path = write_bytes(tmp_path / "t.csv", b"Image,text\n" + rows)
    with pytest.raises(ValueError, match=rf"t\.csv' .*{message}") as caught:
        read_sheet(path, COLUMNS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf_16_with_its_mark_is_read_and_other_wide_encodings_are_named_as_the_problem(
    tmp_path: Path, encoding: str
) -> None:
    path = write_bytes(tmp_path / "t.csv", "Image\ttext\r\na.png\tgrößer\r\n".encode(encoding))
    if encoding == "utf-16":
        assert read_sheet(path, COLUMNS) == [{"image": "a.png", "text": "größer"}]
    else:
        with pytest.raises(ValueError, match=r"t\.csv' is no CSV text in a known encoding; save it"):
            read_sheet(path, COLUMNS)


@pytest.mark.parametrize("content", [b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_broken_workbook_is_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"t\.xlsx' cannot be read as a workbook \(.*save it again"):
        read_sheet(write_bytes(tmp_path / "t.xlsx", content), COLUMNS)


def test_rows_keep_their_number_in_the_file_behind_empty_ones(tmp_path: Path) -> None:
    rows = read_numbered_rows(write_csv(tmp_path / "t.csv", ROWS), COLUMNS)
    assert [number for number, _ in rows] == [2, 4]

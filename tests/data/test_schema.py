from __future__ import annotations

from typing import Any

import pytest
from tests.data.trees import datalist, record

from textguide.data.schema import check_cases, check_schema


def test_a_plain_datalist_passes_with_text_null_and_with_a_label_missing_in_testing_only() -> None:
    check_schema(
        datalist(training=[record(text=None, zones=[0, 1, 0, 0, 1, 1])], testing=[record(label=None)])
    )
    with pytest.raises(TypeError, match=r"validation\[0\].*label is None"):
        check_schema(datalist(validation=[record(label=None)]))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"extra": 1}, ValueError, r"training\[1\] \('images/b.png'\) has unknown keys \['extra'\]"),
        ({"text": 5}, TypeError, r"training\[1\] \('images/b.png'\): text is 5"),
        ({"case_id": ""}, ValueError, "case_id is empty"),
        ({"group_id": None}, TypeError, "group_id is None"),
        ({"side_convention": "left"}, ValueError, "allowed: image, patient"),
        ({"zones": [1, 0]}, TypeError, "zones is"),
        ({"zones": [[], 0, 0, 0, 0, 0]}, TypeError, "zones is"),
        ({"zones": [2, 0, 0, 0, 0, 0]}, TypeError, "zones is"),
        ({"label": "/data/b.png"}, ValueError, "label is an absolute path"),
        ({"class_label": "1"}, TypeError, "class_label is '1'"),
    ],
)
def test_a_wrong_value_names_its_record(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_schema(datalist(training=[record(), record("images/b.png", **changes)]))


def test_a_record_without_a_key_names_the_key() -> None:
    incomplete = record()
    del incomplete["side_convention"]
    with pytest.raises(ValueError, match=r"missing keys \['side_convention'\]"):
        check_schema(datalist(testing=[incomplete]))


@pytest.mark.parametrize("changes", [{"training": {}}, {"labels": []}, {"name": 3}, {"notes": "one"}])
def test_a_header_of_another_type_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"{next(iter(changes))} of the datalist"):
        check_schema(datalist(**changes))


def test_an_unknown_section_and_a_list_are_refused() -> None:
    with pytest.raises(ValueError, match="train"):
        check_schema({**datalist(), "train": []})
    with pytest.raises(TypeError, match="list"):
        check_schema([])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"training\[0\] is str"):
        check_schema(datalist(training=["a.png"]))  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"training": [record(), record("other/A.png")]}, r"training\[0\] and as training\[1\]"),
        ({"training": [record()], "validation": [record()]}, r"training\[0\] and as validation\[0\]"),
    ],
)
def test_a_case_that_stands_twice_is_named_with_both_places(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"the case '[aA]' stands twice, as {message}; keep one"):
        check_cases(datalist(**sections))
    check_cases(datalist(training=[record()], testing=[record("images/b.png")]))

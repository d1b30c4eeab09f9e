from __future__ import annotations

import os

from textguide.writers import name_case, name_cases


def test_names_are_stems_below_the_root() -> None:
    assert name_cases(["in/a.png", "in/deep/b.nii.gz", "in/IM001"], "in") == ["a", "deep/b", "IM001"]
    assert name_cases(["x/a.b.png"]) == ["a.b"]


def test_names_that_would_collide_are_told_apart_whatever_their_order() -> None:
    names = dict(
        zip(
            ["a.png", "a.jpg", "b.png", "A.PNG"],
            name_cases(["a.png", "a.jpg", "b.png", "A.PNG"]),
            strict=True,
        )
    )
    assert names["b.png"] == "b"
    assert names["a.jpg"] == "a_jpg"
    assert len({name.casefold() for name in names.values()}) == 4
    tricky = name_cases(["a.png", "a.jpg", "a_png.gif", "x/a.png"])
    assert len(set(tricky)) == 4


def test_names_with_signs_stay_as_they_are() -> None:
    assert name_cases(["$x.png", "@a.png", "%b.png", "-c.png", "left #2.png"]) == [
        "$x",
        "@a",
        "%b",
        "-c",
        "left #2",
    ]


def test_numbers_of_dicom_files_stay_whole_and_odd_names_stop_nothing() -> None:
    assert name_cases(["1.2.840.1", "1.2.840.2"]) == ["1.2.840.1", "1.2.840.2"]
    odd = name_cases(["ward\\\\x.png", "x.png", " ", "a\\", "b\\.", " y.png", "y.png"])
    assert len({name.casefold() for name in odd}) == 7
    assert "" not in odd


def test_the_id_of_a_case_becomes_a_name_that_a_file_system_takes() -> None:
    assert name_case("../ward/x") == "_ward_x"
    assert name_case(".hidden") == "hidden"
    assert name_case("..") == "_"
    assert name_case("a\0b\nc\ud83dd\udcff") == "a_b_c_d_"
    assert name_case("$x 漢 #1") == "$x 漢 #1"
    os.fsencode(name_case("".join(map(chr, range(0xD000, 0xE100)))))

from __future__ import annotations

from pathlib import Path

import numpy as np

from textguide.writers import OutputFolder, name_cases


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


def write(folder: OutputFolder, name: str, **record: object) -> dict:
    meta = {"kind": "PNG", "filename_or_obj": f"in/{name}.png"}
    return folder.write(name, np.zeros((1, 4, 3)), np.ones((4, 3), np.uint8), meta, **record)


def test_a_case_is_finished_when_its_line_fits_and_its_files_are_there(tmp_path: Path) -> None:
    line = write(OutputFolder(tmp_path), "ward/film", text="left")
    assert line["mask"] == "ward/film_mask.png"
    assert line["overlay"] == "ward/film_overlay.png"
    again = OutputFolder(tmp_path)
    assert again.finished("ward/film", image="in/ward/film.png", text="left")
    assert not again.finished("ward/film", text="right")
    assert not again.finished("other")
    (tmp_path / line["mask"]).unlink()
    assert not again.finished("ward/film", text="left")


def test_nothing_is_made_before_the_first_result(tmp_path: Path) -> None:
    OutputFolder(tmp_path / "out")
    assert not (tmp_path / "out").exists()

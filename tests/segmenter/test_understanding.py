from __future__ import annotations

import pytest

from textguide.segmenter import understand


def test_what_contradicts_itself_is_said_and_negatives_are_understood() -> None:
    understood = understand("Bilateral pulmonary infection, one infected area, lower left lung.")
    assert any("contradicts itself" in warning for warning in understood.warnings)
    negative = understand("No pulmonary infection.")
    assert negative.zones == ()
    assert "no zone is affected" in negative.line
    assert understand("lower left lung", bundle_side=None).line == "read as free text"


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("lower left lung", "left"),
        ("upper right lung and lower right lung", "right"),
        ("bilateral, lower left lung and lower right lung", None),
        ("an odd shadow on the left", "left"),
        ("no pulmonary infection", None),
        ("LLL pneumonia", "left"),
        ("left-sided pneumonia", "left"),
        ("Rt base; left lung: clear", "right"),
        ("The right lung is clear.", None),
        ("Right lung clear. An odd shadow on the left.", "left"),
        ("no odd shadow on the left", None),
        ("", None),
    ],
)
def test_the_half_is_the_one_that_alone_is_named(text: str, half: str | None) -> None:
    assert understand(text).half == half
    assert (
        understand(text, bundle_side="patient").half == {"left": "right", "right": "left", None: None}[half]
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("left lower lobe", "understood: left lung, its zones left open; left = image left"),
        ("left lung and right base", "understood: lower right, left lung, its zones left open; left"),
        ("an odd shadow", "read as free text, no zone understood"),
    ],
)
def test_what_is_left_open_is_said(text: str, line: str) -> None:
    understood = understand(text)
    assert understood.line.startswith(line)
    assert understood.zones is None
    assert ("free text" in " ".join(understood.warnings)) == ("free text" in line)


def test_what_is_known_is_given_by_the_halves_of_the_picture_and_the_line_by_the_words() -> None:
    for convention, known in (("image", (0, 0, 1, 0, 0, 0)), ("patient", (0, 0, 0, 0, 0, 1))):
        assert understand("lower left lung", bundle_side=convention).known == known
        assert "understood: lower left" in understand("lower left lung", bundle_side=convention).line
    lobe = understand("LLL pneumonia", "patient")
    assert lobe.known == (0, 0, 0, None, None, None)
    assert lobe.half == "right"
    assert "left lung, its zones left open" in lobe.line
    assert any("lobe is no zone" in note for note in lobe.notes)


def test_a_bundle_that_sees_the_image_alone_says_that_the_sentence_changes_nothing() -> None:
    understood = understand("lower left lung", reads_text=False)
    assert (understood.read, understood.half, understood.known) == ("", None, None)
    assert understood.warnings == ("this bundle sees the image alone: the sentence changes nothing",)
    assert understand("", reads_text=False).warnings == ()

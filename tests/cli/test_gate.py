from __future__ import annotations

from typing import Literal

import pytest

from textguide.cli.gate import FilePath, Refused, check_arguments, first_argument, read_parameters


def example(
    images: str,
    name: str = "n",
    *,
    text: str | None = None,
    count: int = 1,
    rate: float | None = None,
    side: Literal["image", "patient"] = "image",
    over_write: bool = False,
    path: FilePath | None = None,
) -> None:
    """Example."""


PARAMETERS = read_parameters(example)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a b c", "'c' is one argument too many; a value with spaces needs quotes"),
        ("a --path=", "--path is ''; allowed: a path that is not empty"),
        ("", "IMAGES must be given"),
        ("a --txt=3", "there is no flag --txt; did you mean --text?"),
        ("a -t", "there is no flag -t"),
        ("a --text", "--text needs a value"),
        ("a --text --count=3", "--text needs a value; write --text=--count=3"),
        ("a --count=3.5", "--count is '3.5'; allowed: a whole number"),
        ("a --count=", "allowed: a whole number"),
        ("a --rate=x", "allowed: a number"),
        ("a --side=up", "--side is 'up'; allowed: image, patient"),
        ("a --over-write=maybe", "allowed: true or false"),
        ("a --count=1 --count=2", "--count is given twice"),
        ("a --images=b --images=c", "--images is given twice"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        check_arguments(PARAMETERS, line.split())
    assert reason in str(caught.value)


def test_a_positional_argument_may_be_named_and_a_switch_takes_no_next_argument() -> None:
    assert check_arguments(PARAMETERS, ["--images=a", "b"]) == {"images": "a", "name": "b"}
    assert check_arguments(PARAMETERS, ["--over-write", "a"]) == {"images": "a", "over_write": "true"}
    assert first_argument(PARAMETERS, ["--count", "3", "--over-write", "a", "b"]) == "a"
    assert first_argument(PARAMETERS, ["--count=3"]) is None


def test_several_files_in_place_of_one_are_told_what_is_taken() -> None:
    def many(images: FilePath, *, text: str = "") -> None:
        """Example."""

    with pytest.raises(Refused, match="IMAGES takes one path: for several files give their folder"):
        check_arguments(read_parameters(many), ["a.png", "b.png"])
    with pytest.raises(Refused, match="IMAGES is ''; allowed: a path that is not empty"):
        check_arguments(read_parameters(many), [""])
    assert check_arguments(read_parameters(many), ["a.png", "--text="]) == {"images": "a.png", "text": ""}

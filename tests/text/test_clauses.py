from __future__ import annotations

import itertools

import pytest

from textguide.text.clauses import Places, Unclear, UnclearPlace, read_places

WORDS = ["left", "right", "upper", "lower", "zones", "lung", "and", ",", "of", "both"]


def cells(*names: str) -> frozenset[tuple[int, int]]:
    """Read "lu": left upper."""
    return frozenset(("lr".index(name[0]), "uml".index(name[1])) for name in names)


def test_a_lung_without_a_zone_and_a_lobe_are_told_from_zones_by_name():
    assert read_places(["left", "lung"]) == Places(lungs=frozenset({0}))
    assert read_places(["left", "lower", "lobe"]) == Places(lobes=frozenset({0}))
    assert read_places(["all", "left", "lung"]) == Places(cells("lu", "lm", "ll"))
    assert read_places(["left", "lung"]).all_cells == cells("lu", "lm", "ll")


def test_words_without_a_place_name_none():
    assert read_places(["there", "is", "opacity"]) == Places()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("upper lung", Unclear.NO_SIDE),
        ("left", Unclear.NO_ZONE),
        ("lower left upper right", Unclear.TWO_SIDES),
        ("all upper left lung", Unclear.ALL_AND_ZONE),
        ("upper left and middle and lower right", Unclear.TWO_READINGS),
        ("lower lung and upper right lung", Unclear.NO_ZONE),
        (" and ".join(["left upper"] * 60), Unclear.TWO_READINGS),
    ],
)
def test_a_refusal_says_why(words, reason):
    with pytest.raises(UnclearPlace) as caught:
        read_places(words.split())
    assert caught.value.reason == reason


def test_any_four_words_read_in_mirrored_order_of_sides_give_the_mirrored_places():
    swap = {"left": "right", "right": "left"}
    read = 0
    for words in itertools.product(WORDS, repeat=4):
        try:
            places = read_places(list(words))
        except UnclearPlace:
            with pytest.raises(UnclearPlace):
                read_places([swap.get(word, word) for word in words])
            continue
        mirrored = read_places([swap.get(word, word) for word in words])
        assert mirrored.cells == {(1 - side, zone) for side, zone in places.cells}
        read += 1
    assert read > 100


def test_a_zone_that_is_named_is_in_the_places_and_none_else():
    for first, second, third in itertools.product(WORDS, repeat=3):
        words = ["opacity", first, second, third]
        try:
            places = read_places(words)
        except UnclearPlace:
            continue
        zones = {zone for _, zone in places.cells}
        assert zones == {
            ("upper", "middle", "lower").index(word) for word in words if word in ("upper", "lower")
        }

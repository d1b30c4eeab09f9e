from __future__ import annotations

import numpy as np
import pytest

from textguide.phantoms import ChestPhantom, chest_phantom
from textguide.text import parse_report

SIZES = (32, 48, 64, 112)


@pytest.fixture(scope="module")
def films() -> list[ChestPhantom]:
    return [chest_phantom(7, index, size=96) for index in range(60)]


def test_a_film_depends_on_seed_and_index_only_not_on_the_order():
    forward = [chest_phantom(1, index, size=48) for index in range(4)]
    backward = [chest_phantom(1, index, size=48) for index in reversed(range(4))][::-1]
    for first, second in zip(forward, backward, strict=True):
        assert np.array_equal(first.image, second.image)
        assert np.array_equal(first.mask, second.mask)
        assert first.text == second.text
    assert not np.array_equal(forward[0].image, chest_phantom(2, 0, size=48).image)
    assert not np.array_equal(forward[0].image, forward[1].image)


@pytest.mark.parametrize("size", SIZES)
def test_no_film_is_blank_at_any_size_collimator_or_not(size):
    films = [chest_phantom(0, index, size=size) for index in range(24)]
    assert {film.image.shape for film in films} == {(size, size)}
    assert min(film.image.std() for film in films) > 20
    assert min(film.mask.sum() for film in films) > 0


@pytest.mark.parametrize("opacity_probability", [0.0, 1.0])
@pytest.mark.parametrize("distractor_probability", [0.0, 1.0])
def test_at_least_one_zone_is_drawn_and_named(opacity_probability, distractor_probability):
    film = chest_phantom(
        0,
        4,
        size=32,
        opacity_probability=opacity_probability,
        distractor_probability=distractor_probability,
    )
    assert film.present.sum() == (6 if opacity_probability else 1)
    assert film.named.sum() == (1 if distractor_probability else film.present.sum())
    assert np.array_equal(film.mask, film.zone_masks[film.named].any(axis=0))


def test_the_pixels_carry_nothing_of_the_naming():
    """The exact form of "named and unnamed opacities look alike": one image for every way to name."""
    for index in range(6):
        variants = [
            chest_phantom(3, index, size=48, distractor_probability=chance, side=side, style=style)
            for chance, side, style in (
                (0.0, "image", "refined"),
                (0.9, "patient", "lvit"),
                (0.5, "image", "free"),
            )
        ]
        assert all(np.array_equal(variants[0].image, other.image) for other in variants[1:])
        assert all(np.array_equal(variants[0].zone_masks, other.zone_masks) for other in variants[1:])


def test_named_and_unnamed_opacities_have_one_appearance(films):
    """Area and contrast of the opacities, named against unnamed: no more apart than two random halves."""
    groups: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for film in films:
        healthy = film.image[~film.zone_masks.any(axis=0)].mean()
        for zone in np.flatnonzero(film.present):
            outline = film.zone_masks[zone]
            groups[bool(film.named[zone])].append(
                (float(outline.mean()), film.image[outline].mean() - healthy)
            )
    named, unnamed = np.array(groups[True]), np.array(groups[False])
    assert min(len(named), len(unnamed)) > 40
    pooled = np.concatenate([named, unnamed]).std(axis=0)
    error = pooled * np.sqrt(1 / len(named) + 1 / len(unnamed))
    assert (np.abs(named.mean(axis=0) - unnamed.mean(axis=0)) < 3.5 * error).all()


def test_an_opacity_is_seen_in_its_mask_and_in_no_other_zone():
    with_all = chest_phantom(2, 0, size=96, opacity_probability=1.0, noise=0.0)
    with_one = chest_phantom(2, 0, size=96, opacity_probability=0.0, noise=0.0)
    brighter = with_all.image.astype(int) - with_one.image
    missing = with_all.zone_masks[~with_one.present]
    assert min(brighter[outline].mean() for outline in missing) > 8
    assert brighter[with_one.zone_masks.any(axis=0)].mean() < 8


def test_masks_are_as_large_as_real_lung_zones(films):
    single = np.array([outline.mean() for film in films for outline in film.zone_masks if outline.any()])
    assert 0.02 < np.median(single) < 0.045
    assert single.min() > 0.004
    assert single.max() < 0.09
    everything = [chest_phantom(0, index, size=64, opacity_probability=1.0).zone_masks for index in range(10)]
    assert 0.11 < np.median([masks.any(axis=0).mean() for masks in everything]) < 0.26


def test_zones_lie_where_their_words_say(films):
    rows, columns = np.full((60, 6), np.nan), np.full((60, 6), np.nan)
    for number, film in enumerate(films):
        for zone in np.flatnonzero(film.present):
            place = np.argwhere(film.zone_masks[zone]).mean(axis=0) / 96
            rows[number, zone], columns[number, zone] = place
    for side in (slice(0, 3), slice(3, 6)):
        np.testing.assert_allclose(np.nanmedian(rows[:, side], axis=0), [0.26, 0.48, 0.64], atol=0.07)
    assert np.nanmax(columns[:, :3]) < 0.5 < np.nanmin(columns[:, 3:])


def test_the_heart_points_to_the_right_of_the_picture():
    base = np.mean([chest_phantom(0, i, size=64, noise=0.0).image for i in range(12)], axis=0)[36:46]
    assert base[:, 36:46].mean() > base[:, 18:28].mean() + 10


def test_the_sentence_names_the_zones_of_the_mask(films):
    for film in films:
        assert list(parse_report(film.text).zones) == film.zones == film.named.astype(int).tolist()


def test_on_the_patients_side_left_means_the_right_of_the_picture():
    film = chest_phantom(0, 1, size=48, side="patient")
    ours = film.named.astype(int).tolist()
    assert film.zones == ours[3:] + ours[:3] == list(parse_report(film.text).zones)
    assert np.array_equal(film.mask, chest_phantom(0, 1, size=48).mask)


@pytest.mark.parametrize("style", ["refined", "lvit", "mosmed", "free"])
def test_every_style_parses_back(style):
    for index in range(12):
        film = chest_phantom(4, index, size=32, style=style)
        assert list(parse_report(film.text).zones) == film.zones


def test_a_counterfactual_is_the_same_film_with_another_sentence_and_mask(films):
    seen = 0
    for film in films:
        other = film.counterfactual()
        if other is None:
            assert film.present.sum() == 1
            continue
        seen += 1
        assert other.image is film.image
        assert other.mask.any()
        assert not np.array_equal(other.mask, film.mask)
        assert list(parse_report(other.text).zones) == other.zones != film.zones
        assert not (other.named & ~other.present).any()
    assert seen > 45


def test_word_order_twins_have_equal_words_and_other_masks():
    film = chest_phantom(0, 0, size=48, opacity_probability=1.0)
    first, second = film.with_named([1, 0, 0, 0, 0, 1]), film.with_named([0, 0, 1, 1, 0, 0])
    assert sorted(first.text.split()) == sorted(second.text.split())
    assert not (first.mask & second.mask).any()


def test_a_zone_without_opacity_cannot_be_named():
    film = chest_phantom(0, 0, size=32, opacity_probability=0.0)
    with pytest.raises(ValueError, match="name at least one zone that shows an opacity"):
        film.with_named((~film.present).tolist())
    with pytest.raises(ValueError, match="name at least one"):
        film.with_named([False] * 6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 31}, "size is 31 pixels"),
        ({"opacity_probability": 1.5}, "opacity_probability is 1.5"),
        ({"distractor_probability": -0.1}, "distractor_probability is -0.1"),
        ({"side": "left"}, "side is 'left'; allowed are 'image' and 'patient'"),
    ],
)
def test_an_option_out_of_range_is_named(options, words):
    with pytest.raises(ValueError, match=words):
        chest_phantom(0, 0, **options)

from __future__ import annotations

import math

import numpy as np
import pytest

from textguide.engines.case_recorder import pack, unpack
from textguide.engines.twins import ZonePicture, confusion_of


def film(*rows_by_side: tuple[int, int, int]) -> np.ndarray:
    """A label (12, 20) with rows from..to in half 0 or 1."""
    label = np.zeros((12, 20), dtype=bool)
    for side, start, stop in rows_by_side:
        label[6 * side : 6 * side + 6, start:stop] = True
    return label


UPPER_LOWER, LOWER_UPPER = (1, 0, 0, 0, 0, 1), (0, 0, 1, 1, 0, 0)
ONE_ZONE = [(4, 8), (9, 11), (14, 20)]  # mean rows 6, 10 and 17


def labelled() -> tuple[np.ndarray, np.ndarray]:
    labels = np.stack([film((side, *ONE_ZONE[zone])) for side in (0, 1) for zone in range(3)])
    return labels, np.eye(6)


def test_the_zones_lie_where_the_masks_of_a_single_zone_lie():
    picture = ZonePicture(*labelled()).zone
    assert picture.shape == (12, 20)
    assert np.unique(picture[:6]).tolist() == [0, 1, 2]
    assert np.bincount(picture[0]).tolist() == [8, 6, 6]  # borders at 8 and 13.5, rows count by their middle
    assert np.bincount(picture[11] - 3).tolist() == [8, 6, 6]


def test_on_the_patients_side_left_zones_lie_in_the_right_half():
    labels, zones = labelled()
    picture = ZonePicture(labels[:, ::-1], zones, mirrored=True).zone
    assert np.unique(picture[6:]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("zones", [np.full((6, 6), math.nan), np.ones((6, 6))])
def test_where_no_mask_tells_the_zones_are_thirds_and_nothing_is_expected(zones):
    picture = ZonePicture(labelled()[0], zones)
    assert np.bincount(picture.zone[0]).tolist() == [7, 6, 7]
    assert math.isnan(picture.expected_share(UPPER_LOWER, LOWER_UPPER))


def test_the_column_in_the_middle_belongs_to_no_zone():
    labels, zones = labelled()
    wider = np.concatenate([labels[:, :6], np.ones((6, 1, 20), dtype=bool), labels[:, 6:]], axis=1)
    picture = ZonePicture(wider, zones).zone
    assert set(picture[6]) == {-1}
    assert (np.delete(picture, 6, axis=0) == ZonePicture(labels, zones).zone).all()


def test_what_lies_in_zones_that_the_other_sentence_alone_names_is_found():
    picture = ZonePicture(*labelled())
    half_wrong = film((0, 0, 4), (1, 0, 4))
    assert picture.share_in_the_others(half_wrong, UPPER_LOWER, LOWER_UPPER) == 0.5
    assert picture.share_in_the_others(film((0, 0, 4)), UPPER_LOWER, LOWER_UPPER) == 0
    assert picture.share_in_the_others(half_wrong, (1, 0, 0, 1, 0, 0), UPPER_LOWER) == 0
    assert math.isnan(picture.share_in_the_others(film(), UPPER_LOWER, LOWER_UPPER))


def test_what_the_data_sets_own_masks_show_is_what_is_expected():
    labels, zones = labelled()
    labels = np.concatenate([labels, film((0, 4, 8), (0, 14, 18))[None]])  # half of an "upper" one lies low
    zones = np.concatenate([zones, [[1, 0, 0, 0, 0, 0]]])
    picture = ZonePicture(labels, zones)
    assert picture.overlap[3:, :3].sum() == picture.overlap[:3, 3:].sum() == 0
    assert picture.overlap[0].tolist() == [0.75, 0, 0.25, 0, 0, 0]
    assert picture.expected_share(UPPER_LOWER, LOWER_UPPER) == 0.125  # 0.25 on the left, 0 on the right
    assert math.isnan(picture.expected_share((1, 1, 0, 0, 0, 0), (0, 0, 0, 1, 1, 0)))


@pytest.mark.parametrize(
    ("one", "two", "is_bound"),
    [
        (film((0, 2, 6), (1, 12, 18)), film((0, 12, 16), (1, 3, 9)), True),
        (film((0, 2, 6), (1, 3, 9)), film((0, 12, 16), (1, 3, 9)), False),  # the right half stays
        (film((0, 12, 16), (1, 3, 9)), film((0, 2, 6), (1, 12, 18)), False),  # the other way round
        (film((0, 2, 6)), film((0, 12, 16), (1, 3, 9)), False),
        (film(), film(), False),
    ],
)
def test_masks_are_bound_where_higher_and_lower_follow_the_sentences(one, two, is_bound):
    assert ZonePicture(*labelled()).is_bound(one, two, UPPER_LOWER, LOWER_UPPER) is is_bound


def test_masks_are_bound_where_each_lies_on_its_own_side():
    picture, left, right = ZonePicture(*labelled()), (0, 0, 1, 0, 0, 0), (0, 0, 0, 0, 0, 1)
    assert picture.is_bound(film((0, 9, 18)), film((1, 9, 18), (0, 9, 12)), left, right)
    assert not picture.is_bound(film((1, 9, 18)), film((1, 9, 18)), left, right)
    assert not picture.is_bound(film((1, 9, 18)), film((0, 9, 18)), left, right)


def test_two_masks_are_compared_as_a_prediction_and_its_label():
    assert confusion_of(film((0, 0, 4)), film((0, 2, 8))) == [12, 12, 24, 240 - 48]


def test_masks_survive_packing():
    masks = np.random.default_rng(0).random((3, 5, 7)) < 0.5
    packed = pack(masks)
    assert packed.shape == (3, 5)
    assert (unpack(packed, np.array((5, 7))) == masks).all()
    assert (unpack(packed[1], np.array((5, 7))) == masks[1]).all()

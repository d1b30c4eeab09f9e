from __future__ import annotations

import math

import numpy as np
import pytest

from textguide.engines.case_recorder import pack, unpack
from textguide.engines.twins import confusion_of, share_in_the_others, shares_of_pair, zone_picture


def film(*rows_by_side: tuple[int, int, int]) -> np.ndarray:
    """A label (12, 20) with rows from..to in half 0 or 1."""
    label = np.zeros((12, 20), dtype=bool)
    for side, start, stop in rows_by_side:
        label[6 * side : 6 * side + 6, start:stop] = True
    return label


ONE_ZONE = [(4, 8), (9, 11), (14, 20)]  # mean rows 6, 10 and 17


def labelled() -> tuple[np.ndarray, np.ndarray]:
    labels = np.stack([film((side, *ONE_ZONE[zone])) for side in (0, 1) for zone in range(3)])
    return labels, np.eye(6)


def test_the_zones_lie_where_the_masks_of_a_single_zone_lie():
    picture = zone_picture(*labelled())
    assert picture.shape == (12, 20)
    assert np.unique(picture[:6]).tolist() == [0, 1, 2]
    assert np.bincount(picture[0]).tolist() == [8, 6, 6]  # borders at 8 and 13.5, rows count by their middle
    assert np.bincount(picture[11] - 3).tolist() == [8, 6, 6]


def test_on_the_patients_side_left_zones_lie_in_the_right_half():
    labels, zones = labelled()
    picture = zone_picture(labels[:, ::-1], zones, mirrored=True)
    assert np.unique(picture[6:]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("zones", [np.full((6, 6), math.nan), np.ones((6, 6))])
def test_where_no_mask_tells_the_zones_are_thirds(zones):
    picture = zone_picture(labelled()[0], zones)
    assert np.bincount(picture[0]).tolist() == [7, 6, 7]


def test_what_lies_in_zones_that_the_other_sentence_alone_names_is_found():
    picture = zone_picture(*labelled())
    own, other = (1, 0, 0, 0, 0, 1), (0, 0, 1, 1, 0, 0)
    half_wrong = film((0, 0, 4), (1, 0, 4))
    assert share_in_the_others(half_wrong, own, other, picture) == 0.5
    assert share_in_the_others(film((0, 0, 4)), own, other, picture) == 0
    shared = (1, 0, 0, 1, 0, 0)
    assert share_in_the_others(half_wrong, shared, own, picture) == 0
    assert math.isnan(share_in_the_others(film(), own, other, picture))
    assert shares_of_pair(half_wrong, film((1, 0, 4)), (("", own), ("", other)), picture) == (0.5, 0)


def test_two_masks_are_compared_as_a_prediction_and_its_label():
    assert confusion_of(film((0, 0, 4)), film((0, 2, 8))) == [12, 12, 24, 240 - 48]


def test_masks_survive_packing():
    masks = np.random.default_rng(0).random((3, 5, 7)) < 0.5
    packed = pack(masks)
    assert packed.shape == (3, 5)
    assert (unpack(packed, np.array((5, 7))) == masks).all()
    assert (unpack(packed[1], np.array((5, 7))) == masks[1]).all()

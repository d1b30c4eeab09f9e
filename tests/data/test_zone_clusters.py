from __future__ import annotations

import numpy as np
import pytest

from textguide.data.zone_clusters import NOISE, fit_zone_clusters

LEFT, RIGHT = (0, 0, 1, 0, 0, 0), (0, 0, 0, 0, 0, 1)
# two clouds of six wordings each, and one wording apart
POINTS = np.array([[x, y] for x in (0.0, 9.0) for y in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)] + [[30.0, -30.0]])
ROWS = [*range(13), 12]
GROUPS = [f"p{row // 2}" for row in ROWS]


def test_two_clouds_are_two_clusters_and_the_wording_apart_is_noise() -> None:
    zones = [LEFT if row < 6 else RIGHT for row in ROWS]
    found = fit_zone_clusters(POINTS, ROWS, zones, GROUPS)
    assert found.labels.tolist() == [0] * 6 + [1] * 6 + [NOISE]
    assert [(one.zones, one.rows, one.patients, one.purity) for one in found.clusters] == [
        (LEFT, 6, 3, 1.0),
        (RIGHT, 6, 3, 1.0),
    ]
    np.testing.assert_allclose(found.radii, 0.25)


def test_a_sentence_that_was_not_clustered_belongs_to_the_nearest_cluster_within_its_radius_alone() -> None:
    found = fit_zone_clusters(POINTS, ROWS, [None] * len(ROWS), GROUPS)
    assert found.assign(np.array([[9.0, 0.25], [0.0, 0.501], [0.2, 0.25], [4.5, 0.25]])).tolist() == [
        1,
        NOISE,
        0,
        NOISE,
    ]
    assert found.assign(np.zeros((0, 2))).tolist() == []


def test_a_phrase_counts_as_often_as_it_is_written() -> None:
    points = np.array([[0.0, 0.0], [5.0, 0.0], [9.0, 9.0]])
    rows = [0] * 3 + [1] * 4 + [2]
    found = fit_zone_clusters(points, rows, [None] * 8, ["p"] * 8)
    assert found.labels.tolist() == [1, 0, NOISE]
    assert [(one.rows, one.phrases) for one in found.clusters] == [(4, (1,)), (3, (0,))]
    assert found.radii.tolist() == [0, 0]
    assert found.assign(points).tolist() == [1, 0, NOISE]
    assert fit_zone_clusters(points, rows, [None] * 8, ["p"] * 8, 4).labels.tolist() != found.labels.tolist()


@pytest.mark.parametrize(
    ("read", "zones", "purity"),
    [
        ([LEFT] * 4 + [RIGHT] * 2, LEFT, 4 / 6),
        ([LEFT, LEFT, None, None, None, None], LEFT, 1.0),
        ([LEFT, None, None, None, None, None], None, 1.0),
        ([LEFT] * 3 + [RIGHT] * 3, None, 0.5),
        ([None] * 6, None, None),
    ],
)
def test_a_cluster_has_the_zones_of_a_majority_of_two_or_more_or_none(
    read: list[tuple[int, ...] | None], zones: tuple[int, ...] | None, purity: float | None
) -> None:
    cluster = fit_zone_clusters(POINTS, ROWS, [*read, *[None] * 8], GROUPS).clusters[0]
    assert (cluster.zones, cluster.purity, cluster.read) == (zones, purity, 6 - read.count(None))
    assert cluster.zones_from == ("none" if zones is None else "majority")


def test_a_table_gives_zones_and_takes_them() -> None:
    found = fit_zone_clusters(POINTS, ROWS, [LEFT] * len(ROWS), GROUPS)
    given = found.with_table({0: None, 1: RIGHT})
    assert [(one.zones, one.zones_from) for one in given.clusters] == [(None, "table"), (RIGHT, "table")]
    assert [one.zones for one in found.clusters] == [LEFT, LEFT]
    with pytest.raises(ValueError, match="the cluster 2; there are 2"):
        found.with_table({2: LEFT})


def test_what_cannot_be_clustered_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    none = [None] * len(ROWS)
    with pytest.raises(ValueError, match="from 2 on"):
        fit_zone_clusters(POINTS, ROWS, none, GROUPS, 1)
    with pytest.raises(ValueError, match="has 2 sentences, a cluster needs 3"):
        fit_zone_clusters(POINTS[:2], [0, 1], [None] * 2, GROUPS[:2])
    with pytest.raises(ValueError, match="not finite"):
        fit_zone_clusters(POINTS * np.nan, ROWS, none, GROUPS)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cluster", None)
    with pytest.raises(ImportError, match=r"pip install textguide\[all\]"):
        fit_zone_clusters(POINTS, ROWS, none, GROUPS)


def test_sentences_that_are_all_the_same_are_no_cluster() -> None:
    found = fit_zone_clusters(np.ones((1, 4)), [0] * 9, [LEFT] * 9, ["p"] * 9)
    assert found.clusters == ()
    assert found.assign(np.ones((2, 4))).tolist() == [NOISE, NOISE]

"""Clusters of location phrases, and the six zones that each of them stands for.

Source: Ye et al., SGSeg, MICCAI 2024, and its code: HDBSCAN over the embeddings of the location phrases, at
least three sentences a cluster. How a cluster becomes six bits is not stated there. Here it takes the zones
that the rule parser reads in more than half of those of its sentences that it can read, in two of them at
least, for one sentence is no majority; or the zones that a table gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Zones = tuple[int, ...]
NOISE = -1
_ROUNDING = 1e-5
"""Part of a centre's length within which two embeddings are one: a cluster of one phrase has no radius."""

_FEWEST = 2
"""Sentences that a majority needs."""


@dataclass(frozen=True)
class ZoneCluster:
    """What one cluster holds.

    Attributes:
        rows: sentences of the training.
        phrases: indices of its distinct phrases.
        patients: groups that its sentences come from.
        read: how many of its sentences the rule parser can read.
        wordings: how many sets of zones it reads in them; above 1 the cluster is mixed.
        zones: six of 0 and 1, or None: no set has a majority, and none was given.
        purity: part of `read` that has the commonest zones; None where nothing can be read.
        zones_from: "majority", "table", or "none".
    """

    rows: int
    phrases: tuple[int, ...]
    patients: int
    read: int
    wordings: int
    zones: Zones | None
    purity: float | None
    zones_from: str


@dataclass(frozen=True)
class ZoneClusters:
    """Clusters, the largest first.

    Attributes:
        clusters: what each one holds.
        labels: (P,) the cluster of each phrase, `NOISE` for none.
        centres: (K, D), means over the sentences.
        radii: (K,) distance of the phrase that lies farthest from the centre.
    """

    clusters: tuple[ZoneCluster, ...]
    labels: NDArray[np.int64]
    centres: NDArray[np.float64]
    radii: NDArray[np.float64]

    def assign(self, embeddings: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the nearest cluster of phrases (M, D) that were not clustered, where it reaches so far.

        Returns:
            (M,), `NOISE` for a phrase outside the radius of the cluster whose centre is nearest.
        """
        if not self.clusters or not len(embeddings):
            return np.full(len(embeddings), NOISE)
        from scipy.spatial.distance import cdist

        distances = cdist(np.asarray(embeddings, dtype=np.float64), self.centres)
        nearest = distances.argmin(axis=1)
        reach = self.radii + _ROUNDING * np.linalg.norm(self.centres, axis=1)
        return np.where(distances[np.arange(len(nearest)), nearest] <= reach[nearest], nearest, NOISE)

    def with_table(self, table: Mapping[int, Zones | None]) -> ZoneClusters:
        """Return the same clusters with the zones that a user gives some of them.

        Raises:
            ValueError: there is no such cluster.
        """
        unknown = sorted(set(table) - set(range(len(self.clusters))))
        if unknown:
            raise ValueError(
                f"the table names the cluster {unknown[0]}; there are {len(self.clusters)}, from 0 on."
            )
        given = [
            replace(cluster, zones=table[number], zones_from="table") if number in table else cluster
            for number, cluster in enumerate(self.clusters)
        ]
        return replace(self, clusters=tuple(given))


def require_clustering() -> Any:
    """Return scikit-learn's HDBSCAN.

    Raises:
        ImportError: scikit-learn is missing; the message says how to get it.
    """
    try:
        from sklearn.cluster import HDBSCAN
    except ImportError as error:
        raise ImportError(
            "clusters of phrases need scikit-learn: pip install textguide[all], or take the rules alone."
        ) from error
    return HDBSCAN


def fit_zone_clusters(
    embeddings: NDArray[np.floating],
    rows: Sequence[int],
    zones: Sequence[Zones | None],
    groups: Sequence[str],
    min_cluster_size: int = 3,
) -> ZoneClusters:
    """Cluster the sentences of a training by their location phrases.

    Args:
        embeddings: (P, D) float, one for each distinct phrase; every phrase occurs in `rows`.
        rows: N numbers, the phrase of each sentence: a phrase counts as often as it is written.
        zones: N, what the rule parser reads in each sentence; None where it cannot.
        groups: N names of patients.
        min_cluster_size: sentences that a cluster needs, at least 2.

    Raises:
        ImportError: scikit-learn is missing.
        ValueError: embeddings that are not finite, too small a cluster, or too few sentences for one.
    """
    hdbscan = require_clustering()
    points = np.asarray(embeddings, dtype=np.float64)
    if min_cluster_size < 2:
        raise ValueError(f"min_cluster_size is {min_cluster_size}; allowed: a whole number from 2 on.")
    if len(rows) < min_cluster_size:
        raise ValueError(
            f"the training has {len(rows)} sentences, a cluster needs {min_cluster_size}; lower "
            "min_cluster_size, or take the rules alone."
        )
    if not np.isfinite(points).all():
        raise ValueError("the text encoder gives embeddings that are not finite; take another one.")
    index = np.asarray(rows)
    found = hdbscan(min_cluster_size=min_cluster_size, copy=True).fit_predict(points[index])
    labels = np.full(len(points), NOISE)
    labels[index[::-1]] = found[::-1]  # the first copy of a phrase decides for all
    labels = _largest_first(labels, index)
    members = [np.flatnonzero(labels[index] == number) for number in range(labels.max() + 1)]
    centres = np.array([points[index[one]].mean(axis=0) for one in members]).reshape(-1, points.shape[1])
    radii = [
        np.linalg.norm(points[index[one]] - centre, axis=1).max()
        for one, centre in zip(members, centres, strict=True)
    ]
    clusters = tuple(
        _describe(
            index[one].tolist(),
            [zones[number] for number in one.tolist()],
            len({groups[number] for number in one.tolist()}),
        )
        for one in members
    )
    return ZoneClusters(clusters, labels, centres, np.array(radii))


def _largest_first(labels: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the clusters by their sentences; of equal ones that with the first phrase comes first."""
    size = Counter(labels[index].tolist())
    first = {label: place for place, label in reversed(list(enumerate(labels.tolist())))}
    order = sorted(set(first) - {NOISE}, key=lambda label: (-size[label], first[label]))
    number = {label: place for place, label in enumerate(order)} | {NOISE: NOISE}
    return np.array([number[label] for label in labels.tolist()])


def _describe(phrases: Sequence[int], zones: Sequence[Zones | None], patients: int) -> ZoneCluster:
    hits = Counter(one for one in zones if one is not None)
    read = hits.total()
    commonest, most = hits.most_common(1)[0] if hits else (None, 0)
    has_majority = most >= _FEWEST and 2 * most > read
    return ZoneCluster(
        rows=len(phrases),
        phrases=tuple(sorted(set(phrases))),
        patients=patients,
        read=read,
        wordings=len(hits),
        zones=commonest if has_majority else None,
        purity=most / read if read else None,
        zones_from="majority" if has_majority else "none",
    )

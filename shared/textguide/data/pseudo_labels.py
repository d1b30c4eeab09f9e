"""Sentences of a datalist -> six zones for each: by the rule parser, by clusters of phrases, or by both.

The sentences of the training alone are clustered; what stands in validation and testing is assigned to their
clusters. What nothing can tell stays null, and null zones take no part in a loss.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from textguide.data.schema import SECTIONS, iterate_records
from textguide.data.zone_clusters import NOISE, ZoneClusters, Zones, fit_zone_clusters, require_clustering
from textguide.text import parse_report

Method = Literal["rules", "clusters", "rules_then_clusters"]
PhrasePart = Literal["last_part", "whole"]
Embed = Callable[[Sequence[str]], NDArray[np.floating]]


@dataclass(frozen=True)
class Sentence:
    """One record with a sentence, and what can be told of it.

    Attributes:
        section: where it stands.
        record: it.
        phrase: its location phrase.
        rules: the zones that the rule parser reads; None: it does not determine all six.
        cluster: number of its cluster, `NOISE` for none; None before there are clusters.
        clustered: the zones of this cluster; None where it has none.
    """

    section: str
    record: Mapping[str, Any]
    phrase: str
    rules: Zones | None
    cluster: int | None = None
    clustered: Zones | None = None

    def zones(self, method: Method) -> tuple[Zones | None, str]:
        """Return the zones by a method, and what they come from: "rules", "clusters" or "unknown"."""
        told = [("rules", self.rules), ("clusters", self.clustered)]
        if method == "clusters":
            told.reverse()
        return next(((zones, source) for source, zones in told if zones is not None), (None, "unknown"))


@dataclass(frozen=True)
class PseudoLabels:
    """Zones for the sentences of a datalist.

    Attributes:
        method: how they were found.
        sentences: all records with a sentence.
        phrases: the distinct phrases of the training, sorted, which the clusters count.
        clusters: None for the rules alone.
    """

    method: Method
    sentences: tuple[Sentence, ...]
    phrases: tuple[str, ...] = ()
    clusters: ZoneClusters | None = None

    @property
    def fit(self) -> str:
        """Names the clustering: the numbers of a table mean nothing in another one."""
        labels = [] if self.clusters is None else self.clusters.labels.tolist()
        content = json.dumps(list(zip(self.phrases, labels, strict=True)))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def write_into(self, datalist: Mapping[str, Any], keep: bool = False) -> dict[str, Any]:
        """Return a copy of the datalist with these zones; a record without a sentence keeps what it has.

        Args:
            datalist: whose sentences these are.
            keep: a record that has zones keeps them too.
        """
        found = {
            one.record["case_id"]: one.zones(self.method)[0]
            for one in self.sentences
            if not (keep and one.record["zones"] is not None)
        }
        written = {
            section: [
                {**record, "zones": _as_list(found[record["case_id"]])}
                if record["case_id"] in found
                else record
                for record in datalist[section]
            ]
            for section in SECTIONS
        }
        return {**datalist, **written}


def location_phrase(text: str, part: PhrasePart = "last_part") -> str:
    """Return what of a sentence says where: the text behind the last ", ", or all of it.

    "last_part" is SGSeg's rule, made for the captions of QaTa-COV19. A report of another form may name its
    places anywhere: "whole".
    """
    whole = text.strip()
    return whole.rsplit(", ", 1)[-1].strip() if part == "last_part" else whole


def label_zones(
    datalist: Mapping[str, Any],
    method: Method = "rules",
    embed: Embed | None = None,
    part: PhrasePart = "last_part",
    min_cluster_size: int = 3,
) -> PseudoLabels:
    """Find the zones of all sentences of a datalist.

    Args:
        datalist: as `read_datalist` returns it; its own zones are not looked at.
        method: "rules"; "clusters", and the rules where a sentence has no cluster or its cluster no zones; or
            "rules_then_clusters", the clusters only where the rules cannot read a sentence.
        embed: P distinct phrases -> (P, D) float. Not needed for the rules.
        part: see `location_phrase`.
        min_cluster_size: sentences that a cluster needs.

    Raises:
        ImportError: scikit-learn is missing.
        ValueError: there are clusters to find and no `embed`, or see `fit_zone_clusters`.
    """
    sentences = [
        Sentence(section, record, location_phrase(record["text"], part), parse_report(record["text"]).zones)
        for section, _, record in iterate_records(dict(datalist))
        if (record["text"] or "").strip()
    ]
    if method == "rules":
        return PseudoLabels(method, tuple(sentences))
    if embed is None:
        raise ValueError(f"the method {method!r} needs a text encoder.")
    require_clustering()  # before minutes are spent on embeddings
    training = [one for one in sentences if one.section == "training"]
    phrases = sorted({one.phrase for one in training})
    others = sorted({one.phrase for one in sentences} - set(phrases))
    place = {phrase: number for number, phrase in enumerate([*phrases, *others])}
    embeddings = embed([*phrases, *others]) if place else np.zeros((0, 1))
    clusters = fit_zone_clusters(
        embeddings[: len(phrases)],
        [place[one.phrase] for one in training],
        [one.rules for one in training],
        [one.record["group_id"] for one in training],
        min_cluster_size,
    )
    labels = np.concatenate([clusters.labels, clusters.assign(embeddings[len(phrases) :])])
    numbered = [_numbered(one, int(labels[place[one.phrase]]), clusters) for one in sentences]
    return PseudoLabels(method, tuple(numbered), tuple(phrases), clusters)


def apply_table(labels: PseudoLabels, table: Mapping[int, Zones | None], fit: str | None) -> PseudoLabels:
    """Return the labels with the zones that a user gives some clusters.

    Raises:
        ValueError: there is no such cluster, or the table was made for another clustering.
    """
    if labels.clusters is None:
        raise ValueError("a table gives zones to clusters; the rules make none.")
    if fit is not None and fit != labels.fit:
        raise ValueError(
            f"the table was made for the clustering {fit}, this one is {labels.fit}: sentences, text encoder "
            "or settings differ; look at the new report and number the table anew."
        )
    clusters = labels.clusters.with_table(table)
    given = [_numbered(one, one.cluster, clusters) for one in labels.sentences if one.cluster is not None]
    return PseudoLabels(labels.method, tuple(given), labels.phrases, clusters)


def count_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Counter[str]:
    """Count the records that got zones ("filled"), lost theirs ("emptied") or have others now ("changed")."""
    counts: Counter[str] = Counter(filled=0, emptied=0, changed=0)
    for section in SECTIONS:
        for old, new in zip(before[section], after[section], strict=True):
            if old["zones"] != new["zones"]:
                counts[
                    "filled" if old["zones"] is None else "emptied" if new["zones"] is None else "changed"
                ] += 1
    return counts


def _numbered(sentence: Sentence, cluster: int, clusters: ZoneClusters) -> Sentence:
    zones = None if cluster == NOISE else clusters.clusters[cluster].zones
    return Sentence(sentence.section, sentence.record, sentence.phrase, sentence.rules, cluster, zones)


def _as_list(zones: Zones | None) -> list[int] | None:
    return None if zones is None else list(zones)

"""The report on pseudo labels, in numbers, and the table that a user gives back."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from textguide.atomic_write import atomic_path
from textguide.data.pseudo_labels import PseudoLabels
from textguide.data.schema import SECTIONS, ZONE_COUNT
from textguide.data.zone_clusters import NOISE, Zones

REPORT_NAME = "zone_clusters.json"


def report_zones(labels: PseudoLabels, show_phrases: bool = False) -> dict[str, Any]:
    """Return what a user should know of the labels, in JSON's types.

    Args:
        labels: of a datalist.
        show_phrases: write the phrases of each cluster too; else the report holds no word of a sentence.

    Returns:
        ``method``; ``rows``: for each section the sentences, and how many got their zones by "clusters", by
        "rules" or are "unknown"; ``agreement`` with the rule parser over the sentences that it reads: of what
        is ``written``, and of what the clusters say (``clustered``). With clusters also ``fit``, ``clusters``
        (the largest first), ``mixed_clusters``, ``purity`` and ``noise``, all of the training.
    """
    report: dict[str, Any] = {"method": labels.method, "rows": {}, "agreement": {}}
    for section in SECTIONS:
        sentences = [one for one in labels.sentences if one.section == section]
        sources = Counter(one.zones(labels.method)[1] for one in sentences)
        report["rows"][section] = {"sentences": len(sentences)} | {
            source: sources[source] for source in ("clusters", "rules", "unknown")
        }
        report["agreement"][section] = {
            "written": _agreement((one.zones(labels.method)[0], one.rules) for one in sentences),
            "clustered": _agreement((one.clustered, one.rules) for one in sentences),
        }
    if labels.clusters is not None:
        report |= _report_clusters(labels, show_phrases)
    return report


def _agreement(pairs: Iterable[tuple[Zones | None, Zones | None]]) -> dict[str, Any]:
    same = [ours == rules for ours, rules in pairs if ours is not None and rules is not None]
    return {"n": len(same), "agree": sum(same), "share": sum(same) / len(same) if same else None}


def _report_clusters(labels: PseudoLabels, show_phrases: bool) -> dict[str, Any]:
    assert labels.clusters is not None
    clusters = labels.clusters.clusters
    noise = [one for one in labels.sentences if one.section == "training" and one.cluster == NOISE]
    rows = []
    for number, cluster in enumerate(clusters):
        row: dict[str, Any] = {
            "cluster": number,
            "rows": cluster.rows,
            "distinct_phrases": len(cluster.phrases),
            "patients": cluster.patients,
            "zones": None if cluster.zones is None else list(cluster.zones),
            "zones_from": cluster.zones_from,
            "read_by_rules": cluster.read,
            "purity": cluster.purity,
        }
        if show_phrases:
            row["phrases"] = [labels.phrases[phrase] for phrase in cluster.phrases]
        rows.append(row)
    read = sum(cluster.read for cluster in clusters)
    commonest = sum(cluster.read * (cluster.purity or 0) for cluster in clusters)
    return {
        "fit": labels.fit,
        "distinct_phrases": len(labels.phrases),
        "purity": commonest / read if read else None,
        "mixed_clusters": [number for number, cluster in enumerate(clusters) if cluster.wordings > 1],
        "noise": {"rows": len(noise), "distinct_phrases": len({one.phrase for one in noise})},
        "clusters": rows,
    }


def write_zone_report(report: Mapping[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write the report as JSON, one cluster a line."""
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in report.items() if key != "clusters"]
    if "clusters" in report:
        rows = ",\n  ".join(json.dumps(row) for row in report["clusters"])
        parts.append(f'"clusters": [\n  {rows}\n ]' if rows else '"clusters": []')
    with atomic_path(path) as temporary:
        temporary.write_text("{\n " + ",\n ".join(parts) + "\n}\n", encoding="utf-8")
    return Path(path)


def read_zone_table(path: str | os.PathLike[str]) -> tuple[dict[int, Zones | None], str | None]:
    """Read which zones a user gives to which clusters.

    Args:
        path: a JSON object: number of the cluster -> six of 0 and 1, or null for none; and as ``fit``, where
            it is given, the clustering whose numbers these are, as the report names it.

    Returns:
        The zones by cluster, and ``fit`` or None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such object.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"the table '{path}' does not exist; it is a JSON file: cluster -> zones.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"'{path}' is not JSON ({error}).") from error
    if not isinstance(content, dict):
        raise ValueError(f"'{path}' holds {type(content).__name__}; allowed: an object, cluster -> zones.")
    fit = content.pop("fit", None)
    for key, zones in content.items():
        six = isinstance(zones, list) and len(zones) == ZONE_COUNT and all(zone in (0, 1) for zone in zones)
        if not re.fullmatch("[0-9]+", key) or not (zones is None or six):
            raise ValueError(
                f"'{path}' says {key!r}: {zones!r}; allowed: number of a cluster -> six of 0 and 1, or null."
            )
    if fit is not None and not isinstance(fit, str):
        raise ValueError(f"'{path}' says fit: {fit!r}; allowed: a string, as the report names it.")
    table = {int(key): None if zones is None else tuple(map(int, zones)) for key, zones in content.items()}
    return table, fit

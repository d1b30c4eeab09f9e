"""`textguide zones`: the zones of a datalist, read out of its sentences."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textguide.data import read_datalist, split_hash, write_datalist
from textguide.data.pseudo_labels import Method, PhrasePart, apply_table, count_changes, label_zones
from textguide.data.schema import SECTIONS
from textguide.data.zone_clusters import require_clustering
from textguide.data.zone_report import REPORT_NAME, read_zone_table, report_zones, write_zone_report

DEFAULT_BUNDLE = "tmca_segmentation"
_EXPECTED_AGREEMENT = 0.99


def run_zones(
    folder: str | os.PathLike[str],
    method: Method,
    output: str | os.PathLike[str] | None,
    phrase: PhrasePart = "last_part",
    bundle: str | os.PathLike[str] | None = None,
    text_encoder: str | os.PathLike[str] | None = None,
    min_cluster_size: int = 3,
    table: str | os.PathLike[str] | None = None,
    show_phrases: bool = False,
    keep: bool = False,
    device: str | None = None,
) -> None:
    """Label, write the datalist and the report, and print what came of it; arguments as of the command.

    Raises:
        FileNotFoundError: datalist, bundle, text encoder or table are missing.
        ImportError: scikit-learn is missing.
        ValueError: options that do not go together, or a file that cannot be used.
    """
    options = {"bundle": bundle, "text_encoder": text_encoder, "table": table, "device": device}
    _check_options(method, options, show_phrases)
    source = Path(folder) / "datalist.json"
    target = source if output is None else Path(output)
    if target.suffix.lower() != ".json":
        raise ValueError(f"--output is '{target}'; allowed: a .json file.")
    datalist = read_datalist(source)
    given, fit = read_zone_table(table) if table is not None else ({}, None)
    embedding = _load_embedding(bundle, text_encoder, device) if method != "rules" else None
    labels = label_zones(datalist, method, embedding, phrase, min_cluster_size)
    if table is not None:
        labels = apply_table(labels, given, fit)
    labelled = labels.write_into(datalist, keep)
    report = report_zones(labels, show_phrases)
    if embedding is not None:
        report |= {"phrase": phrase, "min_cluster_size": min_cluster_size, "text_encoder": embedding.name}
        report["cut_phrases"] = embedding.cut
    report["split_sha256"] = split_hash(labelled)
    print("\n".join(summary(report, count_changes(datalist, labelled))))
    print(f"written: {write_datalist(labelled, target)}")
    print(f"written: {write_zone_report(report, target.with_name(REPORT_NAME))}")
    if target.resolve().parent != source.resolve().parent:
        print(f"note: the paths in '{target}' stay relative to '{folder}'")


def summary(report: Mapping[str, Any], changes: Mapping[str, int]) -> list[str]:
    """Return the lines for the user: clusters, agreement, sources, changes."""
    lines = []
    if "clusters" in report:
        noise, mixed = report["noise"]["rows"], len(report["mixed_clusters"])
        lines.append(
            f"{report['distinct_phrases']} distinct phrases in training, by {report['text_encoder']}: "
            f"{len(report['clusters'])} clusters, {mixed} of them mixed; {noise} sentences are noise"
        )
        if report["cut_phrases"]:
            lines.append(f"{report['cut_phrases']} phrases were longer than the text encoder reads, and cut")
        agreement = report["agreement"]["training"]
        lines.append(
            f"agreement with the rule parser in training: {_share(agreement['written'])} of what it reads; "
            f"of the clusters alone {_share(agreement['clustered'])}"
        )
        if (agreement["clustered"]["share"] or 0) < _EXPECTED_AGREEMENT:
            lines.append(
                f"note: the clusters mix places ({REPORT_NAME} says which); --phrase=whole, "
                "--method=rules_then_clusters or a --table may help"
            )
    for section in SECTIONS:
        rows = report["rows"][section]
        if rows["sentences"]:
            lines.append(
                f"{section}: {rows['sentences']} sentences, zones by clusters {rows['clusters']}, by rules "
                f"{rows['rules']}, unknown {rows['unknown']}"
            )
    lines.append("zones against before: " + ", ".join(f"{count} {what}" for what, count in changes.items()))
    return [*lines, f"split sha256: {report['split_sha256']}"]


def _share(agreement: Mapping[str, Any]) -> str:
    if not agreement["n"]:
        return "0 of 0"
    return f"{agreement['agree']} of {agreement['n']} ({100 * agreement['share']:.2f} %)"


def _check_options(method: Method, options: Mapping[str, Any], show_phrases: bool) -> None:
    unused = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    unused += ["--show-phrases"] if show_phrases else []
    if method == "rules" and unused:
        raise ValueError(f"{unused[0]} is for clusters; add --method=clusters or leave it out.")
    if None not in (options["bundle"], options["text_encoder"]):
        raise ValueError("--bundle and --text-encoder both name a text encoder; give one of them.")


def _load_embedding(
    bundle: str | os.PathLike[str] | None, text_encoder: str | os.PathLike[str] | None, device: str | None
) -> Any:
    require_clustering()
    from textguide.cli.phrase_embedding import embedding_of_bert, embedding_of_bundle

    if text_encoder is not None:
        return embedding_of_bert(text_encoder, device)
    return embedding_of_bundle(DEFAULT_BUNDLE if bundle is None else bundle, device)

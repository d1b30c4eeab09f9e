"""What a network writes, as a part of its model card: zones found, sentences, and what they are worth."""

from __future__ import annotations

from typing import Any

from card_table import table, with_interval

WRITING = {"empty": "none: the network writes its own", "unguided": "none, nor does the network write one"}
"""How a card calls the conditions without a sentence, of a network that writes one."""

_REPORT = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "meteor": "METEOR (exact and stem)",
}
_WORTH = {
    "generated - none": "its own sentence against none",
    "full - generated": "the film's against its own",
}


ALL_LEVELS = "mean"
"""How the attention over all levels is called."""


def writes_reports(evaluation: dict[str, Any]) -> bool:
    """Tell whether the network of an evaluation writes the sentence that it is not given."""
    return "zones" in evaluation.get("conditions", {}).get("empty", {})


def report_section(evaluation: dict[str, Any]) -> str:
    """Render the zones that were found, the scores of the sentences, and what these are worth."""
    written = evaluation["conditions"]["empty"]
    parts = [zones_line(written["zones"]), zones_table(written["zones"]), sentences_line(written)]
    if evaluation.get("differences"):
        parts.append(differences_table(evaluation["differences"]))
    return "\n\n".join(parts)


def zones_line(zones: dict[str, Any]) -> str:
    """Say how many films have all six zones right."""
    exact = with_interval(zones["exact_match"])
    return (
        "Zones that the network finds, at a probability of one half, against those of the film's sentence: "
        f"all six are right in {exact} of {zones['exact_match_n']:,} films, "
        f"{number(zones['bits']['accuracy'])} of {zones['bits']['n']:,} single ones."
    )


def zones_table(zones: dict[str, Any]) -> str:
    """One row for each zone, and their mean."""
    rows = [["zone", "films that have it", "precision", "recall", "F1"]]
    for name, found in zones["zones"].items():
        scores = [number(found[score]) for score in ("precision", "recall", "f1")]
        rows.append([name.replace("_", " "), f"{found['support']:,}", *scores])
    macro = zones["macro"]
    rows.append(["mean", "", number(macro["precision"]), number(macro["recall"]), with_interval(macro["f1"])])
    return table(rows)


def sentences_line(written: dict[str, Any]) -> str:
    """Say how near the sentences are to those of the films."""
    report = written["report"]
    empty = f"{report['no_infection']:,} sentences name no zone."
    if not report["n"]:
        return f"Written sentences: {empty}"
    scores = ", ".join(f"{name} {report[key]:.3f}" for key, name in _REPORT.items())
    return (
        f"Written sentences against those of {report['n']:,} films: {with_interval(report['identical'])} are "
        f"word by word the same; {scores}. {empty}"
    )


def differences_table(differences: dict[str, Any]) -> str:
    """Say what a written sentence is worth, and what the true one would be beside it."""
    rows = [["paired differences", "Dice, global", "Dice, per image"]]
    for name, found in differences.items():
        scores = [with_interval(found[protocol]["dice"], "+") for protocol in ("global", "per_image")]
        rows.append([_WORTH.get(name, name), *scores])
    return table(rows)


def number(value: float | None) -> str:
    """Write a score; a dash where it is not defined."""
    return "\N{EN DASH}" if value is None else f"{value:.3f}"


def words_line(kind: str, summary: dict[str, Any]) -> str:
    """Say what was found of one kind of sentences."""
    if not summary["films"]:
        return f"{kind} sentences: none of {summary['films_without_place']:,} names a place"
    counted, bare = summary["with_special_tokens"], summary["without_special_tokens"]
    found = counted[ALL_LEVELS]
    levels = [
        f"stride {level} {one['exceeds']['value']:.1%}" for level, one in counted.items() if level.isdigit()
    ]
    return (
        f"{kind} sentences: on {summary['films']:,} films the location words' share of attention "
        f"({found['attention_share']:.1%}) exceeds their share of tokens ({found['token_share']:.1%}) in "
        f"{found['exceeds']['value']:.1%} of them ({', '.join(levels)}; special tokens left out "
        f"{bare[ALL_LEVELS]['exceeds']['value']:.1%}); {summary['films_without_place']:,} more name no place"
    )

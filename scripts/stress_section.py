"""The stress card and the calibration of a bundle as parts of its model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from card_table import table, with_interval
from report_section import WRITING
from textguide.writers import condition_name, worst_first

PICTURE = "stress.png"


def calibration_lines(calibration: dict[str, Any] | None) -> str:
    """Say what the temperature is, what it does, and what doubt is worth."""
    if calibration is None:
        return "Confidence is not calibrated in this version (temperature 1)."
    writes = calibration.get("fitted_on", "right") == "empty"
    sentences = (
        "without a sentence, led by what the network writes," if writes else "with their own sentences"
    )
    lines = [
        f"Logits are divided by the temperature {calibration['temperature']:.3f}, fitted on the "
        f"{calibration['n']:,} {calibration['section']} films {sentences} and stored in "
        "`configs/inference.json`. Doubt is 1 \N{MINUS SIGN} the Dice that the probabilities promise; the "
        "area under the ROC curve says how well it finds the films whose Dice is below "
        f"{calibration['good_dice']}."
    ]
    poor = f"Dice below {calibration['good_dice']}"
    errors = ["calibration error (15 bins, pixels)", "calibrated"]
    rows = [["sentence", *errors, "Dice, per image", "promised", poor, "doubt finds them (AUROC)"]]
    for condition in ("right", "empty"):
        found = calibration[condition]
        error, area = found["calibration_error"], found["doubt_finds_poor"]
        numbers = [f"{error['before']:.4f}", f"{error['after']:.4f}", f"{found['dice']:.3f}"]
        numbers += [f"{found['expected_dice']:.3f}", f"{found['poor']:,}"]
        ranked = "not defined" if area["value"] is None else with_interval(area)
        rows.append([sentence_name(condition, writes), *numbers, ranked])
    return "\n\n".join([*lines, table(rows)])


def stress_section(stress: dict[str, Any], docs: Path) -> str:
    """Render the picture, the tables, and what is said of sides, contradictions and twins."""
    conditions = stress["conditions"]
    parts = [stress_heading(stress)]
    if (docs / PICTURE).is_file():
        parts.append(f"![Dice under each kind of sentence, the worst first]({PICTURE})")
    for title, kinds in (
        ("The same meaning in other words, the worst first", ("trained", "held_out")),
        ("Another meaning, less of it, or none", ("attack",)),
    ):
        names = worst_first(conditions, *kinds, protocol="per_image")
        if names:
            parts += [f"**{title}**", condition_table(conditions, names)]
    return "\n\n".join(
        [*parts, *filter(None, (side_line(stress), contradiction_line(stress), twin_line(stress)))]
    )


def stress_heading(stress: dict[str, Any]) -> str:
    """Say on which films, and by which command."""
    films = f"{stress['n']:,}"
    if stress["n"] < stress["n_section"]:
        films += f" of {stress['n_section']:,}"
    against = "the sentence that the network writes" if "unguided" in stress["conditions"] else "no sentence"
    return (
        f"Scored on {films} **{stress['section']}** films ({stress['groups']:,} patients) by "
        f"`{stress['command']}`. Every difference is paired: to the film's own sentence on the same films, "
        f"or to {against} where that is said."
    )


def sentence_name(condition: str, writes: bool) -> str:
    """Return what a reader calls a condition; `writes`: the network writes the sentence it is not given."""
    return WRITING.get(condition, condition_name(condition)) if writes else condition_name(condition)


def condition_table(conditions: dict[str, Any], names: list[str]) -> str:
    """One row for each condition, beside its reference on the same films."""
    writes = "unguided" in conditions
    rows = [["sentence", "films", "Dice, per image", "reference", "difference", "Dice, global", "difference"]]
    for name in names:
        found = conditions[name]
        held_out = ", never trained" if found["kind"] == "held_out" else ""
        against = "the network's own" if writes else "no sentence"
        against = f", {against}" if found["reference"] == "empty" else ""
        single, pooled = (
            (found[protocol]["dice"], found["difference"][protocol]["dice"])
            for protocol in ("per_image", "global")
        )
        reference = found["reference_scores"]["per_image"]["dice"]["value"]
        scores = [with_interval(single[0]), f"{reference:.3f}{against}", with_interval(single[1], "+")]
        scores += [with_interval(pooled[0]), with_interval(pooled[1], "+")]
        rows.append([sentence_name(name, writes) + held_out, f"{found['n']:,}", *scores])
    return table(rows)


def side_line(stress: dict[str, Any]) -> str:
    """Say how often a swapped side is noticed, and how often a right one is doubted."""
    right, swapped = (stress["side_warnings"].get(name, {"n": 0}) for name in ("right", "side_swapped"))
    if not right["n"] or not swapped["n"]:
        return ""
    noticed, alarms = (percent(found["text_free_mask"]) for found in (swapped, right))
    either, either_alarms = (percent(found["any"]) for found in (swapped, right))
    return (
        f"**Side.** Of {swapped['n']:,} sentences that name one side alone, with the sides exchanged, "
        f"{noticed} meet the warning that the mask without the sentence lies on the other side; of the "
        f"right ones {alarms} (false alarms). With every check of mask and sentence: {either} and "
        f"{either_alarms}."
    )


def contradiction_line(stress: dict[str, Any]) -> str:
    """Say how often a contradiction is seen."""
    right, wrong = (stress["contradictions"].get(name, {"n": 0}) for name in ("right", "contradictory"))
    if not right["n"] or not wrong["n"]:
        return ""
    return (
        f"**Contradiction.** Of {wrong['n']:,} sentences followed by their opposite {percent(wrong)} meet "
        f"the warning that they contradict themselves; of the right ones {percent(right)}."
    )


def twin_line(stress: dict[str, Any]) -> str:
    """Say how far the masks of twins are apart."""
    twins = stress["twins"]
    if not twins["n"]:
        return ""
    between, bound = with_interval(twins["dice_between"]), percent(twins["bound"])
    line = (
        '**Twins.** Two sentences of the same words in another binding ("left upper, right lower" and "right '
        f'upper, left lower") on {twins["n"]:,} films that support both: Dice {between} between the two '
        f"masks; {bound} of the pairs differ the way the sentences do (higher and lower, left and right)."
    )
    foreign, labels = (twins[f"{of}in_the_others_zones"] for of in ("", "labels_"))
    if foreign["n"] and labels["n"]:
        line += (
            f" {percent(foreign)} of a mask lie in zones that only the other sentence names; of the data "
            f"set's own masks under such sentences {percent(labels)} do, as its zones overlap."
        )
    return line


def percent(share: dict[str, float]) -> str:
    """Write `97.1 % [95.8, 98.2]`."""
    ends = "" if share["low"] is None else f" [{share['low']:.1%}, {share['high']:.1%}]".replace("%", "")
    return f"{share['value']:.1%}".replace("%", " %") + ends

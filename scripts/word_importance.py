"""Ask a network that writes reports which words it attends to: those of place, or the rest?

python scripts/word_importance.py BUNDLE --data DIR [--cases 200] [--section validation] [--weights FILE]
    [--output runs/word_importance.json] [--publish]

On each film, for the sentence that the network writes and for the true one: the share of the cross-attention
that goes to words of place (zones and sides), against their share of the tokens. Were all tokens alike, the
two would be equal. Attention is the mean over all places of a decoder level, level by level and over the
levels (SGSeg, Ye et al., MICCAI 2024, Fig. 2). The signs at the two ends of a sentence are tokens too: each
number is given with them and without. Films whose sentence names no place take no part, and are counted.
With `--publish` the numbers also become the entry `word_importance` of `BUNDLE/docs/results.json`, and a part
of the card.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest import mock

import numpy as np
import torch
from tqdm import tqdm

from model_card import update
from report_section import ALL_LEVELS, words_line
from textguide.atomic_write import atomic_path
from textguide.data import load_datalist, read_datalist, split_hash
from textguide.metrics.bootstrap import mean_with_interval
from textguide.segmenter import Bundle, Case, load_bundle
from textguide.segmenter.preparation import Preparation

KINDS = ("generated", "true")
COUNTED = {"with_special_tokens": True, "without_special_tokens": False}
Shares = dict[str, dict[str, tuple[float, float]]]


@contextmanager
def noted_attention(network: Any) -> Iterator[list[dict[str, torch.Tensor]]]:
    """Note of each `explain` the mean attention (B, L) of each level; `explain` gives their mean alone."""
    noted: list[dict[str, torch.Tensor]] = []
    plain = network.decoder.attention

    def attention(*given: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        logits, levels = plain(*given)
        noted.append({level: weights.mean(dim=(2, 3)) for level, weights in levels.items()})
        return logits, levels

    with mock.patch.object(network.decoder, "attention", attention):
        yield noted


def shares_of_place(
    levels: dict[str, torch.Tensor], is_place: torch.Tensor, is_special: torch.Tensor, mask: torch.Tensor
) -> Shares | None:
    """Return for each way of counting and each level the shares of the words of place.

    Args:
        levels: attention (L,) of each level.
        is_place: (L,) bool.
        is_special: (L,) bool.
        mask: (L,), 1 for a token that was read.

    Returns:
        way -> level -> (share of the attention, share of the tokens); None where no place is named.
    """
    read = mask > 0
    place = is_place & read
    if not place.any():
        return None
    all_levels = levels | {ALL_LEVELS: torch.stack(list(levels.values())).mean(dim=0)}
    found: Shares = {}
    for way, counts_special in COUNTED.items():
        counted = read if counts_special else read & ~is_special
        tokens = float(place.sum() / counted.sum())
        found[way] = {
            level: (float(weights[place].sum() / weights[counted].sum()), tokens)
            for level, weights in all_levels.items()
        }
    return found


@torch.inference_mode()
def ask(bundle: Bundle, records: list[dict[str, Any]]) -> dict[str, list[Shares | None]]:
    """Return the shares of each film, for the sentence that is written and for the true one (if any)."""
    network: Any = bundle.network
    preparation = Preparation(bundle)
    special = torch.tensor(special_ids(bundle), device=bundle.device)
    found: dict[str, list[Shares | None]] = {kind: [] for kind in KINDS}
    for record in tqdm(records, desc="films", mininterval=5):
        item = preparation(Case(record["image"], record["text"]))
        image = item.slices[0].as_tensor()[None].to(bundle.device)  # (1, C, W, H)
        tokens = {name: value[None].to(bundle.device) for name, value in item.tokens.items()}
        for kind in KINDS:
            if kind == "true" and not tokens["attention_mask"].any():
                found[kind].append(None)
                continue
            with noted_attention(network) as noted:
                shown = network.explain(image, **(tokens if kind == "true" else {}))
            ids, mask = shown["read_ids"][0], shown["read_mask"][0]
            levels = {level: weights[0] for level, weights in noted[0].items()}
            is_place = network.report_writer.says_place(ids)
            found[kind].append(shares_of_place(levels, is_place, torch.isin(ids, special), mask))
    return found


def special_ids(bundle: Bundle) -> list[int]:
    """Return the ids of the signs around a sentence; an unknown word is a word."""
    tokenizer = next(
        step.tokenizer for step in bundle.preprocessing.flatten().transforms if hasattr(step, "tokenizer")
    )
    return sorted({*tokenizer.all_special_ids} - {tokenizer.unk_token_id})


def summarise(shares: list[Shares | None], groups: list[str]) -> dict[str, Any]:
    """Return in how many films the words of place draw more than their share, with an interval over groups.

    Args:
        shares: of each film.
        groups: the patient of each.
    """
    named = [(one, group) for one, group in zip(shares, groups, strict=True) if one is not None]
    summary: dict[str, Any] = {"films": len(named), "films_without_place": len(shares) - len(named)}
    if not named:
        return summary
    for way in COUNTED:
        summary[way] = {}
        for level in named[0][0][way]:
            attention, tokens = zip(*(one[way][level] for one, _ in named), strict=True)
            exceeds = [float(a > t) for a, t in zip(attention, tokens, strict=True)]
            summary[way][level] = {
                "exceeds": mean_with_interval(exceeds, [group for _, group in named]),
                "attention_share": fmean(attention),
                "token_share": fmean(tokens),
            }
    return summary


def main(arguments: list[str]) -> dict[str, Any]:
    """Ask, write and print what was found, and return it.

    Raises:
        ValueError: the network of the bundle writes no reports, or there are no cases.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds datalist.json")
    parser.add_argument("--section", default="validation", choices=("training", "validation", "testing"))
    parser.add_argument("--cases", type=int, default=200, help="so many films, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--output", type=Path, default=Path("runs/word_importance.json"))
    given = parser.parse_args(arguments)
    bundle = load_bundle(given.bundle, given.device, given.weights)
    if not hasattr(bundle.network, "report_writer"):
        raise ValueError(f"the network of '{bundle.name}' writes no reports: there are no words to weigh")
    records = load_datalist(given.data, given.section, side_convention=bundle.side_convention)
    if not records or given.cases < 1:
        raise ValueError(f"{len(records)} cases in {given.section}, --cases is {given.cases}: 1 is needed")
    drawn = np.random.default_rng(given.seed).permutation(len(records))[: given.cases]
    records = [records[number] for number in sorted(drawn)]
    shares = ask(bundle, records)
    groups = [record["group_id"] for record in records]
    datalist = read_datalist(given.data / "datalist.json")
    report = {
        "bundle": bundle.identity,
        "data": {"name": datalist["name"], "split_sha256": split_hash(datalist), "section": given.section},
        "cases": len(records),
        "seed": given.seed,
        "sentences": {kind: summarise(shares[kind], groups) for kind in KINDS},
    }
    with atomic_path(given.output) as temporary:
        temporary.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for kind, summary in report["sentences"].items():
        print(words_line(kind, summary))
    if given.publish:
        results = bundle.path / "docs" / "results.json"
        content = json.loads(results.read_text(encoding="utf-8")) | {"word_importance": report}
        with atomic_path(results) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        update(bundle.path)
    return report


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")

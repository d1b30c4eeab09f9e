"""Teach a bundle's text encoder to read zones, from generated sentences alone: minutes, and no image.

python scripts/pretrain_reader.py BUNDLE --output runs/reader

Six zones are drawn, written in one of the wordings that trainings use (`textguide.text.TRAINED`), or in one
that leaves zones open, now and then with typing errors; the encoder and a linear head say which zones are
affected. A zone that is left open has the target 0.5. The head is thrown away; `runs/reader/model.pt` holds
the whole network, whose other parts are fresh, or those of `--weights`: a training starts from it with
`--initial_weights runs/reader/model.pt`.

The share of sentences whose six zones are read right is printed family by family, those that no training
sees (`HELD_OUT`) included, and kept in `reading.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.bundle import ConfigParser
from torch import nn
from tqdm import tqdm

from textguide.atomic_write import atomic_path
from textguide.engines import warmup_cosine
from textguide.networks.encoders.text import TextEncoder
from textguide.text import (
    FAMILIES,
    HELD_OUT,
    TRAINED,
    fitting_families,
    load_tokenizer,
    misspell,
    open_wordings,
    paraphrase,
    tokenize,
)
from textguide.weights import load_weights, read_weights

READER = "text_encoder.bert."
HARD = ("exceptions", "spared", "prose")  # what is named there is not what is affected: slow to learn
WEIGHTS = np.array([FAMILIES[name].weight * (3 if name in HARD else 1) for name in TRAINED])
SHARES = WEIGHTS / WEIGHTS.sum()
OPEN_SHARE, TYPING_ERROR_SHARE = 0.1, 0.15


class ZoneReader(nn.Module):
    """A text encoder, and what the mean and the first of its tokens say: six logits, one a zone."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(2 * self.encoder.width, 6)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Read tokens (B, L) to logits (B, 6)."""
        tokens, padding, _ = self.encoder(ids, mask)
        kept = (~padding).unsqueeze(2).to(tokens.dtype)
        mean = (tokens * kept).sum(dim=1) / kept.sum(dim=1)
        return self.head(torch.cat([mean, tokens[:, 0]], dim=1)).float()


def draw(rng: np.random.Generator) -> tuple[str, list[float]]:
    """Draw a sentence and the target of each zone, 0.5 where the sentence leaves it open.

    The family of wordings is drawn before the zones: most zones can be said in most families, but "all but
    the left apex" fits few, and would hardly ever be met.
    """
    family = str(rng.choice(TRAINED, p=SHARES)) if rng.random() >= OPEN_SHARE else None
    zones = draw_zones(rng, family)
    if family is None:
        text, known = open_wordings(zones, rng)
        target = [0.5 if zone is None else float(zone) for zone in known]
    else:
        text, target = paraphrase(zones, rng, [family]), [float(zone) for zone in zones]
    if rng.random() < TYPING_ERROR_SHARE:
        text = misspell(text, rng, count=int(rng.integers(1, 3)))
    return text, target


def draw_zones(rng: np.random.Generator, family: str | None) -> list[int]:
    """Draw zones, all sets alike, that a family has wordings for; None: that name at least one."""
    while True:
        zones = [int(zone) for zone in rng.integers(0, 2, size=6)]
        if any(zones) if family is None else fitting_families(zones, [family]):
            return zones


def train(reader: ZoneReader, tokenizer: Any, given: argparse.Namespace) -> None:
    """Fit the reader."""
    rng = np.random.default_rng(given.seed)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=given.learning_rate, weight_decay=0.01)
    schedule = warmup_cosine(optimizer, warmup=given.steps // 10, total=given.steps)
    progress = tqdm(range(given.steps), desc="reading", mininterval=5)
    for _ in progress:
        texts, targets = zip(*(draw(rng) for _ in range(given.batch_size)), strict=True)
        ids, mask = batch(tokenizer, texts, given.max_length)
        with torch.autocast("cpu", torch.bfloat16):
            logits = reader(ids, mask)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(targets))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        progress.set_postfix(loss=f"{loss.item():.4f}", refresh=False)


def batch(tokenizer: Any, texts: Any, max_length: int) -> list[torch.Tensor]:
    """Tokenise sentences to ids and mask, both (B, L)."""
    return [
        torch.stack(rows)
        for rows in zip(*(tokenize(tokenizer, text, max_length) for text in texts), strict=True)
    ]


@torch.inference_mode()
def measure(reader: ZoneReader, tokenizer: Any, max_length: int, count: int, seed: int) -> dict[str, float]:
    """Return the share of sentences of each family whose six zones are read right."""
    rng = np.random.default_rng([seed, 1])
    shares = {}
    for family in FAMILIES:
        drawn: list[tuple[str, list[int]]] = []
        while len(drawn) < count:
            zones = draw_zones(rng, family)
            drawn.append((paraphrase(zones, rng, [family]), zones))
        texts, zones_of = zip(*drawn, strict=True)
        found = reader(*batch(tokenizer, texts, max_length)) > 0
        shares[family] = float((found == torch.tensor(zones_of).bool()).all(dim=1).float().mean())
    return shares


def write_network(network: nn.Module, others: Path | None, path: Path) -> None:
    """Write the weights of a network whose BERT has learned to read; take all other parts from `others`."""
    state = network.state_dict()
    if others is not None:
        state |= {name: t for name, t in read_weights(others).items() if not name.startswith(READER)}
    network.load_state_dict(state)
    with atomic_path(path) as temporary:
        torch.save(network.state_dict(), temporary)


def main(arguments: list[str]) -> None:
    """Train, measure, save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, help="the bundle whose text encoder it is to be")
    parser.add_argument("--output", type=Path, required=True, help="folder of the encoder that is learned")
    parser.add_argument("--weights", type=Path, help="weights of the network for all but its BERT")
    parser.add_argument("--start", type=Path, help="weights of the network whose BERT is to go on reading")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument("--learning_rate", type=float, default=1e-3)
    parser.add_argument("--sentences", type=int, default=500, help="to measure each family with")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    torch.manual_seed(given.seed)
    config = ConfigParser()
    config.read_config(given.bundle / "configs" / "train.json")
    given.max_length = config["max_length"]
    network = config.get_parsed_content("network_def")
    if given.start is not None:
        load_weights(network, given.start)
    tokenizer = load_tokenizer(None)
    reader = ZoneReader(network.text_encoder)
    started = time.perf_counter()
    train(reader, tokenizer, given)
    minutes = (time.perf_counter() - started) / 60
    shares = measure(reader.eval(), tokenizer, given.max_length, given.sentences, given.seed)
    for family, share in sorted(shares.items(), key=lambda item: item[1]):
        print(f"{family:16} {share:6.1%}{'  held out' if family in HELD_OUT else ''}")
    given.output.mkdir(parents=True, exist_ok=True)
    write_network(network, given.weights, given.output / "model.pt")
    record = {
        "command": "python scripts/pretrain_reader.py " + " ".join(arguments),
        "sentences": given.steps * given.batch_size,
        "minutes": round(minutes, 1),
        "read_right": shares,
    }
    with atomic_path(given.output / "reading.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"written: {given.output}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""What a run leaves beside its weights: how it was started, and what inference needs to ask no hub."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from ignite.engine import Engine, Events
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from textguide.atomic_write import atomic_path
from textguide.engines.provenance import command_line, package_versions
from textguide.handlers.resume import plain_network


class RunRecord:
    """Write `run.json`, the configuration of every encoder and the tokenizer into the folder of the run.

    `run.json` lists every start of the training (a resumed one has several): command, time, versions, device,
    number of images. `FOLDER/ENCODER/config.json` and `FOLDER/tokenizer/` are what `network_def#ENCODER` and
    `tokenizer#path` of an inference take in place of a hub's name; the weights come from the checkpoint.

    Args:
        folder: of the run.
        tokenizer: of the training.
    """

    def __init__(self, folder: str | os.PathLike, tokenizer: PreTrainedTokenizerBase) -> None:
        self.folder = Path(folder)
        self.tokenizer = tokenizer

    def attach(self, engine: Engine) -> None:
        """Write when the trainer starts."""
        engine.add_event_handler(Events.STARTED, self)

    def __call__(self, engine: Engine) -> None:
        """Write; the first process alone."""
        if engine.state.rank != 0:
            return
        record = self.folder / "run.json"
        starts = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else []
        with atomic_path(record) as temporary:
            temporary.write_text(json.dumps([*starts, self.start(engine)], indent=1) + "\n", encoding="utf-8")
        for name, module in plain_network(engine.network).named_modules():  # type: ignore[attr-defined]
            if isinstance(module, PreTrainedModel) and name.count("model") == 1:
                module.config.save_pretrained(self.folder / name.split(".")[0])
        self.tokenizer.save_pretrained(str(self.folder / "tokenizer"))

    def start(self, engine: Engine) -> dict[str, object]:
        """Describe this start of the training."""
        return {
            "command": command_line(sys.argv),
            "started": time.strftime("%Y-%m-%d %H:%M:%S%z"),
            "images": len(engine.data_loader.dataset),  # type: ignore[union-attr]
            "device": str(engine.state.device),
            "versions": package_versions(),
        }

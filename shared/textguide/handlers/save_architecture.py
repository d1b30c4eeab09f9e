"""What a checkpoint needs beside it, so that inference never asks a hub."""

from __future__ import annotations

import os
from pathlib import Path

from ignite.engine import Engine, Events
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from textguide.handlers.resume import plain_network


class SaveArchitecture:
    """Write the configuration of every encoder, and the tokenizer, into the folder of the run.

    `FOLDER/ENCODER/config.json` and `FOLDER/tokenizer/` are what `network_def#ENCODER` and `tokenizer#path`
    of an inference take in place of a hub's name; the weights come from the checkpoint.

    Args:
        folder: of the run.
        tokenizer: of the training.
    """

    def __init__(self, folder: str | os.PathLike, tokenizer: PreTrainedTokenizerBase) -> None:
        self.folder = Path(folder)
        self.tokenizer = tokenizer

    def attach(self, engine: Engine) -> None:
        """Write when the trainer starts."""
        engine.add_event_handler(Events.STARTED(once=1), self)

    def __call__(self, engine: Engine) -> None:
        """Write; the first process alone."""
        if engine.state.rank != 0:
            return
        for name, module in plain_network(engine.network).named_modules():  # type: ignore[attr-defined]
            if isinstance(module, PreTrainedModel) and name.count("model") == 1:
                module.config.save_pretrained(self.folder / name.split(".")[0])
        self.tokenizer.save_pretrained(str(self.folder / "tokenizer"))

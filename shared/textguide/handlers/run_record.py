"""What a run leaves beside its weights: how it was started, and what inference needs to ask no hub."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ignite.engine import Engine, Events
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from textguide.atomic_write import atomic_path
from textguide.engines.command_ids import check_command_ids
from textguide.engines.provenance import command_line, package_versions
from textguide.folder_lock import lock_folder, release_folder
from textguide.handlers.resume import plain_network
from textguide.run_bundle import write_run_bundle

_ABILITIES = {"reads_text": "reads_text", "writes_text": "self_guided"}
"""Key of a bundle's metadata -> attribute of a network that has a choice there."""


class RunRecord:
    """Write `run.json`, the configuration of every encoder and the tokenizer into the folder of the run.

    They are written when the first step is about to be taken, so that a start that is refused (a checkpoint
    that does not fit, a broken image) leaves the folder as it was. While it runs, the training holds the
    folder: another process that would train into it is refused.

    `run.json` lists every start of the training (a resumed one has several): command, time, versions, device,
    number of images. With `configs/`, the encoders' folders, `tokenizer/` and its `model.pt` the run is a
    bundle for inference: `Segmenter(FOLDER)`, `textguide segment --bundle=FOLDER`.

    Args:
        folder: of the run.
        tokenizer: of the training.
        bundle_root: the bundle that is trained.
        inputs: keys of the inference that the training sets, see `write_run_bundle`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        tokenizer: PreTrainedTokenizerBase,
        bundle_root: str | os.PathLike,
        inputs: Mapping[str, Any],
    ) -> None:
        self.folder = Path(folder)
        self.tokenizer = tokenizer
        self.bundle_root = bundle_root
        self.inputs = inputs
        self._to_be_written = False

    def attach(self, engine: Engine) -> None:
        """Hold the folder from the first epoch to the end, and write before the first step."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.EPOCH_STARTED, self.hold)
        engine.add_event_handler(Events.ITERATION_STARTED, self.write)
        engine.add_event_handler(Events.COMPLETED, self.release)

    def start(self, engine: Engine) -> None:
        """Look at the command.

        Raises:
            ValueError: it sets an id that the configuration does not have.
        """
        self._to_be_written = engine.state.rank == 0
        check_command_ids(sys.argv)

    def hold(self, engine: Engine) -> None:
        """Take the folder; the first process alone.

        Raises:
            ValueError: another training has it.
        """
        if engine.state.rank == 0:
            lock_folder(self.folder)

    def release(self, engine: Engine) -> None:
        """Give the folder free."""
        if engine.state.rank == 0:
            release_folder(self.folder)

    def write(self, engine: Engine) -> None:
        """Write, once a run; the first process alone."""
        if not self._to_be_written:
            return
        self._to_be_written = False
        record = self.folder / "run.json"
        starts = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else []
        with atomic_path(record) as temporary:
            temporary.write_text(
                json.dumps([*starts, self.describe(engine)], indent=1) + "\n", encoding="utf-8"
            )
        network = plain_network(engine.network)  # type: ignore[attr-defined]
        for name, module in network.named_modules():
            if isinstance(module, PreTrainedModel) and name.count("model") == 1:
                encoder = next(part for part in name.split(".") if part.endswith("_encoder"))
                module.config.save_pretrained(self.folder / encoder)
        self.tokenizer.save_pretrained(str(self.folder / "tokenizer"))
        write_run_bundle(
            folder=self.folder,
            bundle_root=self.bundle_root,
            arguments=network.arguments,  # type: ignore[arg-type]
            inputs=self.inputs,
            records=getattr(engine.data_loader.dataset, "data", ()),  # type: ignore[union-attr]
            abilities={
                key: bool(getattr(network, attribute))
                for key, attribute in _ABILITIES.items()
                if hasattr(network, attribute)
            },
        )

    def describe(self, engine: Engine) -> dict[str, object]:
        """Describe this start of the training."""
        return {
            "command": command_line(sys.argv),
            "started": time.strftime("%Y-%m-%d %H:%M:%S%z"),
            "images": len(engine.data_loader.dataset),  # type: ignore[union-attr]
            "device": str(engine.state.device),
            "versions": package_versions(),
        }

"""Where an encoder's architecture comes from: a hub name, a folder, or plain arguments."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig, PreTrainedModel

_WEIGHT_FILES = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")


def read_architecture(
    architecture: str | Path | dict[str, Any],
    config_class: type[PretrainedConfig],
    model_class: type[PreTrainedModel],
    **options: Any,
) -> Any:
    """Build a transformers model.

    Args:
        architecture: a dictionary gives the arguments of `config_class`, and the weights start at random; a
            folder with `config.json` but no weights does the same (what training leaves beside a checkpoint);
            a folder with weights or a hub name loads them. No code from a hub is ever run.
        config_class: the configuration class, for instance `BertConfig`.
        model_class: the model class, for instance `BertModel`.
        options: passed to the model's constructor (`add_pooling_layer`) or its configuration
            (`attn_implementation`).

    Raises:
        TypeError: the architecture is neither a name nor a dictionary.
        FileNotFoundError: it is no folder, and the hub cannot be reached or has no such model.
    """
    attention = options.pop("attn_implementation", None)
    if isinstance(architecture, dict):
        config = config_class(**architecture, **({"attn_implementation": attention} if attention else {}))
        return model_class(config, **options)
    if not isinstance(architecture, str | Path):
        raise TypeError(
            f"architecture is {type(architecture).__name__}: give a hub name, a folder or a dictionary"
        )
    folder = Path(architecture)
    extra = {"attn_implementation": attention} if attention else {}
    if (folder / "config.json").is_file() and not any((folder / name).is_file() for name in _WEIGHT_FILES):
        return model_class(config_class.from_pretrained(folder, **extra), **options)
    try:
        return model_class.from_pretrained(architecture, **extra, **options)
    except OSError as error:
        raise FileNotFoundError(
            f"no architecture {str(architecture)!r}: {_reason(folder, error)}; give a folder with config.json"
            ", a hub name while the hub can be reached, or the arguments as a dictionary. `hf download NAME "
            "--local-dir FOLDER` makes a folder of a name where there is a network, and "
            "--network_def#text_encoder=FOLDER (or #image_encoder) takes it"
        ) from error


def _reason(folder: Path, error: OSError) -> str:
    if folder.is_dir():
        return "the folder has no config.json"
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", str(folder)):
        return "there is no such folder"
    # transformers tells in words alone whether it was the network
    unreachable = any(word in str(error).lower() for word in ("connect", "offline"))
    return "the hub cannot be reached (no network)" if unreachable else "the hub has no such model"

"""`textguide export`: a bundle's network as one file for a machine that has PyTorch and nothing else."""

from __future__ import annotations

import os

from textguide.segmenter import Export, export_network, load_bundle


def run_export(
    bundle: str | os.PathLike[str],
    file: str | os.PathLike[str],
    text_free: bool = False,
    weights: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> Export:
    """Write the file and say what it holds; the arguments are those of the command.

    Raises:
        FileNotFoundError: the bundle or its weights are missing.
        ValueError: see `export_network`; or the weights do not fit, or the device does not work.
    """
    done = export_network(load_bundle(bundle, device, weights), file, text_free)
    print("\n".join(summary(done)))
    return done


def summary(done: Export) -> list[str]:
    """Return the lines that a user sees."""
    lines = [f"written: {done.path}, {done.bytes:,} bytes, {done.parameters:,} parameters"]
    if done.left_out_parameters:
        lines.append(
            f"left out: the text encoder, {done.left_out_parameters:,} of "
            f"{done.parameters + done.left_out_parameters:,} parameters and {done.left_out_bytes:,} bytes"
        )
    return lines

"""The commands: thin functions; their signatures are the flags, their docstrings the help.

What is heavy (PyTorch, MONAI) is imported inside, so that help and refusals come at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

from textguide.cli.gate import FilePath, Refused


def datalist(dataset: str, root: FilePath, *, filename: str = "datalist.json", **options: Any) -> None:
    """Turn a data set's folder into a datalist: which image, mask and sentence belong together, which split.

    `textguide datalist DATASET --help` shows the options of that data set.

    Args:
        dataset: qata, kvasir, bkai, or table for a table of your own.
        root: its folder.
        filename: name of the datalist, which is written into that folder.
        **options: of the data set.
    """
    from textguide.data import make_datalist

    if filename in ("", ".", "..") or os.path.basename(filename) != filename:
        raise ValueError(
            f"--filename is {filename!r}; allowed: a name, for the file lies in the folder ROOT."
        )
    path, summary = make_datalist(dataset, root, filename, **options)
    print(summary)
    print(f"written: {path}")


def zones(
    folder: FilePath,
    *,
    method: Literal["rules", "clusters", "rules_then_clusters"] = "rules",
    phrase: Literal["last_part", "whole"] = "last_part",
    bundle: FilePath | None = None,
    text_encoder: FilePath | None = None,
    min_cluster_size: int = 3,
    table: FilePath | None = None,
    show_phrases: bool = False,
    keep: bool = False,
    output: FilePath | None = None,
    device: str | None = None,
) -> None:
    """Read the six lung zones out of a datalist's sentences, by rules or by clusters of phrases.

    The zones are written into the datalist; what cannot be told becomes null, and a record without a sentence
    keeps what it has. Clusters are found in the training alone, with scikit-learn, and get the zones that the
    rules read in most of their sentences: so they carry over to wordings that the rules do not understand.
    The file zone_clusters.json beside the datalist says how far to trust them.

    Args:
        folder: the folder that holds datalist.json.
        method: rules; clusters, with the rules for what lies in none; or rules_then_clusters, clusters only
            where the rules do not understand.
        phrase: what is clustered: the text behind the last comma (last_part), as in the captions of
            QaTa-COV19, or the whole text, which suits reports of any form.
        bundle: name or folder of the bundle whose text encoder reads the phrases; tmca_segmentation by
            default.
        text_encoder: a BERT in its place: a folder with its weights, or a hub name.
        min_cluster_size: sentences that a cluster needs.
        table: a JSON file with zones of your own for clusters of zone_clusters.json, such as {"fit":
            "0123456789ab", "4": [0, 0, 1, 0, 0, 0]}.
        show_phrases: write the phrases of the clusters into zone_clusters.json: they are words of reports.
        keep: records that have zones keep them, such as those of your table's own column.
        output: a .json file in place of the datalist.
        device: such as cpu or cuda:1; by default a GPU if there is one.
    """
    from textguide.cli.zones import run_zones

    run_zones(
        folder, method, output, phrase=phrase, bundle=bundle, text_encoder=text_encoder,
        min_cluster_size=min_cluster_size, table=table, show_phrases=show_phrases, keep=keep, device=device,
    )  # fmt: skip


def phantom(family: str, folder: FilePath, **options: Any) -> None:
    """Write a synthetic data set in the layout of a real one.

    `textguide phantom FAMILY --help` shows the options of that family.

    Args:
        family: chest (as QaTa-COV19) or polyp (as Kvasir-SEG).
        folder: a new or empty folder.
        **options: of the family.
    """
    from textguide.phantoms import PHANTOMS

    print(f"written: {PHANTOMS[family](folder, **options)}")


def segment(
    images: FilePath,
    *,
    text: str | None = None,
    texts: FilePath | None = None,
    bundle: FilePath = "tmca_segmentation",
    output: FilePath = "segmentations",
    side: Literal["bundle", "image", "patient"] = "bundle",
    section: Literal["training", "validation", "testing"] = "testing",
    batch_size: int = 8,
    device: str | None = None,
    weights: FilePath | None = None,
    overwrite: bool = False,
    explain: bool = False,
) -> None:
    """Segment an image, a folder or a datalist: mask, overlay and one JSON line for each case.

    A network that writes its own report does so where there is no sentence, and the mask follows it. Each
    case then gets FILM.json too: what was written or would have been, with six zones and probabilities.

    One broken image stops nothing: it is named at the end, and the exit code is 1. A case that is already in
    the output folder, for the same image, sentence and weights, is not done again; another sentence for the
    same image takes its place.

    Args:
        images: an image (PNG, JPEG, TIFF, BMP, GIF, WebP, NIfTI, DICOM), a folder of them, or a datalist
            (.json).
        text: one sentence for all images.
        texts: a table (.csv or .xlsx) with the columns image and text: a sentence for each image.
        bundle: name or folder of the bundle.
        output: folder of the results.
        side: whose left the sentences mean, also those that a network writes: the bundle's own, the image's,
            or the patient's.
        section: of a datalist.
        batch_size: pictures in one pass.
        device: such as cpu or cuda:1; by default a GPU if there is one.
        weights: a file of weights in place of the bundle's own.
        overwrite: do finished cases again.
        explain: also write what the network looked at: for each of its maps a picture, FILM_explain_MAP.png,
            and where it tells of words FILM_words.png.
    """
    from textguide.cli.segment import run_segment

    failed = run_segment(
        images, text=text, texts=texts, bundle=bundle, output=output, side=side, section=section,
        batch_size=batch_size, device=device, weights=weights, overwrite=overwrite, explain=explain,
    )  # fmt: skip
    if failed:
        raise SystemExit(1)


def evaluate(
    dataset: FilePath,
    *,
    bundle: FilePath = "tmca_segmentation",
    section: Literal["validation", "testing", "training"] = "validation",
    output: FilePath = "evaluation",
    overlay: str | None = None,
    weights: FilePath | None = None,
    device: str | None = None,
) -> None:
    """Score a bundle on a data set, under both metric protocols and all text conditions.

    Args:
        dataset: the folder that holds datalist.json.
        bundle: name or folder of the bundle.
        section: of the datalist.
        output: folder of the results.
        overlay: one more configuration of the bundle, by its name, such as kvasir_seg for that data set.
        weights: a file of weights in place of the bundle's own.
        device: such as cpu or cuda:1; by default a GPU if there is one.
    """
    from textguide.cli.evaluate import run_evaluate

    run_evaluate(dataset, bundle, section, output, overlay=overlay, weights=weights, device=device)


def stress(
    bundle: FilePath,
    *,
    data: FilePath,
    section: Literal["validation", "testing", "training"] = "validation",
    cases: int | None = None,
    output: FilePath = "stress",
    overlay: str | None = None,
    weights: FilePath | None = None,
    device: str | None = None,
) -> None:
    """Put a bundle to the test: its masks under every kind of sentence, as a table and a picture.

    Right, in other words (family by family), misspelt, empty, irrelevant, open, contradictory, shuffled and
    side-swapped sentences, and twins, each with its interval over the patients. Stopped, it goes on where it
    was when it is started again.

    Args:
        bundle: name or folder of the bundle.
        data: the folder that holds datalist.json.
        section: of the datalist.
        cases: about so many cases, as whole patients chosen at random; all by default.
        output: folder of the results.
        overlay: one more configuration of the bundle, by its name, such as kvasir_seg for that data set.
        weights: a file of weights in place of the bundle's own.
        device: such as cpu or cuda:1; by default a GPU if there is one.
    """
    from textguide.cli.stress import run_stress

    run_stress(bundle, data, section, output, cases, overlay=overlay, weights=weights, device=device)


def export(
    bundle: FilePath,
    file: FilePath,
    *,
    text_free: bool = False,
    weights: FilePath | None = None,
    device: str = "cpu",
) -> None:
    """Write a bundle's network as one TorchScript file, which runs where there is PyTorch and nothing else.

    Before the file gets its name it is compared with the network, on images of two sizes, with a sentence
    and without. The preprocessing is no part of it: what is to be done to an image first, with its numbers,
    stands in the file's metadata.json under `export`.

    Args:
        bundle: name or folder of the bundle.
        file: such as runs/model.ts; one that is there is replaced by a whole one, or stays.
        text_free: leave the text encoder out, of a network that writes its own sentence: it then runs from
            the image alone.
        weights: a file of weights in place of the bundle's own.
        device: where the file is to run, cpu or cuda.
    """
    from textguide.cli.export import run_export

    run_export(bundle, file, text_free=text_free, weights=weights, device=device)


def doctor(bundle: FilePath | None = None) -> None:
    """Check the installation and the bundles: versions, device, configurations, weights.

    Args:
        bundle: name or folder of one bundle; all by default.
    """
    from textguide.cli.doctor import run_doctor

    if run_doctor(bundle):
        raise SystemExit(1)


COMMANDS: dict[str, Callable[..., None]] = {
    "datalist": datalist,
    "zones": zones,
    "phantom": phantom,
    "segment": segment,
    "evaluate": evaluate,
    "stress": stress,
    "export": export,
    "doctor": doctor,
}


def option_sources(command: str) -> Mapping[str, Callable[..., Any]]:
    """Return the functions that a command's first argument names: their options are the command's too."""
    if command == "datalist":
        from textguide.data import DATASETS

        return DATASETS
    if command == "phantom":
        from textguide.phantoms import PHANTOMS

        return PHANTOMS
    return {}


def choose_source(sources: Mapping[str, Callable[..., Any]], name: str | None) -> Callable[..., Any] | None:
    """Return the function of this name; None where there is nothing to choose, or nothing chosen yet.

    Raises:
        Refused: there is none of that name.
    """
    if name is None or not sources:
        return None
    if name not in sources:
        raise Refused(f"there is no {name!r}; allowed: {', '.join(sources)}")
    return sources[name]

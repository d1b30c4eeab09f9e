"""Endoscopy with prompts: Kvasir-SEG and BKAI-IGH NeoPolyp, described by the prompts of medvlsm.

Images and masks come from Simula (Kvasir-SEG) and from Kaggle (``bkai-igh-neopolyp``); prompts and split
(800/100/100 each) from ``data/{kvasir,bkai}_polyp/anns`` of medvlsm (Poudel et al., MIDL 2024).

Masks are JPEG: a Kvasir pixel is polyp where the value exceeds 127, a BKAI pixel where red (neoplastic) or
green (non-neoplastic) exceeds 127; both kinds are one class here. The largest of the channels, above 127,
says the same for both. In Kvasir-SEG the prompts that count two polyps or more were made from masks with
specks: their number and places are unreliable.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textguide.data.files import file_key, index_images
from textguide.data.phantom_mark import phantom_header
from textguide.data.schema import SECTIONS

PROMPTS = tuple(f"p{number}" for number in range(10))
_ANNOTATIONS = ("train.json", "val.json", "test.json")
_FLAT = (("images", "masks"),)
_KAGGLE = (("train/train", "train_gt/train_gt"), ("train", "train_gt"), *_FLAT)
_LICENSE = "Research and education; commercial use needs the owners' permission."


def kvasir_datalist(
    root: str | os.PathLike[str],
    prompt: str = "p6",
    seed: int = 0,
    annotations: str | os.PathLike[str] | None = None,
    allow_missing: bool = False,
) -> dict[str, Any]:
    """Make the datalist of Kvasir-SEG with medvlsm's prompts.

    Args:
        root: ``Kvasir-SEG`` (``images``, ``masks``), the folder above it, or medvlsm's own tree.
        prompt: ``p0`` (empty) to ``p6`` (number, size, colour, shape, place) are one sentence a case; ``p7``
            to ``p9`` are five paraphrases, of which a hash of seed and case takes one.
        seed: chooses the paraphrase.
        annotations: folder of train.json, val.json, test.json; ``anns`` in or beside the images' folder by
            default.
        allow_missing: keep the complete cases where images or masks are missing, and say so in the notes.

    Raises:
        FileNotFoundError: no known folders, no annotations, or incomplete cases.
        ValueError: an unknown prompt, or an annotation of another form.
    """
    homes = ("", "Kvasir-SEG", "kvasir_polyp", "data/kvasir_polyp")
    return _read("Kvasir-SEG", root, homes, _FLAT, prompt, seed, annotations, allow_missing)


def bkai_datalist(
    root: str | os.PathLike[str],
    prompt: str = "p6",
    seed: int = 0,
    annotations: str | os.PathLike[str] | None = None,
    allow_missing: bool = False,
) -> dict[str, Any]:
    """Make the datalist of BKAI-IGH NeoPolyp-Small with medvlsm's prompts.

    medvlsm's records name four images twice, three of them in two sections: such an image stays in the later
    section alone (testing before validation before training), so that nothing leaks into training. Prompts
    that say ``no polyp`` beside a non-empty box are kept and counted. Kaggle's own test images have no masks
    and no prompts and are not used.

    Args:
        root: the folder with ``train`` and ``train_gt`` (nested twice as Kaggle packs them, or flat), or
            medvlsm's own tree.
        prompt: as in :func:`kvasir_datalist`.
        seed: as in :func:`kvasir_datalist`.
        annotations: as in :func:`kvasir_datalist`.
        allow_missing: as in :func:`kvasir_datalist`.

    Raises:
        FileNotFoundError: no known folders, no annotations, or incomplete cases.
        ValueError: an unknown prompt, or an annotation of another form.
    """
    homes = ("", "bkai-igh-neopolyp", "bkai_polyp", "data/bkai_polyp")
    return _read("BKAI-IGH NeoPolyp", root, homes, _KAGGLE, prompt, seed, annotations, allow_missing)


def _read(
    name: str,
    root: str | os.PathLike[str],
    homes: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    prompt: str,
    seed: int,
    annotations: str | os.PathLike[str] | None,
    allow_missing: bool,
) -> dict[str, Any]:
    if prompt not in PROMPTS:
        raise ValueError(f"prompt is {prompt!r}; allowed: {', '.join(PROMPTS)}.")
    root = Path(os.path.abspath(root))
    home, image_folder, mask_folder = _find_folders(name, root, homes, pairs)
    places = (
        [Path(annotations)]
        if annotations
        else [place / "anns" for place in (home, root, *(root / h for h in homes))]
    )
    items, notes = _one_section_each(_read_annotations(name, places))
    images, image_copies = index_images(image_folder)
    masks, mask_copies = index_images(mask_folder)
    missing = {key for key in items if key not in images or key not in masks}
    notes += _notes(items, set(images), image_copies + mask_copies, prompt)
    if missing:
        line = f"{len(missing)} of {len(items)} cases lack an image or a mask (first: {_first(missing)})."
        if not allow_missing:
            raise FileNotFoundError(
                f"'{home}': {line} Complete the data set, or keep the complete cases with allow_missing=True."
            )
        notes.append(line)
    sections: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for key in sorted(set(items) - missing):
        section, item = items[key]
        sections[section].append(
            {
                "image": images[key].relative_to(root).as_posix(),
                "label": masks[key].relative_to(root).as_posix(),
                "text": _choose(item["prompts"][prompt], f"{seed}/{key}"),
                "case_id": key,
                "group_id": key,  # neither set names its patients
                "zones": None,
                "side_convention": "image",
                "text_source": f"prompt {prompt}",
            }
        )
    header = {"name": name, "modality": "endoscopy", "labels": {"1": "polyp"}, "license_note": _LICENSE}
    return {**header, **phantom_header(home, "polyp"), "notes": notes, **sections}


def _find_folders(
    name: str, root: Path, homes: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> tuple[Path, Path, Path]:
    for home in (root / place for place in homes):
        for images, masks in pairs:
            if (home / images).is_dir() and (home / masks).is_dir():
                return home, home / images, home / masks
    seen = sorted(path.name for path in root.iterdir())[:10] if root.is_dir() else "no such folder"
    wanted = ", ".join(f"'{images}' beside '{masks}'" for images, masks in pairs)
    raise FileNotFoundError(f"'{root}' holds no images of {name}: looked for {wanted}, found {seen}.")


def _read_annotations(name: str, places: Sequence[Path]) -> list[tuple[str, dict[str, Any]]]:
    """All annotated items as (section, item), in the order of the sections."""
    folder = next((place for place in places if (place / _ANNOTATIONS[0]).is_file()), None)
    if folder is None:
        raise FileNotFoundError(
            f"no prompts of {name}: '{places[0] / _ANNOTATIONS[0]}' is missing; put medvlsm's anns folder "
            "there, or name it with annotations=FOLDER."
        )
    items = []
    for section, filename in zip(SECTIONS, _ANNOTATIONS, strict=True):
        path = folder / filename
        if path.is_file():
            items += [(section, item) for item in _read_items(path)]
    return items


def _read_items(path: Path) -> list[dict[str, Any]]:
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
        for item in items:
            if not (item["img_name"] and all(item["prompts"][prompt] is not None for prompt in PROMPTS)):
                raise KeyError("img_name")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"'{path}' is not the known form ({error!r}); allowed: a list of objects with img_name, bbox and "
            f"prompts {PROMPTS[0]} to {PROMPTS[-1]}."
        ) from error
    return items


def _one_section_each(
    items: Sequence[tuple[str, dict[str, Any]]],
) -> tuple[dict[str, tuple[str, dict[str, Any]]], list[str]]:
    """Items by key, each in its last section, and a note about those that stood twice."""
    kept: dict[str, tuple[str, dict[str, Any]]] = {}
    twice: Counter[str] = Counter()
    for section, item in items:
        key = file_key(item["img_name"])
        earlier = kept.get(key)
        if earlier is None or earlier[0] != section:
            kept[key] = (section, item)
        if earlier is not None:
            twice[f"{earlier[0]}/{section}" if earlier[0] != section else f"within {section}"] += 1
    where = ", ".join(f"{place} {count}" for place, count in twice.items())
    return kept, [f"records that stood twice, kept once, in the later section: {where}."] if twice else []


def _notes(
    items: dict[str, tuple[str, dict[str, Any]]], images: set[str], copies: int, prompt: str
) -> list[str]:
    denied = [key for key, (_, item) in items.items() if _denies(item, prompt)]
    notes = [f"{copies} copies with equal bytes were left out."] if copies else []
    if denied:
        notes.append(
            f"{len(denied)} prompts say 'no polyp' beside a non-empty box (first: {_first(denied)})."
        )
    if images - set(items):
        notes.append(f"{len(images - set(items))} images have no prompt and are not used.")
    return notes


def _denies(item: dict[str, Any], prompt: str) -> bool:
    """Whether a prompt denies the polyp that the item's own box (x0, y0, x1, y1) holds."""
    text, box = item["prompts"][prompt], item.get("bbox") or (0, 0, 0, 0)
    texts = [text] if isinstance(text, str) else text
    return any(t.strip().casefold() == "no polyp" for t in texts) and box[2] > box[0] and box[3] > box[1]


def _choose(text: str | Sequence[str], case: str) -> str:
    if isinstance(text, str):
        return text
    return text[int.from_bytes(hashlib.sha256(case.encode()).digest()[:8], "big") % len(text)]


def _first(keys: set[str] | Sequence[str]) -> str:
    return ", ".join(sorted(keys)[:3])

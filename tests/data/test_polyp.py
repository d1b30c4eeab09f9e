from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.data.trees import write_pairs

from textguide.data import bkai_datalist, check_datalist, kvasir_datalist

SENTENCE = "one small pink round polyp, located in center of the image"
NAMES = {"train": ["ca", "cb", "cc"], "val": ["cd"], "test": ["ce"]}


def item(name: str, sentence: str = SENTENCE, suffix: str = ".jpg") -> dict[str, Any]:
    prompts: dict[str, Any] = {f"p{number}": f"prompt {number}" for number in range(1, 6)}
    prompts |= {"p0": "", "p6": sentence} | {f"p{n}": [f"p{n} text {k}" for k in range(5)] for n in (7, 8, 9)}
    file = name + suffix
    return {"bbox": [1, 1, 4, 4], "img_name": file, "mask_name": file, "prompts": prompts}


def write_annotations(folder: Path, items: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, content in items.items():
        (folder / f"{part}.json").write_text(json.dumps(content))


def write_set(home: Path, images: str, masks: str, suffix: str, anns: Path) -> None:
    names = [name for part in NAMES.values() for name in part]
    write_pairs(home / images, home / masks, names, prefix="", suffix=suffix)
    write_annotations(anns, {part: [item(n, suffix=suffix) for n in names] for part, names in NAMES.items()})


def kvasir_plain(root: Path) -> None:
    write_set(root, "images", "masks", ".jpg", root / "anns")


def kvasir_above(root: Path) -> None:
    write_set(root / "Kvasir-SEG", "images", "masks", ".jpg", root / "data" / "kvasir_polyp" / "anns")


def medvlsm_kvasir(root: Path) -> None:
    write_set(
        root / "data" / "kvasir_polyp", "images", "masks", ".jpg", root / "data" / "kvasir_polyp" / "anns"
    )


def bkai_nested(root: Path) -> None:
    write_set(root / "bkai-igh-neopolyp", "train/train", "train_gt/train_gt", ".jpeg", root / "anns")


def bkai_flat(root: Path) -> None:
    write_set(root, "train", "train_gt", ".jpeg", root / "anns")


def medvlsm_bkai(root: Path) -> None:
    write_set(root / "bkai_polyp", "images", "masks", ".jpeg", root / "bkai_polyp" / "anns")


@pytest.mark.parametrize(
    ("reader", "layout"),
    [
        (kvasir_datalist, kvasir_plain),
        (kvasir_datalist, kvasir_above),
        (kvasir_datalist, medvlsm_kvasir),
        (bkai_datalist, bkai_nested),
        (bkai_datalist, bkai_flat),
        (bkai_datalist, medvlsm_bkai),
    ],
)
def test_every_layout_gives_the_published_split_and_its_files_are_there(
    reader: Callable[..., dict[str, Any]], layout: Callable[[Path], None], tmp_path: Path
) -> None:
    layout(tmp_path)
    checked = check_datalist(reader(tmp_path), tmp_path)
    found = {
        section: [r["case_id"] for r in checked[section]] for section in ("training", "validation", "testing")
    }
    assert found == {"training": ["ca", "cb", "cc"], "validation": ["cd"], "testing": ["ce"]}
    assert checked["notes"] == []
    record = checked["training"][0]
    assert (record["text"], record["text_source"]) == (SENTENCE, "prompt p6")
    assert (record["zones"], record["side_convention"]) == (None, "image")


@pytest.mark.parametrize("prompt", ["p0", "p1", "p5"])
def test_a_plain_prompt_is_taken_as_it_stands(tmp_path: Path, prompt: str) -> None:
    kvasir_plain(tmp_path)
    text = kvasir_datalist(tmp_path, prompt=prompt)["training"][0]["text"]
    assert text == ("" if prompt == "p0" else f"prompt {prompt[1]}")


def test_of_five_paraphrases_the_seed_and_the_case_choose_one(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(40)]
    write_pairs(tmp_path / "images", tmp_path / "masks", names, prefix="", suffix=".jpg")
    write_annotations(tmp_path / "anns", {"train": [item(name) for name in names]})
    texts = [[r["text"] for r in kvasir_datalist(tmp_path, "p9", seed)["training"]] for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]
    assert set(texts[0]) == {f"p9 text {k}" for k in range(5)}


def test_an_unknown_prompt_names_the_known_ones(tmp_path: Path) -> None:
    kvasir_plain(tmp_path)
    with pytest.raises(ValueError, match="'p10'; allowed: p0, p1"):
        kvasir_datalist(tmp_path, prompt="p10")


def test_an_image_in_two_sections_stays_in_the_later_one_and_is_counted(tmp_path: Path) -> None:
    bkai_flat(tmp_path)
    parts = {"train": ["ca", "ca", "cb", "cc", "cd", "ce"], "val": ["cd"], "test": ["ce"]}
    write_annotations(
        tmp_path / "anns",
        {part: [item(name, f"{part} {name}", ".jpeg") for name in names] for part, names in parts.items()},
    )
    datalist = check_datalist(bkai_datalist(tmp_path), tmp_path)
    assert [r["case_id"] for r in datalist["training"]] == ["ca", "cb", "cc"]
    assert [r["text"] for r in datalist["validation"] + datalist["testing"]] == ["val cd", "test ce"]
    assert datalist["notes"] == [
        "records that stood twice, kept once, in the later section: within training 1, "
        "training/validation 1, training/testing 1."
    ]


def test_no_polyp_beside_a_box_is_kept_and_flagged(tmp_path: Path) -> None:
    bkai_flat(tmp_path)
    empty = {**item("cb", "no polyp", ".jpeg"), "bbox": [0, 0, 0, 0]}
    write_annotations(tmp_path / "anns", {"train": [item("ca", "no polyp", ".jpeg"), empty]})
    datalist = bkai_datalist(tmp_path)
    assert [r["text"] for r in datalist["training"]] == ["no polyp", "no polyp"]
    assert "1 prompts say 'no polyp' beside a non-empty box (first: ca)." in datalist["notes"]


def test_images_without_a_prompt_are_counted(tmp_path: Path) -> None:
    kvasir_plain(tmp_path)
    (tmp_path / "anns" / "test.json").unlink()
    assert kvasir_datalist(tmp_path)["notes"] == ["1 images have no prompt and are not used."]


def test_a_missing_mask_is_an_error_unless_allowed(tmp_path: Path) -> None:
    kvasir_plain(tmp_path)
    (tmp_path / "masks" / "cb.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 5 cases lack an image or a mask \(first: cb\)"):
        kvasir_datalist(tmp_path)
    datalist = kvasir_datalist(tmp_path, allow_missing=True)
    assert [r["case_id"] for r in datalist["training"]] == ["ca", "cc"]
    assert datalist["notes"] == ["1 of 5 cases lack an image or a mask (first: cb)."]


def test_annotations_may_lie_anywhere_when_named(tmp_path: Path) -> None:
    kvasir_plain(tmp_path)
    (tmp_path / "anns").rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match=r"anns/train\.json' is missing.*annotations=FOLDER"):
        kvasir_datalist(tmp_path)
    assert len(kvasir_datalist(tmp_path, annotations=tmp_path / "elsewhere")["training"]) == 3


@pytest.mark.parametrize("content", ["{", "[1]", '[{"img_name": "a.jpg", "prompts": {"p6": "x"}}]'])
def test_annotations_of_another_form_are_refused_by_name(tmp_path: Path, content: str) -> None:
    kvasir_plain(tmp_path)
    (tmp_path / "anns" / "val.json").write_text(content)
    with pytest.raises(ValueError, match=r"val\.json' is not the known form"):
        kvasir_datalist(tmp_path)


def test_a_folder_without_images_says_what_was_looked_for_and_found(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with pytest.raises(FileNotFoundError, match=r"'train/train' beside 'train_gt/train_gt'.*\['pictures'\]"):
        bkai_datalist(tmp_path)


def test_a_truncated_jpeg_is_named_by_the_check(tmp_path: Path) -> None:
    kvasir_plain(tmp_path)
    path = tmp_path / "images" / "cb.jpg"
    Image.effect_noise((96, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(ValueError, match=r"cb\.jpg"):
        check_datalist(kvasir_datalist(tmp_path), tmp_path)


@pytest.mark.data
def test_the_public_kvasir_images_give_the_published_split() -> None:
    root = Path(os.environ["TEXTGUIDE_DATA"]) / "Kvasir-SEG"
    datalist = check_datalist(kvasir_datalist(root), root)
    assert (len(datalist["training"]), len(datalist["validation"])) == (800, 100)
    assert len({item["text"] for item in datalist["training"]}) > 200

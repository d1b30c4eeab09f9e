from __future__ import annotations

import nibabel
import numpy as np
import pytest
import torch
from monai.data import DataLoader
from PIL import Image

from textguide.data import kvasir_datalist, load_datalist, qata_datalist, write_datalist
from textguide.engines import SeededDataset
from textguide.phantoms import write_chest_dataset, write_polyp_dataset
from textguide.text import load_tokenizer, mirror_report, parse_report
from textguide.transforms import evaluation_transforms, training_transforms

SIZE, LENGTH = (48, 40), 32
STILL = {"affine_prob": 0, "intensity_prob": 0, "drop_text_prob": 0}


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    root = write_chest_dataset(tmp_path_factory.mktemp("chest") / "data", 8, 2, 0, size=64)
    write_datalist(qata_datalist(root), root / "datalist.json")
    return load_datalist(root, "training")


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    root = write_polyp_dataset(tmp_path_factory.mktemp("polyp") / "data", 3, 1, 0, size=96)
    write_datalist(kvasir_datalist(root), root / "datalist.json")
    return load_datalist(root, "training")


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(value, other[key], equal_nan=True)
        if isinstance(value, np.ndarray | torch.Tensor)
        else value == other[key]
        for key, value in one.items()
    )


def check_item(item: dict, channels: int) -> None:
    assert item.keys() == {
        "image",
        "label",
        "input_ids",
        "attention_mask",
        "zones",
        "text",
        "case_id",
        "group_id",
    }
    for key, shape in {"image": (channels, *SIZE), "label": (1, *SIZE)}.items():
        assert isinstance(item[key], torch.Tensor)
        assert item[key].dtype == torch.float32
        assert item[key].shape == shape
    assert set(item["label"].unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(item["image"].mean(dim=(1, 2)), torch.zeros(channels), atol=1e-4, rtol=0)
    torch.testing.assert_close(item["image"].std(dim=(1, 2)), torch.ones(channels), atol=1e-2, rtol=0)
    assert item["input_ids"].shape == item["attention_mask"].shape == (LENGTH,)
    assert item["zones"].shape == (6,)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_evaluated_film_is_z_scored_and_its_mask_binary(films, tokenizer, channels):
    transform = evaluation_transforms(SIZE, channels, tokenizer, LENGTH)
    for record in films[:3]:
        item = transform(record)
        check_item(item, channels)
        assert item["text"] == record["text"]
        assert same(item, transform(record))


@pytest.mark.parametrize("build", [evaluation_transforms, training_transforms])
def test_one_number_is_a_square_and_anything_else_than_two_is_refused(films, tokenizer, build):
    assert build(24, 1, tokenizer, LENGTH)(films[0])["image"].shape == (1, 24, 24)
    for size in (0, 64.5, [64], [64, 64, 64], [64, -1], "64"):
        with pytest.raises(
            ValueError, match=r"spatial_size is .*; allowed: \[width, height\], or one number"
        ):
            build(size, 1, tokenizer, LENGTH)


def test_a_film_without_a_mask_can_be_evaluated(films, tokenizer):
    record = {key: value for key, value in films[0].items() if key != "label"}
    item = evaluation_transforms(SIZE, 1, tokenizer, LENGTH)(record)
    assert "label" not in item
    assert item["image"].shape == (1, *SIZE)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_frame_in_colour_with_a_jpeg_mask_gives_a_binary_mask_of_its_own_area(frames, tokenizer, channels):
    for record in frames:
        item = evaluation_transforms(SIZE, channels, tokenizer, LENGTH)(record)
        check_item(item, channels)
        native = evaluation_transforms((96, 96), 3, tokenizer, LENGTH)(record)["label"]
        assert native.mean() > 0
        assert item["label"].mean().item() == pytest.approx(native.mean().item(), abs=0.02)


def test_every_training_item_is_whole_whatever_is_drawn(films, tokenizer):
    transform = training_transforms(
        SIZE, 1, tokenizer, LENGTH, affine_prob=1, intensity_prob=1, zoom_prob=1, paraphrase_prob=0.5
    )
    transform.set_random_state(seed=0)
    for record in films:
        check_item(transform(record), 1)


def test_the_augmentation_does_not_depend_on_the_range_that_a_file_stores(films, tokenizer, tmp_path):
    grey = np.asarray(Image.open(films[0]["image"]))
    Image.fromarray(grey).save(tmp_path / "8_bit.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "16_bit.png")
    nibabel.save(nibabel.Nifti1Image((grey.T / 255).astype(np.float32), np.eye(4)), tmp_path / "unit.nii")
    plain = evaluation_transforms(SIZE, 1, tokenizer, LENGTH)(films[0])["image"]
    images = []
    for name in ("8_bit.png", "16_bit.png", "unit.nii"):
        transform = training_transforms(
            SIZE, 1, tokenizer, LENGTH, mirror_prob=0, affine_prob=0, intensity_prob=1
        )
        transform.set_random_state(seed=3)
        images.append(transform(films[0] | {"image": str(tmp_path / name)})["image"])
    for image in images[1:]:
        torch.testing.assert_close(image, images[0], atol=1e-3, rtol=0)
    noise = images[0] - images[0].roll(1, dims=1) - (plain - plain.roll(1, dims=1))
    assert noise.std() > 0.02, "neither gamma nor noise was drawn"


def test_left_in_the_sentence_is_the_first_half_of_the_array_mirrored_or_not(films, tokenizer):
    """Films whose sentence names one side: the mask lies there, in evaluation and after a mirror."""
    seen = set()
    for prob in (0, 1):
        transform = training_transforms(SIZE, 1, tokenizer, LENGTH, mirror_prob=prob, **STILL)
        for record in films:
            item = transform(record)
            left, right = (any(part) for part in np.split(item["zones"], 2))
            assert tuple(item["zones"]) == parse_report(item["text"]).zones
            if left != right:
                columns = item["label"].sum(dim=(0, 2))
                first, second = columns[: SIZE[0] // 2].sum(), columns[SIZE[0] // 2 :].sum()
                assert (first > second) == left
                seen.add((prob, left))
    assert seen == {(0, True), (0, False), (1, True), (1, False)}, "the films miss a case"


def test_a_mirror_alone_is_the_evaluated_film_turned(films, tokenizer):
    mirror = training_transforms(SIZE, 1, tokenizer, LENGTH, mirror_prob=1, **STILL)
    plain = evaluation_transforms(SIZE, 1, tokenizer, LENGTH)
    for record in films[:3]:
        turned, item = mirror(record), plain(record)
        torch.testing.assert_close(turned["image"], item["image"].flip(1))
        assert torch.equal(turned["label"], item["label"].flip(1))
        assert turned["text"] == mirror_report(item["text"])
        read = tokenizer.decode(turned["input_ids"], skip_special_tokens=True)
        assert read.replace(" ", "") == turned["text"].lower().replace(" ", "")


def test_image_and_mask_move_together(films, tokenizer):
    """A film that is its own mask stays its own mask under rotation, scaling, shift, zoom and mirror."""
    record, size = films[0] | {"image": films[0]["label"]}, (160, 128)
    transform = training_transforms(
        size, 1, tokenizer, LENGTH, affine_prob=1, zoom_prob=1, intensity_prob=0, drop_text_prob=0
    ).set_random_state(seed=0)
    plain = evaluation_transforms(size, 1, tokenizer, LENGTH)(record)
    for _ in range(5):
        item = transform(record)
        assert not torch.equal(item["label"], plain["label"])
        inside = item["image"] > (item["image"].min() + item["image"].max()) / 2
        common = 2 * (inside * item["label"]).sum() / (inside.sum() + item["label"].sum())
        assert common > 0.9


def test_an_item_depends_on_seed_epoch_and_index_alone_through_the_whole_pipeline(films, tokenizer):
    def dataset(seed: int = 5) -> SeededDataset:
        steps = training_transforms(SIZE, 1, tokenizer, LENGTH, paraphrase_prob=0.5, zoom_prob=0.5)
        data = SeededDataset(films[:3], steps, seed=seed)
        data.set_epoch(2)
        return data

    first = dataset()
    items = [first[index] for index in range(3)]
    again = dataset()
    assert all(same(again[index], items[index]) for index in (2, 0, 1))
    assert not any(same(dataset(seed=6)[index], items[index]) for index in range(3))
    first.set_epoch(3)
    assert not any(same(first[index], items[index]) for index in range(3))
    first.set_epoch(2)
    assert all(same(first[index], items[index]) for index in range(3))


def test_a_batch_of_films_with_and_without_known_zones_collates(films, tokenizer):
    unknown = films[0] | {"zones": np.full(6, np.nan, np.float32)}
    steps = training_transforms(SIZE, 1, tokenizer, LENGTH, mirror_prob=0.5)
    batch = next(iter(DataLoader(SeededDataset([unknown, *films[:5]], steps), batch_size=6)))
    assert batch["image"].shape == (6, 1, *SIZE)
    assert batch["zones"].shape == (6, 6)
    assert batch["zones"].dtype == torch.float32
    assert batch["zones"].isnan().any(dim=1).tolist() == [True] + [False] * 5
    assert batch["input_ids"].shape == (6, LENGTH)


def test_holes_of_up_to_a_seventh_go_through_the_image_and_leave_the_mask(films, tokenizer):
    still = {"mirror_prob": 0, "affine_prob": 0, "intensity_prob": 0, "drop_text_prob": 0}
    whole = training_transforms(56, 1, tokenizer, LENGTH, **still)(films[0])
    holed = training_transforms(56, 1, tokenizer, LENGTH, hole_prob=1, **still)
    holed.set_random_state(0)
    shares = []
    for _ in range(20):
        item = holed(films[0])
        assert torch.equal(item["label"], whole["label"])
        gone = (item["image"] - item["image"].mode().values.mode().values).abs() < 1e-6
        shares.append(gone.float().mean().item())
    assert min(shares) > 0
    assert max(shares) < 4 / 49 + 0.05
    assert len(set(shares)) > 5

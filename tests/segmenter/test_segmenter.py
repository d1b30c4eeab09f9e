from __future__ import annotations

import json
import logging
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from monai.transforms import LoadImaged
from PIL import Image
from tests.toy_bundle import METADATA, halves, make_toy_bundle

from textguide import Segmenter
from textguide.data.image import FilmReader
from textguide.segmenter import Case, Segmentation
from textguide.writers import undo_mirroring

LEFT, RIGHT = "one infected area, lower left lung.", "one infected area, lower right lung."
INJECTIONS = [
    "$__import__('os').mkdir('hacked')", "@network_def", "%configs/inference.json", "3", "None", "left #2",
    "-x", "--bundle=x",
    "'\"`;&|", "a\0b", "\ud83d", "\u202eleft", "💉 влево 左", "x" * 10_000, "left " * 2_000,
]  # fmt: skip


def test_the_mask_follows_the_sentence_in_the_size_of_the_image(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    left, right = segmenter(film, LEFT), segmenter(film, RIGHT)
    assert left.mask.shape == right.mask.shape == left.probability.shape == film.shape
    assert left.mask.dtype == np.uint8
    assert halves(left.mask) == (1.0, 0.0)
    assert halves(right.mask) == (0.0, 1.0)


def test_a_patients_left_is_the_right_half_of_the_picture_and_both_are_echoed(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    result = segmenter(film, LEFT, side="patient")
    assert halves(result.mask) == (0.0, 1.0)
    assert result.text == LEFT
    assert result.understood.read == RIGHT
    assert result.understood.zones == ("lower left",)
    assert "left = the patient's left = image right" in result.understood.line
    assert "left = image left = the patient's right" in segmenter(film, LEFT).understood.line
    assert any("standard display is assumed" in warning for warning in result.warnings)
    assert halves(segmenter(film, LEFT, side="image").mask) == (1.0, 0.0)


def test_a_bundle_of_the_patients_side_reads_an_image_sided_sentence_mirrored(tmp_path: Path) -> None:
    path = make_toy_bundle(tmp_path / "toy", metadata=METADATA | {"side_convention": "patient"})
    result = Segmenter(path)(np.zeros((8, 8)), LEFT, side="image")
    assert result.understood.read == RIGHT
    assert result.understood.half == "left"


def test_a_sentence_whose_sides_cannot_be_converted_is_left_out(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    result = segmenter(film, "Infiltrat im linken Unterlappen", side="patient")
    assert result.understood.read == ""
    assert np.array_equal(result.mask, segmenter(film).mask)
    assert any("left out" in warning for warning in result.warnings)
    assert "left out" in result.understood.line


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_no_sentence_is_a_supported_input(segmenter: Segmenter, film: np.ndarray, text: str | None) -> None:
    result = segmenter(film, text)
    assert halves(result.mask) == (0.0, 0.75)
    assert result.warnings == ()
    assert result.understood.line.startswith("no sentence")


def test_a_sentence_against_the_text_free_mask_is_warned_about(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    (warning,) = segmenter(film, LEFT).warnings
    assert "names the left half of the picture alone; without it 100% of the mask" in warning
    assert segmenter(film, RIGHT).warnings == ()
    assert segmenter(film[::-1].copy(), LEFT).warnings == ()


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_a_prompt_is_only_text(
    segmenter: Segmenter, film: np.ndarray, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = segmenter(film, text)
    assert result.text == text
    assert result.mask.shape == film.shape
    assert list(tmp_path.iterdir()) == []
    json.dumps(result.record())


def test_warnings_and_logs_hold_no_word_of_the_prompt(
    segmenter: Segmenter, film: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = segmenter(film, "Frau Musterfrau left zzyzx " * 30)
    assert any("cut to 12" in warning for warning in result.warnings)
    assert any("in no vocabulary" in warning for warning in result.warnings)
    assert "zzyzx" in result.understood.unknown_words
    assert not any(word in " ".join(result.warnings) + caplog.text for word in ("zzyzx", "Muster", "muster"))


def test_a_volume_is_segmented_slice_by_slice(segmenter: Segmenter, film: np.ndarray) -> None:
    volume = np.stack([film, film[::-1], film], axis=-1)[None]
    result = segmenter(volume)
    assert result.mask.shape == (40, 30, 3)
    for index in range(3):
        assert np.array_equal(result.mask[..., index], segmenter(volume[..., index]).mask)


def test_arrays_pictures_tensors_and_files_give_the_same_mask(
    segmenter: Segmenter, film: np.ndarray, tmp_path: Path
) -> None:
    wanted = segmenter(film).mask
    picture = Image.fromarray(film.T.astype(np.uint8))
    picture.save(tmp_path / "film.png")
    nibabel.save(nibabel.Nifti1Image(film, np.diag([-1.0, -1.0, 1.0, 1.0])), tmp_path / "film.nii.gz")
    for image in (
        film[None], torch.as_tensor(film), MetaTensor(torch.as_tensor(film)[None]), picture,
        picture.convert("RGB"),
        tmp_path / "film.png", str(tmp_path / "film.nii.gz"),
    ):  # fmt: skip
        assert np.array_equal(segmenter(image).mask, wanted)


def test_a_tensor_from_the_reader_still_knows_its_file(
    segmenter: Segmenter, film: np.ndarray, tmp_path: Path
) -> None:
    affine = np.eye(4)
    affine[:3, 3] = 5, 6, 7
    nibabel.save(nibabel.Nifti1Image(film, affine), tmp_path / "ras.nii")
    loaded = LoadImaged(keys="image", reader=FilmReader())({"image": str(tmp_path / "ras.nii")})["image"]
    for image in (loaded, tmp_path / "ras.nii"):
        result = segmenter(image)
        assert halves(result.mask) == (0.75, 0.0)
        assert result.meta["mirrored_axes"] == "xy"
        assert np.allclose(result.meta["original_affine"][:3, 3], [5, 6, 7])
        assert halves(undo_mirroring(result.mask, result.meta)) == (0.0, 0.75)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (17, 31)])
def test_odd_sizes_come_back_in_their_own_size(segmenter: Segmenter, size: tuple[int, int]) -> None:
    assert segmenter(np.ones(size), LEFT).mask.shape == size


def test_every_batch_size_gives_the_same_result(segmenter: Segmenter, film: np.ndarray) -> None:
    cases = [
        Case(film, LEFT),
        Case(film),
        Case(film[None, :, :, None].repeat(3, 3), RIGHT),
        Case(film[:20], LEFT, "patient"),
    ]
    alone = [segmenter(case.image, case.text, case.side) for case in cases]
    for batch_size in (1, 2, 3, 8):
        together = list(segmenter.segment_many(cases, batch_size))
        for one, other in zip(alone, together, strict=True):
            assert isinstance(other, Segmentation)
            assert np.array_equal(one.mask, other.mask)
            assert np.allclose(one.probability, other.probability, atol=1e-5)
            assert one.warnings == other.warnings


def test_a_failing_case_is_its_own_result_and_stops_nothing(
    segmenter: Segmenter, film: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"broken")
    cases = [
        Case(film),
        Case(tmp_path / "broken.png"),
        Case(tmp_path / "none.png"),
        Case(film, side="up"),
        Case(film, 3),
        Case(film),
    ]
    results = list(segmenter.segment_many(cases))
    kinds = [type(result) for result in results]
    assert kinds == [Segmentation, ValueError, FileNotFoundError, ValueError, TypeError, Segmentation]
    assert "allowed: bundle, image, patient" in str(results[3])


def test_a_failure_inside_the_network_hits_one_case_only(bundle: Path, film: np.ndarray) -> None:
    segmenter = Segmenter(bundle)
    infer = segmenter.bundle.inferer

    class Refusing(type(infer)):
        def __call__(
            self, inputs: torch.Tensor, network: torch.nn.Module, **kwargs: torch.Tensor
        ) -> torch.Tensor:
            if (inputs.amax(dim=(1, 2, 3)) < 0.5).any():
                raise RuntimeError("no contrast")
            return super().__call__(inputs, network, **kwargs)

    object.__setattr__(segmenter.bundle, "inferer", Refusing())
    results = list(segmenter.segment_many([Case(film), Case(film * 0), Case(film)]))
    assert [type(result) for result in results] == [Segmentation, RuntimeError, Segmentation]


def test_wrong_images_are_refused_with_what_is_allowed(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match=r"\(5, 6, 3\).*rows, columns, colour"):
        segmenter(np.zeros((5, 6, 3)))
    with pytest.raises(ValueError, match="numbers are allowed"):
        segmenter(np.array([["a"]]))
    with pytest.raises(TypeError, match="image is int"):
        segmenter(3)
    with pytest.raises(ValueError, match="batch_size is 0"):
        next(segmenter.segment_many([], 0))


def test_the_same_network_without_text_steps_gets_no_tokens(tmp_path: Path, film: np.ndarray) -> None:
    path = make_toy_bundle(tmp_path / "toy")
    config = json.loads((path / "configs" / "inference.json").read_text())
    config["preprocessing"]["transforms"].pop()
    (path / "configs" / "inference.json").write_text(json.dumps(config))
    assert halves(Segmenter(path)(film, LEFT).mask) == (0.0, 0.75)


def test_broken_weights_are_an_error_of_every_case_and_make_no_mask(bundle: Path, film: np.ndarray) -> None:
    segmenter = Segmenter(bundle)
    with torch.no_grad():
        segmenter.bundle.network.brightness.fill_(torch.nan)
    results = list(segmenter.segment_many([Case(film), Case(film, LEFT)]))
    assert [type(result) for result in results] == [ValueError, ValueError]
    assert "not finite" in str(results[0])


def test_absurd_values_are_an_error_of_one_case(segmenter: Segmenter, film: np.ndarray) -> None:
    broken = film.copy()
    broken[3, 4] = 3e38
    results = list(segmenter.segment_many([Case(film), Case(broken), Case(film * np.nan), Case(film)]))
    assert [type(result) for result in results] == [Segmentation, ValueError, ValueError, Segmentation]


def test_a_mask_that_does_not_follow_the_sentence_is_warned_of(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    result = segmenter(film, "no infection")
    assert result.mask.any()
    assert any("no zone is affected" in warning for warning in result.warnings)

from __future__ import annotations

import json
import logging
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from monai.data import MetaTensor
from PIL import Image
from tests.toy_bundle import METADATA, make_toy_bundle

from textguide import Segmenter
from textguide.segmenter import (
    Case,
    Segmentation,
    find_bundle,
    judge,
    list_bundles,
    read_bundle,
    understand,
    verbatim,
)
from textguide.segmenter.segmentation import calibrate, expected_dice, share_in_half

LEFT, RIGHT = "one infected area, lower left lung.", "one infected area, lower right lung."
INJECTIONS = [
    "$__import__('os').mkdir('hacked')", "@network_def", "%configs/inference.json", "3", "None", "left #2",
    "-x", "--bundle=x",
    "'\"`;&|", "a\0b", "\ud83d", "\u202eleft", "💉 влево 左", "x" * 10_000, "left " * 2_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toy_bundle(tmp_path_factory.mktemp("bundles #1 $x @y") / "toy_segmentation")


@pytest.fixture(scope="module")
def segmenter(bundle: Path) -> Segmenter:
    return Segmenter(bundle, device="cpu")


@pytest.fixture
def film() -> np.ndarray:
    """40 columns, 30 rows; the last 15 columns are bright."""
    film = np.zeros((40, 30), np.float32)
    film[25:] = 255
    return film


def halves(result: Segmentation) -> tuple[float, float]:
    return float(result.mask[:20].mean()), float(result.mask[20:].mean())


def test_the_mask_follows_the_sentence_in_the_size_of_the_image(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    left, right = segmenter(film, LEFT), segmenter(film, RIGHT)
    assert left.mask.shape == right.mask.shape == left.probability.shape == film.shape
    assert left.mask.dtype == np.uint8
    assert halves(left) == (1.0, 0.0)
    assert halves(right) == (0.0, 1.0)


def test_a_patients_left_is_the_right_half_of_the_picture_and_both_are_echoed(
    segmenter: Segmenter, film: np.ndarray
) -> None:
    result = segmenter(film, LEFT, side="patient")
    assert halves(result) == (0.0, 1.0)
    assert result.text == LEFT
    assert result.understood.read == RIGHT
    assert result.understood.zones == ("lower left",)
    assert "left = the patient's left = image right" in result.understood.line
    assert "left = image left = the patient's right" in segmenter(film, LEFT).understood.line
    assert any("standard display is assumed" in warning for warning in result.warnings)
    assert halves(segmenter(film, LEFT, side="image")) == (1.0, 0.0)


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
    assert halves(result) == (0.0, 0.75)
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
    alone = [segmenter(*case) for case in cases]
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
    assert halves(Segmenter(path)(film, LEFT)) == (0.0, 0.75)


def test_bundles_are_found_by_folder_by_variable_and_refused_with_the_known_names(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert find_bundle(bundle) == bundle
    with pytest.raises(FileNotFoundError, match="no bundle 'toy_segmentation'; known are"):
        find_bundle("toy_segmentation")
    monkeypatch.setenv("TEXTGUIDE_BUNDLES", str(bundle.parent))
    assert find_bundle("toy_segmentation") == bundle
    assert "toy_segmentation" in list_bundles()
    with pytest.raises(FileNotFoundError, match="is no bundle"):
        find_bundle(tmp_path)


def test_a_path_full_of_signs_reaches_the_configuration_verbatim(bundle: Path) -> None:
    assert read_bundle(bundle).get_parsed_content("bundle_root") == str(bundle)
    assert (
        "'"
        not in verbatim("'); evil('")[len("$bytes.fromhex('") : -len("').decode('utf-8', 'surrogateescape')")]
    )


def test_other_weights_can_be_given_and_must_fit(bundle: Path, tmp_path: Path, film: np.ndarray) -> None:
    state = torch.load(bundle / "models" / "model.pt", weights_only=True)
    torch.save({**state, "lean": -state["lean"]}, tmp_path / "mirrored.pt")
    other = Segmenter(bundle, weights=tmp_path / "mirrored.pt")
    assert halves(other(film, LEFT)) == (0.0, 1.0)
    assert other.bundle.weights_sha256 != Segmenter(bundle).bundle.weights_sha256
    torch.save({"lean": state["lean"]}, tmp_path / "short.pt")
    with pytest.raises(ValueError, match="1 are missing"):
        Segmenter(bundle, weights=tmp_path / "short.pt")


def test_a_configuration_without_a_network_is_named(tmp_path: Path) -> None:
    path = make_toy_bundle(tmp_path / "toy")
    (path / "configs" / "inference.json").write_text('{"inferer": {"_target_": "SimpleInferer"}}')
    with pytest.raises(ValueError, match="lacks network_def, preprocessing"):
        Segmenter(path)
    (path / "configs" / "inference.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        Segmenter(path)


def test_threshold_and_temperature_come_from_the_bundle(tmp_path: Path, film: np.ndarray) -> None:
    plain = Segmenter(make_toy_bundle(tmp_path / "a"))(film)
    cool = Segmenter(make_toy_bundle(tmp_path / "b", temperature=4.0))(film)
    strict = Segmenter(make_toy_bundle(tmp_path / "c", threshold=0.9999))(film)
    assert np.array_equal(plain.mask, cool.mask)
    assert cool.confidence < plain.confidence
    assert strict.mask.sum() < plain.mask.sum()


def test_confidence_is_the_dice_that_the_probabilities_promise() -> None:
    mask = np.array([[1, 0], [1, 0]], np.uint8)
    assert expected_dice(mask.astype(np.float32), mask) == 1.0
    assert expected_dice(np.full((2, 2), 0.5, np.float32), mask) == pytest.approx(2 * 1.0 / 4.0)
    assert expected_dice(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.uint8)) == 1.0


def test_temperature_divides_the_logits_and_keeps_one_half() -> None:
    probability = np.array([[0.0, 0.2, 0.5, 0.9, 1.0]], np.float32)
    logits = torch.logit(torch.as_tensor(probability[:, 1:4]))
    assert np.allclose(calibrate(probability, 2.0)[:, 1:4], torch.sigmoid(logits / 2).numpy(), atol=1e-6)
    assert np.isfinite(calibrate(probability, 5.0)).all()


def test_the_middle_column_lies_in_no_half() -> None:
    mask = np.zeros((3, 2), bool)
    mask[:, 0] = True
    assert share_in_half(mask, "left") == share_in_half(mask, "right") == pytest.approx(1 / 3)
    assert share_in_half(np.zeros((3, 2), bool), "left") == 0.0


def test_an_empty_mask_is_said() -> None:
    zero = np.zeros((4, 4), np.float32)
    result = judge(zero, understand(None), zero[None], {}, {})
    assert result.warnings == ("the mask is empty",)
    assert result.doubt == 0.0


def test_what_contradicts_itself_is_said_and_negatives_are_understood() -> None:
    understood = understand("Bilateral pulmonary infection, one infected area, lower left lung.")
    assert any("contradicts itself" in warning for warning in understood.warnings)
    negative = understand("No pulmonary infection.")
    assert negative.zones == ()
    assert "no zone is affected" in negative.line
    assert understand(LEFT, bundle_side=None).line == "read as free text"

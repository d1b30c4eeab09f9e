from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from textguide.data.files import check_image, image_stem
from textguide.data.image import read_image

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20  # (H, W): 4 columns, 3 rows


def save_dicom(path: Path, stored: np.ndarray, **tags: object) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = stored.astype(np.uint16).tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    pydicom.dcmwrite(path, dataset)
    return path


def save_nifti(path: Path, array: np.ndarray, affine: np.ndarray) -> Path:
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return path


def test_a_nifti_volume_keeps_its_axes_and_its_affine(tmp_path: Path) -> None:
    volume = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    affine = np.diag([-0.5, -0.7, 5.0, 1.0])
    affine[:3, 3] = 10, 20, 30
    array, meta = read_image(save_nifti(tmp_path / "ct.nii.gz", volume, affine))
    assert np.array_equal(array[0], volume)
    assert np.allclose(meta["affine"], affine)
    assert meta["orientation"] == "known"
    assert meta["mirrored_axes"] == ""


def test_a_ras_nifti_is_flipped_to_display_order_and_stays_where_it_is_in_space(tmp_path: Path) -> None:
    volume = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    affine = np.diag([0.5, 0.7, 5.0, 1.0])
    affine[:3, 3] = -10, -20, 30
    array, meta = read_image(save_nifti(tmp_path / "ras.nii", volume, affine))
    assert meta["mirrored_axes"] == "xy"
    assert np.array_equal(array[0], volume[::-1, ::-1])
    assert np.allclose(meta["original_affine"], affine)
    assert np.allclose(meta["affine"] @ [0, 0, 1, 1], affine @ [3, 2, 1, 1])
    assert "mirrored" in meta["warnings"]


def test_a_nifti_with_spacing_alone_is_taken_as_displayed(tmp_path: Path) -> None:
    array, meta = read_image(save_nifti(tmp_path / "film.nii", GREY.T, np.diag([0.2, 0.2, 1, 1])))
    assert np.array_equal(array[0], GREY.T)
    assert meta["orientation"] == "assumed"


def test_nan_and_infinity_are_replaced_and_counted(tmp_path: Path) -> None:
    values = GREY.T.astype(np.float32) + 7
    values[0, 0], values[1, 1], values[2, 2] = np.nan, np.inf, -np.inf
    array, meta = read_image(save_nifti(tmp_path / "holes.nii", values, np.eye(4)))
    assert array[0, 0, 0] == array[0, 1, 1] == array[0, 2, 2] == np.nanmin(values[np.isfinite(values)])
    assert meta["warnings"].startswith("3 values")
    with pytest.raises(ValueError, match="no finite value"):
        read_image(save_nifti(tmp_path / "nan.nii", np.full((2, 2), np.nan, np.float32), np.eye(4)))


def test_a_nifti_of_four_dimensions_and_a_broken_one_are_refused(tmp_path: Path) -> None:
    series = save_nifti(tmp_path / "series.nii", np.zeros((4, 3, 2, 5), np.int16), np.eye(4))
    with pytest.raises(ValueError, match=r"\(4, 3, 2, 5\); a slice \(W, H\) or a volume"):
        read_image(series)
    series.write_bytes(series.read_bytes()[:360])
    with pytest.raises(ValueError, match="series.nii"):
        read_image(series)
    four = save_nifti(tmp_path / "four.nii", np.zeros((4, 3, 2, 1), np.int16), np.eye(4))
    assert read_image(four)[0].shape == (1, 4, 3, 2)


def test_dicom_monochrome1_is_inverted_and_windowed(tmp_path: Path) -> None:
    stored = np.linspace(0, 4000, 12).reshape(3, 4).astype(np.uint16)
    bright, meta = read_image(save_dicom(tmp_path / "two.dcm", stored))
    dark, _ = read_image(save_dicom(tmp_path / "one.dcm", stored, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(bright[0], stored.T)
    assert np.array_equal(dark[0], 4000 - stored.T)
    assert meta["kind"] == "DICOM"
    window = {"WindowCenter": 1000, "WindowWidth": 100}
    windowed, _ = read_image(save_dicom(tmp_path / "window.dcm", stored, **window))
    assert len(np.unique(windowed)) < 5
    assert windowed[0, 3, 2] == 4095


def test_dicom_orientation_decides_about_mirroring(tmp_path: Path) -> None:
    stored = np.arange(12, dtype=np.uint16).reshape(3, 4)
    standard = read_image(save_dicom(tmp_path / "l.dcm", stored, PatientOrientation=["L", "F"]))
    mirrored = read_image(save_dicom(tmp_path / "r.dcm", stored, PatientOrientation=["R", "F"]))
    axial = read_image(save_dicom(tmp_path / "a.dcm", stored, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0]))
    silent = read_image(save_dicom(tmp_path / "s.dcm", stored))
    assert standard[1]["orientation"] == "known"
    assert silent[1]["orientation"] == "assumed"
    assert np.array_equal(standard[0][0], stored.T)
    assert np.array_equal(mirrored[0][0], stored.T[::-1])
    assert np.array_equal(axial[0][0], stored.T[::-1, ::-1])


def test_dicom_without_pixels_with_frames_or_broken_is_refused(tmp_path: Path) -> None:
    path = save_dicom(tmp_path / "x.dcm", GREY, NumberOfFrames=3)
    with pytest.raises(ValueError, match="3 frames; one frame is read"):
        read_image(path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="x.dcm"):
        read_image(path)
    path.write_bytes(b"no dicom" * 50)
    with pytest.raises(ValueError, match="cannot be read as a DICOM file"):
        read_image(path)


def test_dicom_needs_no_ending(tmp_path: Path) -> None:
    path = save_dicom(tmp_path / "IM0001", GREY)
    assert read_image(path)[1]["kind"] == "DICOM"


def test_pydicoms_own_colour_and_compressed_files_are_read() -> None:
    from pydicom.data import get_testdata_file

    shapes = {
        "CT_small.dcm": (1, 128, 128),
        "examples_palette.dcm": (3, 800, 350),
        "SC_rgb_rle.dcm": (3, 100, 100),
    }
    for name, shape in shapes.items():
        array, _ = read_image(str(get_testdata_file(name, download=False)))
        assert array.shape == shape


@pytest.mark.parametrize(
    "tags",
    [
        {"ViewPosition": "LL"},
        {"ViewPosition": "LATERAL", "PatientOrientation": ["L", "F"]},
        {"PatientOrientation": ["A", "F"]},
        {"PatientOrientation": ["F", "R"]},
        {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
        {"ImageOrientationPatient": [0.7, 0.714, 0, -0.714, 0.7, 0]},
    ],
)
def test_a_lateral_or_turned_dicom_is_not_of_known_orientation_and_says_so(
    tmp_path: Path, tags: dict[str, object]
) -> None:
    stored = np.arange(12, dtype=np.uint16).reshape(3, 4)
    array, meta = read_image(save_dicom(tmp_path / "side.dcm", stored, **tags))
    assert meta["orientation"] == "assumed"
    assert "halves are not the patient's sides" in meta["warnings"]
    assert np.array_equal(array[0], stored.T)


@pytest.mark.parametrize("meaning", ["left lateral", "postero-anterior", "lateral decubitus"])
def test_the_code_of_a_view_counts_too(tmp_path: Path, meaning: str) -> None:
    code = pydicom.Dataset()
    code.CodeMeaning = meaning
    tags = {"PatientOrientation": ["L", "F"], "ViewCodeSequence": [code]}
    _, meta = read_image(save_dicom(tmp_path / "view.dcm", GREY, **tags))
    assert meta["orientation"] == ("assumed" if meaning == "left lateral" else "known")


def test_a_slice_among_films_is_named_and_a_dose_is_no_picture(tmp_path: Path) -> None:
    _, film = read_image(save_dicom(tmp_path / "film.dcm", GREY, Modality="DX"))
    _, piece = read_image(save_dicom(tmp_path / "slice.dcm", GREY, Modality="CT"))
    assert (film["modality"], film["warnings"]) == ("DX", "")
    assert piece["modality"] == "CT"
    assert "DICOM modality CT" in piece["warnings"]
    with pytest.raises(ValueError, match="dose.dcm' is a DICOM file of the modality RTDOSE, which is no"):
        read_image(save_dicom(tmp_path / "dose.dcm", GREY, Modality="RTDOSE"))


@pytest.mark.parametrize("angle", [20, 45, 90])
def test_a_nifti_that_is_turned_in_its_plane_is_of_known_orientation_up_to_a_tilt(
    tmp_path: Path, angle: int
) -> None:
    turn, (cosine, sine) = np.eye(4), (np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle)))
    turn[:2, :2] = [[-cosine, sine], [-sine, -cosine]]
    _, meta = read_image(save_nifti(tmp_path / "turned.nii", GREY.T, turn))
    assert meta["orientation"] == ("known" if angle == 20 else "assumed")
    assert ("halves are not the patient's sides" in meta["warnings"]) == (angle != 20)


def test_a_nifti_whose_codes_are_unknown_says_nothing_of_the_patient(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(GREY.T, np.diag([-1.0, -1.0, 1.0, 1.0]))
    image.set_sform(None, code=0)
    image.set_qform(None, code=0)
    nibabel.save(image, tmp_path / "unknown.nii")
    array, meta = read_image(tmp_path / "unknown.nii")
    assert (meta["orientation"], meta["mirrored_axes"]) == ("assumed", "")
    assert np.array_equal(array[0], GREY.T)


@pytest.mark.parametrize("shape", [(4000, 4000, 2000), (9000, 9000, 8), (20000, 20000), (3, 0)])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_nifti_that_is_too_large_is_refused_by_its_header_before_it_is_read(
    tmp_path: Path, shape: tuple[int, ...], ending: str
) -> None:
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape(shape)
    path = tmp_path / f"huge{ending}"
    with gzip.open(path, "wb") if ending == ".nii.gz" else path.open("wb") as file:
        file.write(header.binaryblock + bytes(100))
    with pytest.raises(ValueError, match=r"huge\.nii.* (pixels; up to 100000000 are decoded|has no pixels)"):
        read_image(path)


def test_every_type_of_number_of_a_nifti_becomes_float32_and_complex_ones_are_refused(tmp_path: Path) -> None:
    for kind in ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"):
        image = nibabel.Nifti1Image((GREY.T // 2).astype(kind), np.eye(4), dtype=kind)
        nibabel.save(image, tmp_path / "numbers.nii.gz")
        array, meta = read_image(tmp_path / "numbers.nii.gz")
        assert (array.dtype, meta["warnings"]) == (np.float32, ""), kind
        assert np.array_equal(array[0], GREY.T // 2), kind
    scaled = nibabel.Nifti1Image(GREY.T / 2 - 3, np.eye(4), dtype=np.int16)
    nibabel.save(scaled, tmp_path / "scaled.nii")
    assert np.allclose(read_image(tmp_path / "scaled.nii")[0][0], GREY.T / 2 - 3, atol=0.01)
    nibabel.save(nibabel.Nifti1Image(GREY.T.astype(np.complex64), np.eye(4)), tmp_path / "complex.nii")
    with pytest.raises(ValueError, match="complex.nii' holds complex numbers"):
        read_image(tmp_path / "complex.nii")


def test_a_colour_nifti_has_three_channels(tmp_path: Path) -> None:
    colours = np.zeros((4, 3, 1), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["G"] = 7
    array, _ = read_image(save_nifti(tmp_path / "colour.nii", colours, np.eye(4)))
    assert array.shape[0] == 3
    assert [float(array[channel].max()) for channel in range(3)] == [0, 7, 0]


def test_values_that_mark_a_hole_are_replaced_whatever_their_size(tmp_path: Path) -> None:
    values = GREY.T.astype(np.float64) + 7
    values[0, 0], values[1, 1], values[2, 2] = 1e38, -1e300, 1e20
    array, meta = read_image(save_nifti(tmp_path / "holes.nii", values, np.eye(4)))
    assert array.max() == values[3, 2]
    assert array[0, 0, 0] == array[0, 1, 1] == array[0, 2, 2] == values[1, 0]
    assert meta["warnings"].startswith("3 values that are NaN, infinite or beyond 1e+18")


@pytest.mark.parametrize("name", ["1.2.840.99.5", "IM.001", "film.10", "7"])
def test_names_that_end_in_digits_are_read_by_their_content(tmp_path: Path, name: str) -> None:
    assert read_image(save_dicom(tmp_path / name, GREY))[1]["kind"] == "DICOM"
    assert image_stem(f"folder/{name}") == name
    Image.fromarray(GREY).save(tmp_path / name, format="PNG")
    assert read_image(tmp_path / name)[1]["kind"] == "PNG"
    assert check_image(tmp_path / name) is None

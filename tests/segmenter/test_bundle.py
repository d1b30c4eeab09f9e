from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.toy_bundle import halves, make_toy_bundle

from textguide import Segmenter
from textguide.segmenter import find_bundle, list_bundles, read_bundle, verbatim

LEFT = "one infected area, lower left lung."


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
    assert halves(other(film, LEFT).mask) == (0.0, 1.0)
    assert other.bundle.weights_sha256 != Segmenter(bundle).bundle.weights_sha256
    torch.save({"lean": state["lean"]}, tmp_path / "short.pt")
    with pytest.raises(ValueError, match="1 are missing"):
        Segmenter(bundle, weights=tmp_path / "short.pt")


def test_a_configuration_without_a_network_is_named(tmp_path: Path) -> None:
    path = make_toy_bundle(tmp_path / "toy")
    (path / "configs" / "inference.json").write_text('{"inferer": {"_target_": "SimpleInferer"}}')
    with pytest.raises(ValueError, match="lacks network_def, preprocessing"):
        Segmenter(path)


@pytest.mark.parametrize("name", ["inference.json", "metadata.json"])
def test_a_broken_file_of_a_bundle_is_named(tmp_path: Path, name: str) -> None:
    path = make_toy_bundle(tmp_path / "toy")
    file = path / "configs" / name
    for content, reason in (("{", "is not JSON: Expecting"), ("[]", "holds list"), (b"\xff", "is not JSON")):
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ValueError, match=f"{name}' {reason}"):
            Segmenter(path)
    file.unlink()
    with pytest.raises(FileNotFoundError, match=name if name == "metadata.json" else "is no bundle"):
        Segmenter(path)


def test_threshold_and_temperature_come_from_the_bundle(tmp_path: Path, film: np.ndarray) -> None:
    plain = Segmenter(make_toy_bundle(tmp_path / "a"))(film)
    cool = Segmenter(make_toy_bundle(tmp_path / "b", temperature=4.0))(film)
    strict = Segmenter(make_toy_bundle(tmp_path / "c", threshold=0.9999))(film)
    assert np.array_equal(plain.mask, cool.mask)
    assert cool.confidence < plain.confidence
    assert strict.mask.sum() < plain.mask.sum()

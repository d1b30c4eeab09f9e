from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from textguide.weights import load_weights, read_weights, weights_sha256


def make_network(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


def save(state: object, path: Path) -> Path:
    torch.save(state, path)
    return path


def test_float16_weights_fill_a_float32_network(tmp_path: Path) -> None:
    source, target = make_network(), make_network()
    half = {
        name: value.half() if value.is_floating_point() else value
        for name, value in source.state_dict().items()
    }
    load_weights(target, save(half, tmp_path / "model.pt"))
    assert target[0].weight.dtype == torch.float32
    assert torch.equal(target[0].weight, source[0].weight.half().float())


def test_the_model_key_of_monai_is_read(tmp_path: Path) -> None:
    source, target = make_network(), make_network()
    load_weights(target, save({"model": source.state_dict()}, tmp_path / "model.pt"))
    assert torch.equal(target[0].weight, source[0].weight)


def test_names_and_shapes_that_differ_are_counted_and_shown(tmp_path: Path) -> None:
    state = make_network(4).state_dict()
    state["extra.weight"] = state.pop("1.bias")
    with pytest.raises(
        ValueError, match=r"1 are missing \(first: 1.bias\); 1 are not the network's \(first: extra"
    ):
        load_weights(make_network(4), save(state, tmp_path / "model.pt"))
    with pytest.raises(ValueError, match=r"5 have another shape \(first: 0.bias, 0.weight, 1.running_mean\)"):
        load_weights(
            make_network(4),
            save(make_network(5).state_dict() | {"1.bias": torch.zeros(4)}, tmp_path / "b.pt"),
        )


def test_a_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="model.pt.*monai.bundle run --config_file"):
        load_weights(make_network(), tmp_path / "model.pt")


class Malice:
    def __reduce__(self) -> tuple:
        return (os.mkdir, ("malice",))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_pickle_with_code_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Malice()))
    with pytest.raises(ValueError, match="not a file of weights"):
        read_weights("model.pt")
    assert not (tmp_path / "malice").exists()


@pytest.mark.parametrize("content", [b"", b"text"])
def test_a_broken_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(ValueError, match="broken"):
        read_weights(tmp_path / "model.pt")
    with pytest.raises(ValueError, match="holds list"):
        read_weights(save([1, 2], tmp_path / "list.pt"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused_with_a_count(tmp_path: Path, value: float) -> None:
    network = make_network()
    with torch.no_grad():
        network[0].weight[0, 1] = value
        network[1].running_var[2] = value
    path = save(network.state_dict(), tmp_path / "model.pt")
    with pytest.raises(
        ValueError, match=r"2 of 7 tensors hold values that are not finite \(first: 0.weight, 1.running_var\)"
    ):
        load_weights(make_network(), path)


def test_a_file_that_may_not_be_read_is_not_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(torch, "load", refuse)  # root may read everything
    with pytest.raises(PermissionError):
        read_weights(save({}, tmp_path / "model.pt"))


def test_the_hash_is_the_files(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert weights_sha256(tmp_path / "empty").startswith("e3b0c44298fc1c149afbf4c8996fb924")


def test_not_strict_takes_what_fits_of_another_network_and_counts_it(tmp_path: Path) -> None:
    source = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4), nn.Linear(4, 1))
    target = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 5))
    kept = target[1].weight.detach().clone()
    torch.save(source.state_dict(), tmp_path / "model.pt")
    assert load_weights(target, tmp_path / "model.pt", strict=False) == 2
    assert torch.equal(target[0].weight, source[0].weight)
    assert torch.equal(target[1].weight, kept)
    with pytest.raises(ValueError, match="do not fit the network"):
        load_weights(nn.Linear(9, 9), tmp_path / "model.pt", strict=False)

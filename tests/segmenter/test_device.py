from __future__ import annotations

import pytest
import torch

from textguide.segmenter import choose_device


def test_without_a_wish_the_machine_decides() -> None:
    assert choose_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_device("cpu") == choose_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["cuda:99", "nothing", "", "meta", "cuda:x"])
def test_a_device_that_does_not_work_here_is_one_line_with_those_that_do(device: str) -> None:
    with pytest.raises(
        ValueError, match=f"the device '{device}' cannot be used here: .*; this machine has cpu"
    ) as it:
        choose_device(device)
    assert len(str(it.value).splitlines()) == 1


def test_a_driver_that_fails_only_when_it_is_used_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **options: object) -> None:
        raise RuntimeError("Found no NVIDIA driver\nand much more")

    monkeypatch.setattr(torch, "zeros", fail)
    with pytest.raises(ValueError, match="Found no NVIDIA driver; this machine has"):
        choose_device("cuda")

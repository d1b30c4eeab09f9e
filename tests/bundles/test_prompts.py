"""A prompt is data: whatever stands in a datalist's text is read, never run, never logged."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import pytest
from PIL import Image
from tests.bundles.toy_bundles import reads_text, run

from textguide.data import read_datalist, write_datalist

SECRET = "Xanthippe"
PROMPTS = [
    "$__import__('pathlib').Path('{trap}').touch()",
    "$import os; os.system('touch {trap}')",
    "@dataset_dir",
    "@network_def#image_encoder",
    "%configs/train.json#seed",
    "%{trap}#x",
    "#1 left lung # comment",
    "__local_refs['evaluator']",
    '\'; "quoted" `touch {trap}` $(touch {trap}) \\',
    "{{trap}} {0} %s %(message)s %n",
    "3",
    "None",
    "-x --ckpt_path=@a",
    "[CLS] [MASK] [SEP] <script>",
    "\ud800 lone \udfff surrogates \udcff",
    "\u202eright to left\u202c \u05e9\u05de\u05d0\u05dc \u064a\u0633\u0627\u0631",
    "zero\x00byte\nline\r\ttab\x1b[31m",
    "\u808b \U0001fac1 " + "a\u0301" * 50,
    "left " * 2000,
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a prompt makes where it is run."""
    return tmp_path_factory.mktemp("trap") / "evaluated"


@pytest.fixture(scope="module")
def hostile(chest: Path, trap: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of one film under names and sentences that look like code, in every section."""
    folder = tmp_path_factory.mktemp("hostile $x @y #2 %z")
    original = read_datalist(chest / "datalist.json")
    film = original["training"][0]
    datalist = original | {"training": [], "validation": [], "testing": []}
    datalist.pop("split_sha256")
    for number, prompt in enumerate(PROMPTS):
        name = ("$film", "@film", "%film", "-film", "#film")[number % 5] + f"{number}.png"
        for key in ("image", "label"):
            with Image.open(chest / film[key]) as picture:
                picture.save(folder / (name if key == "image" else f"mask_{name}"))
        text = f"{prompt.replace('{trap}', str(trap))} {SECRET}"
        case = {"image": name, "label": f"mask_{name}", "text": text, "case_id": f"$case{number}"}
        for section in ("training", "validation", "testing"):
            record = film | case | {"zones": None, "group_id": f"@group{number}"}
            datalist[section].append(record | {"case_id": f"{case['case_id']}_{section}"})
    write_datalist(datalist, folder / "datalist.json")
    return folder


def warnings_of(path: Path) -> list[str]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [warning for line in lines for warning in line["warnings"]]


@pytest.mark.parametrize("configs", [("train",), ("train", "evaluate"), ("inference",)], ids="+".join)
def test_hostile_sentences_are_read_and_neither_run_nor_logged(
    toy: Path, hostile: Path, trap: Path, tmp_path: Path, configs: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    # The folder's own name holds such characters too: a path reaches a config as digits.
    dataset_dir = f"$bytes.fromhex('{str(hostile).encode().hex()}').decode()"
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        run(
            toy,
            *configs,
            dataset_dir=dataset_dir,
            output_dir=str(tmp_path / "out"),
            epochs=1,
            warmup_epochs=0,
            batch_size=len(PROMPTS),
        )
    written = list((tmp_path / "out").rglob("*"))
    said = [caplog.text, *capfd.readouterr(), *(str(warning.message) for warning in warned)]
    said += [line for path in written if path.suffix == ".jsonl" for line in warnings_of(path)]
    # A table of written sentences beside the records' own is there to be read: it is no log.
    tables = [path for path in written if path.suffix in (".csv", ".log")]
    tables = [path.read_text() for path in tables if not path.stem.endswith("_reports")]
    assert not trap.exists()
    assert [text for text in said + tables if SECRET.casefold() in text.casefold()] == []
    left_out = configs == ("inference",) and not reads_text(toy)
    assert any("tokens was cut" in text for text in said) != left_out
    if configs == ("inference",):
        assert len([path for path in written if path.name.endswith("mask.png")]) == len(PROMPTS)
    if "evaluate" in configs:
        report = (tmp_path / "out" / "evaluation.json").read_text()
        assert json.loads(report)["n"] == len(PROMPTS)
        assert SECRET not in report

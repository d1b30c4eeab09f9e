"""The documents keep their word: files they name exist, commands they show would run, their Python runs."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("bundles/*/docs/README.md")])
# What the runner of MONAI reads itself; everything else on its command line must be a key of the config.
RUNNER_ARGUMENTS = {
    "config_file",
    "meta_file",
    "logging_file",
    "args_file",
    "tracking",
    "run_id",
    "init_id",
    "final_id",
}

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def fences(document: Path, language: str) -> list[str]:
    """The fenced blocks of a document that are marked with `language`."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def commands(document: Path) -> Iterator[list[str]]:
    """The words of every shell command a document shows: in fences, and inline where it is one of ours."""
    text = document.read_text(encoding="utf-8")
    inline = re.findall(r"`((?:textguide [a-z]|bash scripts/)[^`]*)`", text)
    for line in "\n".join([*fences(document, "bash"), *inline]).replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            yield words


def existing(name: str, document: Path) -> Path:
    """The file `name` means: from the checkout, beside the document, or inside a bundle."""
    places = [ROOT, document.parent, document.parent.parent, *ROOT.glob("bundles/*")]
    found = [place / name for place in places if (place / name).exists()]
    assert found, f"{document.relative_to(ROOT)} names {name}, and there is no such file"
    return found[0]


def flags(words: list[str]) -> dict[str, str]:
    """`--key value` and `--key=value` as pairs."""
    joined = iter(words)
    pairs = {}
    for word in joined:
        if word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            pairs[key] = value if equals else next(joined)
    return pairs


def config_keys(names: str, document: Path) -> dict[str, Any]:
    """The merged top level of one config file or of a list of them."""
    files = ast.literal_eval(names) if names.startswith("[") else [names]
    merged: dict[str, Any] = {}
    for name in files:
        merged |= json.loads(existing(name, document).read_text(encoding="utf-8"))
    return merged


def holds(config: Any, key: str) -> bool:
    """Whether a config has `a#b#0` or `a::b::0`, whatever its value."""
    for part in re.split("#|::", key):
        if isinstance(config, dict) and part in config:
            config = config[part]
        elif isinstance(config, list) and part.isdigit() and int(part) < len(config):
            config = config[int(part)]
        else:
            return False
    return True


def check_python(words: list[str], document: Path) -> None:
    if words[1:3] == ["-m", "venv"]:
        return
    if words[0] == "torchrun":
        words = ["python", *words[words.index("-m") :]]
    if words[1] == "-m":
        assert words[2:3] == ["monai.bundle"], f"teach this test to check: {shlex.join(words)}"
        given = flags(words[4:])
        config = config_keys(given["config_file"], document)
        if words[3] == "run":
            unknown = [key for key in given if key not in RUNNER_ARGUMENTS and not holds(config, key)]
            assert unknown == [], f"{given['config_file']} has no such key"
        return
    existing(words[1], document)


def check_bash(words: list[str], document: Path) -> None:
    script = existing(words[1], document)
    if script.name == "test.sh":
        assert [name for name in words[2:] if not (ROOT / f"scripts/suites/{name}.sh").exists()] == []


def check_pip(words: list[str], document: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for word in words:
        for extra in re.findall(r"\.\[([\w,]+)\]", word):
            assert set(extra.split(",")) <= set(project["optional-dependencies"])
    existing(words[words.index("-c") + 1], document)


def check_textguide(words: list[str], document: Path) -> None:
    from textguide import cli

    # The gate decides; the command itself stays at home. Two words are a mention, not a call.
    with mock.patch.object(cli, "_call", return_value=0):
        assert cli.main([words[1], "--help"] if len(words) == 2 else words[1:]) == 0, shlex.join(words)


CHECKS = {
    "bash": check_bash,
    "pip": check_pip,
    "python": check_python,
    "textguide": check_textguide,
    "torchrun": check_python,
    "source": lambda words, document: None,
}


@every_document
def test_every_command_shown_would_run(document: Path):
    for words in commands(document):
        assert words[0] in CHECKS, f"teach this test to check: {shlex.join(words)}"
        CHECKS[words[0]](words, document)


@every_document
def test_every_file_named_exists(document: Path):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    inline = re.findall(
        r"`((?:bundles|scripts|shared|tests|constraints|docs|models|configs)/[\w./-]*)`", text
    )
    for name in [*links, *(name for name in inline if "NAME" not in name)]:
        existing(name, document)


@every_document
def test_every_python_block_compiles(document: Path):
    for block in fences(document, "python"):
        compile(block, str(document), "exec")


def test_the_readme_opens_with_the_two_commands():
    first = next(iter(fences(ROOT / "README.md", "bash")))
    assert first.splitlines() == ["bash scripts/demo.sh", "bash scripts/test.sh"]


def test_the_table_of_bundles_names_every_bundle():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[`(\w+)`\]\(bundles/", text, re.MULTILINE)) == sorted(
        path.name for path in (ROOT / "bundles").iterdir() if path.is_dir()
    )


def write_film(path: Path) -> None:
    from textguide.phantoms import chest_phantom

    Image.fromarray(chest_phantom(seed=7, index=0, size=160).image).save(path)


@pytest.mark.slow
def test_the_textguide_commands_of_the_readme_run_one_after_another(tmp_path: Path, monkeypatch):
    from textguide.cli import main

    write_film(tmp_path / "film.png")
    monkeypatch.chdir(tmp_path)
    shown = [
        words
        for block in fences(ROOT / "README.md", "bash")
        for words in map(shlex.split, block.splitlines())
    ]
    ours = [words[1:] for words in shown if words[:1] == ["textguide"]]
    assert len(ours) >= 5
    assert [main(words) for words in ours] == [0] * len(ours)


def test_three_lines_of_python_make_a_mask_with_everything_the_readme_says(tmp_path: Path, monkeypatch):
    write_film(tmp_path / "film.png")
    monkeypatch.chdir(tmp_path)
    (block,) = fences(ROOT / "README.md", "python")
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    result = names["result"]
    assert sorted(result.mask.shape[-2:]) == [160, 160]
    promised = set(re.findall(r"`result\.(\w+)`", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert promised == {"mask", "probability", "understood", "confidence", "warnings"}
    assert [name for name in promised if not hasattr(result, name)] == []

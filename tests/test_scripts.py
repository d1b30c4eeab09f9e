"""The shell scripts say what is wrong in one line, before they do anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted([*(ROOT / "scripts").rglob("*.sh"), ROOT / ".ci" / "run"])


def bash(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(["bash", *words], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_valid_bash(script: Path):
    assert bash("-n", str(script)).stderr == ""


def test_every_suite_says_what_it_checks():
    for suite in (ROOT / "scripts" / "suites").glob("*.sh"):
        assert suite.read_text().splitlines()[1].startswith("# "), suite


def test_an_unknown_suite_is_refused_with_the_names_of_the_others():
    refused = bash("scripts/test.sh", "core", "nonsense")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith("error: there is no suite 'nonsense'; there are: core data ")
    assert refused.stderr.count("\n") == 1


def test_the_data_suite_is_refused_without_the_data():
    refused = bash("scripts/test.sh", "data")
    assert refused.returncode == 2
    assert "TEXTGUIDE_DATA" in refused.stderr
    assert refused.stdout == ""


def fake_python(folder: Path, name: str, version: str) -> None:
    """A program that calls itself Python `version`; it answers the one question that the scripts ask."""
    refuses = int(version.split(".")[1]) not in (11, 12)
    script = folder / name
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo Python {version} && exit\nexit {refuses:d}\n')
    script.chmod(0o755)


def find_python(folder: Path) -> subprocess.CompletedProcess[str]:
    return bash("-c", 'source scripts/environment.sh; PATH="$1" find_python', "bash", str(folder))


@pytest.mark.parametrize("version", ["3.9.18", "3.10.13", "3.13.0"])
def test_an_unsupported_python_gets_one_line_that_says_so(tmp_path: Path, version: str):
    fake_python(tmp_path, "python3", version)
    refused = find_python(tmp_path)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        f"error: textguide needs Python 3.11 or 3.12 and found Python {version}; "
        "install one of them and run this again"
    ]


def test_no_python_at_all_gets_one_line_too(tmp_path: Path):
    refused = find_python(tmp_path)
    assert refused.returncode == 1
    assert "found no Python" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_supported_python_behind_an_unsupported_one_is_found(tmp_path: Path):
    fake_python(tmp_path, "python3", "3.10.13")
    fake_python(tmp_path, "python3.12", "3.12.1")
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path):
    fake_python(tmp_path, "python3.11", "3.11.7")
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.11")

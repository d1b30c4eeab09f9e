"""The house: imports point one way, and what a stranger should never find in it is not there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shared" / "textguide"

# room -> the rooms it may import, besides itself; nothing imports what stands below it in this table
MAY_IMPORT = {
    "atomic_write": "",
    "folder_lock": "",
    "run_bundle": "atomic_write",
    "arguments": "",
    "choices": "",
    "text": "",
    "data": "atomic_write text",
    "phantoms": "atomic_write text data",
    "dicom": "text",
    "networks.blocks": "choices",
    "networks.encoders": "choices networks.blocks",
    "networks.nets": "arguments choices networks.blocks networks.encoders",
    "networks": "networks.blocks networks.encoders networks.nets",
    "weights": "",
    "losses": "choices",
    "metrics": "losses",
    "inferers": "losses",
    "transforms": "text data dicom",
    "writers": "atomic_write folder_lock text data dicom",
    "engines": "atomic_write text data transforms weights losses metrics inferers writers",
    "handlers": (
        "atomic_write choices folder_lock run_bundle "
        "text data transforms weights losses metrics inferers engines"
    ),
    "segmenter": "atomic_write text data dicom networks weights transforms inferers writers",
    "cli": (
        "text data phantoms dicom networks networks.encoders weights transforms metrics engines handlers "
        "writers segmenter"
    ),
    "apps.label": "text data dicom transforms inferers writers segmenter",
    "apps.deploy": "text data dicom transforms inferers writers segmenter",
}
ONLY_IN = {"monailabel": "apps.label", "monai.deploy": "apps.deploy", "torchvision": None}

SOURCES = sorted(path for room in ("shared", "tests", "scripts") for path in (ROOT / room).rglob("*.py"))
MODULES = [path for path in SOURCES if PACKAGE in path.parents]
TEXTS = sorted(
    path
    for place in ("shared", "tests", "scripts", "bundles", "constraints", "docs", ".ci", ".")
    for path in ((ROOT / place).glob("*") if place == "." else (ROOT / place).rglob("*"))
    if path.suffix in {".py", ".sh", ".md", ".json", ".toml", ".cff", ".txt", ".yaml"} or path.name == "run"
    if path.is_file() and "textguide.egg-info" not in path.parts
)


def imports(source: str, module: str) -> Iterator[str]:
    """Yield the full dotted name of everything `source`, the text of `module`, imports at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            yield from (".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def room_of(module: str) -> str | None:
    """Return the innermost room that `module`, a dotted name, lies in."""
    if module == "textguide.Segmenter":
        return "segmenter"
    rooms = [room for room in MAY_IMPORT if within(module, f"textguide.{room}")]
    return max(rooms, key=len, default=None)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts)


def trespasses(source: str, module: str) -> list[str]:
    """List what `source` imports and its room may not."""
    room = room_of(module)
    found = []
    for name in imports(source, module):
        other = room_of(name)
        if other and room and other != room and other not in MAY_IMPORT[room].split():
            found.append(
                f"{module} imports {name}: {room} may import {MAY_IMPORT[room] or 'nothing of ours'}"
            )
        for package, only_room in ONLY_IN.items():
            if within(name, package) and (only_room is None or room != only_room):
                found.append(f"{module} imports {name}: {package} belongs to {only_room or 'no room'}")
    return found


def test_every_module_lies_in_a_room_of_the_table():
    loose = [name_of(path) for path in MODULES if room_of(name_of(path)) is None]
    assert loose in (["textguide.__init__"], ["textguide.__init__", "textguide.apps.__init__"])


def test_imports_point_one_way():
    assert [line for path in MODULES for line in trespasses(path.read_text(), name_of(path))] == []


def test_the_table_has_no_circle():
    seen: list[str] = []
    for room, others in MAY_IMPORT.items():
        assert set(others.split()) <= set(seen), f"{room} may import a room below it"
        seen.append(room)


@pytest.mark.parametrize(
    "source",
    [
        "import textguide.networks.nets.tmca",
        "from textguide.networks import nets",
        "def late():\n    from ..networks.nets import tmca",
        "from textguide import Segmenter",
        "import torchvision.transforms",
        "from monai import deploy",
    ],
)
def test_a_forbidden_import_is_seen_in_every_spelling(source: str):
    assert trespasses(source, "textguide.data.qata")


def test_no_network_client_outside_the_apps():
    clients = ("requests", "urllib.request", "http.client", "socket", "huggingface_hub")
    found = [
        f"{name_of(path)} imports {name}"
        for path in MODULES
        if "apps" not in path.parts
        for name in imports(path.read_text(), name_of(path))
        if any(within(name, client) for client in clients)
    ]
    assert found == []


def test_importing_textguide_loads_neither_torch_nor_monai():
    heavy = "import sys, textguide; print({'torch', 'monai', 'transformers', 'numpy'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"


def test_an_unknown_name_says_what_textguide_offers():
    import textguide

    with pytest.raises(AttributeError, match="offers Segmenter"):
        textguide.Segmentor  # noqa: B018


def test_no_file_holds_two_ideas():
    long = {str(path): n for path in SOURCES if (n := len(path.read_text().splitlines())) >= 300}
    assert long == {}


def test_no_file_is_named_for_leftovers():
    leftovers = {"utils", "util", "common", "helpers", "helper", "misc", "tools"}
    assert [str(path) for path in SOURCES if leftovers & {path.stem, *path.relative_to(ROOT).parts}] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of one machine", r"(?<![\w.*:/])/(?:home|root|work|tmp|Users|mnt|media)/\w"),
        ("an unfinished thought", r"\b(?:TO[D]O|FIX[M]E)\b"),
        ("code from a model hub", r"trust_remote_code[\"']?\s*[=:](?!\s*[Ff]alse)"),
        ("a hand-written cut of the tests", r"pytest\.mark\.sk[i]p\b"),
    ],
)
def test_no_text_holds(what: str, pattern: str):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert found == [], what


def test_no_file_is_named_like_a_patients_image():
    patient = re.compile(r"covid_\d+|sub-s\d{5}|TCGA-|cju[0-9a-z]{15,}", re.IGNORECASE)
    names = [
        path for place in ("shared", "tests", "scripts", "bundles") for path in (ROOT / place).rglob("*")
    ]
    assert [str(path) for path in names if patient.search(path.name)] == []


def test_the_constraints_pin_every_dependency_inside_its_range():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [project["dependencies"], *project["optional-dependencies"].values()]
    lines = (ROOT / "constraints" / "core.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert list(pins) == sorted(pins)
    for requirement in (Requirement(text) for group in wanted for text in group):
        assert pins[requirement.name] in requirement.specifier, requirement

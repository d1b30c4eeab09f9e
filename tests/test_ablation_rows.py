"""scripts/ablation_rows.py: equal rows are one training; an override that cannot be meant is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.bundles.toy_bundles import BUNDLES, ROOT, read

TABLES = {"Table 2": {"TMCA": {}, "half": {"data_fraction": 0.5}}, "Table 4": {"100 %": {}}}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import ablation_rows

    return ablation_rows


@pytest.fixture
def study(rows: ModuleType) -> Any:
    bundle = BUNDLES[-1]
    training = read(bundle, "train")
    return rows.Study(bundle, Path("data"), "5" * 64, training, {}, {})


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_rows_that_are_equal_are_one_training(rows: ModuleType, bundle: Path):
    tables = json.loads((bundle / "configs" / "ablations.json").read_text())["tables"]
    distinct, places = rows.distinct_rows(tables)
    assert all(distinct.count(row) == 1 for row in distinct)
    found = {t: {name: distinct[place] for name, place in named.items()} for t, named in places.items()}
    assert found == tables


def test_a_row_is_named_by_the_first_table_that_has_it(rows: ModuleType, study: Any, tmp_path: Path):
    distinct, places = rows.distinct_rows(TABLES)
    runs = rows.plan(study, distinct, places, [3, 3, 4], tmp_path)
    names = [
        "Table 2, TMCA, seed 3",
        "Table 2, half, seed 3",
        "Table 2, TMCA, seed 4",
        "Table 2, half, seed 4",
    ]
    assert [run.name for run in runs] == names
    assert len({run.folder for run in runs}) == 4


def test_rows_that_differ_in_their_condition_alone_are_one_training(
    rows: ModuleType, study: Any, tmp_path: Path
):
    distinct, places = rows.distinct_rows(
        {"Table 2": {"full": {}, "generated": {"conditions": ["empty"]}, "half": {"data_fraction": 0.5}}}
    )
    runs = rows.plan(study, distinct, places, [0, 1], tmp_path)
    assert [(run.rows, run.seed) for run in runs] == [
        ({0: "right", 1: "empty"}, 0),
        ({2: "right"}, 0),
        ({0: "right", 1: "empty"}, 1),
        ({2: "right"}, 1),
    ]
    assert runs[0].name == "Table 2, full, seed 0"
    assert all("conditions" not in run.overrides for run in runs)
    with pytest.raises(ValueError, match="1"):
        rows.condition_of({"conditions": ["right", "empty"]})


def test_tables_are_chosen_by_name(rows: ModuleType):
    assert list(rows.choose_tables(TABLES, [])) == ["Table 2", "Table 4"]
    assert rows.choose_tables(TABLES, ["Table 4"]) == {"Table 4": TABLES["Table 4"]}
    with pytest.raises(ValueError, match="no 'Table 5'; the bundle has 'Table 2', 'Table 4'"):
        rows.choose_tables(TABLES, ["Table 5"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--epochs", "10", "--spatial_size=[112,112]"], {"epochs": 10, "spatial_size": [112, 112]}),
        (["--network_def#no_text", "skip"], {"network_def::no_text": "skip"}),
        (["--a", "true", "--b", "False", "--c", "None"], {"a": True, "b": False, "c": None}),
        (["--learning_rate", "1e-3"], {"learning_rate": 0.001}),
        (["--path", "a=b"], {"path": "a=b"}),
    ],
)
def test_overrides_are_read_as_monai_reads_them(rows: ModuleType, words: list[str], expected: dict[str, Any]):
    assert rows.read_overrides(words) == expected


@pytest.mark.parametrize("words", [["epochs", "10"], ["--epochs"], ["--"], ["--=3"]])
def test_what_is_no_override_is_refused(rows: ModuleType, words: list[str]):
    with pytest.raises(ValueError, match="is no override; write --key value"):
        rows.read_overrides(words)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--seed=3", "'seed' is set by this script"),
        ("--data_fraction=0.1", "'data_fraction' is what rows of the tables differ in"),
        ("--epoch=3", "the training has no 'epoch'"),
        ("--optimizer#nonsense=3", "the training has no 'optimizer::nonsense'"),
        ("--optimizer=3", "'optimizer' is what rows"),
    ],
)
def test_an_override_that_cannot_be_meant_is_refused(rows: ModuleType, study: Any, word: str, message: str):
    given = replace(study, given=rows.read_overrides([word]))
    with pytest.raises(ValueError, match=message):
        rows.check_overrides(given, [{"data_fraction": 0.5}, {"optimizer#lr": 0.1}])


def test_an_override_of_a_key_or_of_an_argument_not_written_is_taken(rows: ModuleType, study: Any):
    words = ["--epochs=3", "--optimizer#weight_decay=0", "--optimizer#amsgrad=true"]
    rows.check_overrides(replace(study, given=rows.read_overrides(words)), [{"data_fraction": 0.5}])


def test_the_fingerprint_covers_what_decides_a_result_and_not_where_it_lies(study: Any, tmp_path: Path):
    first = study.fingerprint({}, seed=0)
    moved = replace(study, training=study.training | {"output_dir": "elsewhere"}, dataset_dir=tmp_path)
    assert moved.fingerprint({}, seed=0) == first
    edited = replace(study, training=study.training | {"batch_size": 7})
    other_split = replace(study, split_sha256="6" * 64)
    others = [
        study.fingerprint({}, seed=1),
        study.fingerprint({"epochs": 7}, seed=0),
        edited.fingerprint({}, seed=0),
        other_split.fingerprint({}, seed=0),
    ]
    assert len({first, *others}) == 5
    assert edited.fingerprint({"batch_size": study.training["batch_size"]}, seed=0) == first


def test_overrides_leave_the_configuration_of_the_next_row_alone(study: Any):
    before = json.dumps(study.configuration())
    study.configuration({"optimizer#lr": 7.0, "epochs": 7})
    assert json.dumps(study.configuration()) == before

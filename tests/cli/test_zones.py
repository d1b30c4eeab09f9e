from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.data.trees import datalist, record
from tests.toy_bundle import ToyNetwork, make_toy_bundle
from transformers import BertConfig, BertModel

from textguide.cli import main
from textguide.cli.phrase_embedding import embedding_of_bert, embedding_of_bundle
from textguide.data import load_datalist, read_datalist, write_datalist
from textguide.networks.encoders import TextEncoder
from textguide.text import load_tokenizer

LEFT, RIGHT = [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]
TEXTS = ["opacity, lower left lung."] * 4 + ["opacity, lower right lung."] * 4 + ["glorb, lower left lung."]
BERT = {
    "vocab_size": len(load_tokenizer()),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 12,
}


class ReadingNetwork(ToyNetwork):
    """The toy with a text encoder that nothing but `textguide zones` asks."""

    def __init__(self, vocabulary_size: int) -> None:
        super().__init__(vocabulary_size)
        torch.manual_seed(0)
        self.text_encoder = TextEncoder(BERT, layers=2)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    definition = {
        "_target_": "tests.cli.test_zones.ReadingNetwork",
        "vocabulary_size": BERT["vocab_size"],
    }
    path = make_toy_bundle(tmp_path / "reader", network_def=definition)
    torch.save(ReadingNetwork(BERT["vocab_size"]).state_dict(), path / "models" / "model.pt")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [record(f"images/{number}.png", text=text) for number, text in enumerate(TEXTS)]
    rows += [record("images/silent.png", text="", zones=RIGHT)]
    validation = [record(f"images/v{number}.png", text=TEXTS[-1 - number]) for number in range(2)]
    write_datalist(datalist(training=rows, validation=validation), tmp_path / "data" / "datalist.json")
    return tmp_path / "data"


def zones_in(path: Path, section: str = "training") -> list[Any]:
    return [one["zones"] for one in read_datalist(path)[section]]


def test_the_rules_are_the_default_and_need_no_network(folder: Path) -> None:
    before = json.loads((folder / "datalist.json").read_text())
    assert main(["zones", str(folder)]) == 0
    assert zones_in(folder / "datalist.json") == [LEFT] * 4 + [RIGHT] * 4 + [None, RIGHT]
    after = json.loads((folder / "datalist.json").read_text())
    assert after["split_sha256"] != before["split_sha256"]
    assert json.loads((folder / "zone_clusters.json").read_text())["split_sha256"] == after["split_sha256"]
    for section in ("training", "validation"):
        without = [[{**one, "zones": 0} for one in lists[section]] for lists in (before, after)]
        assert without[0] == without[1]


def test_clusters_label_what_the_rules_do_not_read_and_a_second_run_changes_nothing(
    folder: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["zones", str(folder), "--method=clusters", f"--bundle={bundle}", "--device=cpu"]
    assert main(line) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "2 clusters, 0 of them mixed; 0 sentences are noise" in printed[0]
    assert printed[1].endswith("8 of 8 (100.00 %) of what it reads; of the clusters alone 8 of 8 (100.00 %)")
    assert "zones against before: 11 filled, 0 emptied, 0 changed" in printed
    assert zones_in(folder / "datalist.json") == [LEFT] * 4 + [RIGHT] * 4 + [LEFT, RIGHT]
    assert zones_in(folder / "datalist.json", "validation") == [LEFT, RIGHT]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(files) == ["datalist.json", "zone_clusters.json"]
    assert b"lung" not in files["zone_clusters.json"]
    assert main(line) == 0
    assert "zones against before: 0 filled, 0 emptied, 0 changed" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_a_table_made_from_the_report_gives_a_cluster_its_zones(folder: Path, bundle: Path) -> None:
    line = ["zones", str(folder), "--method=clusters", f"--bundle={bundle}", "--show-phrases"]
    assert main([*line, f"--output={folder / 'first.json'}"]) == 0
    report = json.loads((folder / "zone_clusters.json").read_text())
    assert report["clusters"][0]["phrases"] == ["lower left lung."]
    (folder / "table").write_text(json.dumps({"fit": report["fit"], "0": [1] * 6}))
    assert main([*line, f"--table={folder / 'table'}"]) == 0
    assert zones_in(folder / "datalist.json") == [[1] * 6] * 4 + [RIGHT] * 4 + [[1] * 6, RIGHT]
    assert zones_in(folder / "first.json")[0] == LEFT
    (folder / "table").write_text('{"fit": "other", "0": null}')
    assert main([*line, f"--table={folder / 'table'}"]) == 1


def test_zones_that_are_there_are_replaced_or_with_keep_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = read_datalist(folder / "datalist.json")
    given["training"][0]["zones"] = given["training"][8]["zones"] = RIGHT
    write_datalist(given, folder / "datalist.json")
    assert main(["zones", str(folder), "--keep"]) == 0
    assert "zones against before: 8 filled, 0 emptied, 0 changed" in capsys.readouterr().out
    assert zones_in(folder / "datalist.json") == [RIGHT] + [LEFT] * 3 + [RIGHT] * 4 + [RIGHT, RIGHT]
    assert main(["zones", str(folder)]) == 0
    assert "zones against before: 0 filled, 1 emptied, 1 changed" in capsys.readouterr().out
    assert zones_in(folder / "datalist.json") == [LEFT] * 4 + [RIGHT] * 4 + [None, RIGHT]


def test_unknown_zones_stay_null_and_become_nan_in_memory(folder: Path) -> None:
    assert main(["zones", str(folder)]) == 0
    assert np.isnan(load_datalist(folder, "training")[8]["zones"]).all()


def test_a_line_that_would_ignore_something_is_refused_and_writes_nothing(
    folder: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "datalist.json").read_bytes()
    blind = make_toy_bundle(folder.parent / "blind")
    clusters = "--method=clusters"
    for flags, reason in (
        (["--bundle=x"], "--bundle is for clusters"),
        (["--show-phrases"], "--show-phrases is for clusters"),
        ([clusters, "--bundle=x", "--text-encoder=y"], "give one of them"),
        ([clusters, f"--bundle={blind}"], "has no text encoder"),
        ([clusters, f"--bundle={bundle}", "--min-cluster-size=1"], "from 2 on"),
        ([clusters, f"--bundle={bundle}", "--min-cluster-size=99"], "has 9 sentences"),
        ([clusters, f"--text-encoder={blind}"], "holds no weights of a BERT"),
        ([clusters, "--table=nowhere.json"], "does not exist"),
        (["--output=images"], "allowed: a .json file"),
    ):
        assert main(["zones", str(folder), *flags]) == 1, flags
        (printed,) = capsys.readouterr().err.splitlines()
        assert reason in printed
    assert main(["zones", str(folder.parent)]) == 1
    assert [path.name for path in folder.iterdir()] == ["datalist.json"]
    assert (folder / "datalist.json").read_bytes() == before


def test_without_scikit_learn_one_line_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cluster", None)
    assert main(["zones", str(folder), "--method=clusters"]) == 1
    (printed,) = capsys.readouterr().err.splitlines()
    assert "need scikit-learn: pip install textguide[all]" in printed


def test_a_phrase_has_the_same_vector_in_every_batch_and_it_is_the_mean_of_the_last_state(
    bundle: Path,
) -> None:
    embedding = embedding_of_bundle(bundle, "cpu")
    short, long = "left", "lower left lung and upper right lung"
    vectors = embedding([long, short, "\x07"])
    np.testing.assert_allclose(vectors[1], embedding([short])[0], atol=1e-6)
    ids = torch.tensor([embedding.tokenizer(short)["input_ids"]])
    bert = ReadingNetwork(BERT["vocab_size"]).text_encoder.eval().bert
    state = bert.model(input_ids=ids).last_hidden_state[0].mean(dim=0)
    np.testing.assert_allclose(vectors[1], state.detach().numpy(), atol=1e-6)
    assert not vectors[2].any()
    assert embedding.cut == 0
    embedding([" ".join(["left"] * 40)])
    assert embedding.cut == 1


def test_a_bert_in_a_folder_reads_the_phrases_too(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    BertModel(BertConfig(**BERT)).save_pretrained(tmp_path / "bert")
    load_tokenizer().save_pretrained(tmp_path / "bert")
    assert embedding_of_bert(tmp_path / "bert", "cpu")(["left", "right"]).shape == (2, 16)
    line = ["zones", str(folder), "--method=rules_then_clusters", f"--text-encoder={tmp_path / 'bert'}"]
    assert main(line) == 0
    assert zones_in(folder / "datalist.json") == [LEFT] * 4 + [RIGHT] * 4 + [LEFT, RIGHT]
    assert json.loads((folder / "zone_clusters.json").read_text())["text_encoder"] == "bert"

"""scripts/word_importance.py: attention is counted right, of what is written and of what is true."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from tests.toy_bundle import make_toy_bundle
from tests.toy_writing_bundle import make_writing_bundle

from textguide.data import load_datalist, make_datalist
from textguide.phantoms import write_chest_dataset
from textguide.segmenter import load_bundle
from textguide.text import load_tokenizer

ROOT = Path(__file__).parents[1]


@pytest.fixture
def word_importance(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import word_importance

    return word_importance


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_chest_dataset(
        tmp_path_factory.mktemp("chest") / "films", training=1, validation=5, testing=1, size=64
    )
    make_datalist("qata", folder)
    return folder


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_writing_bundle(tmp_path_factory.mktemp("bundles") / "toy_segmentation")


def test_shares_are_those_of_the_tokens_that_were_read(word_importance: ModuleType) -> None:
    # [CLS] lower left lung [SEP], and padding that nothing may count
    levels = {"8": torch.tensor([0.1, 0.3, 0.2, 0.3, 0.1, 0]), "16": torch.tensor([0.5, 0, 0.1, 0.4, 0, 0])}
    place = torch.tensor([0, 1, 1, 0, 0, 1]).bool()
    special = torch.tensor([1, 0, 0, 0, 1, 1]).bool()
    mask = torch.tensor([1, 1, 1, 1, 1, 0])
    found = word_importance.shares_of_place(levels, place, special, mask)
    assert found["with_special_tokens"]["8"] == pytest.approx((0.5, 2 / 5))
    assert found["with_special_tokens"]["mean"] == pytest.approx((0.3, 2 / 5))
    assert found["without_special_tokens"]["8"] == pytest.approx((0.5 / 0.8, 2 / 3))
    assert found["without_special_tokens"]["16"] == pytest.approx((0.1 / 0.5, 2 / 3))
    assert word_importance.shares_of_place(levels, ~mask.bool(), special, mask) is None


def test_a_film_counts_where_the_share_of_attention_is_the_larger(word_importance: ModuleType) -> None:
    def shares(attention: float, tokens: float) -> dict[str, Any]:
        return {
            way: {"mean": (attention, tokens), "8": (tokens, attention)} for way in word_importance.COUNTED
        }

    films = [shares(0.6, 0.5), shares(0.4, 0.5), shares(0.9, 0.5), None]
    found = word_importance.summarise(films, ["a", "b", "c", "d"])
    assert (found["films"], found["films_without_place"]) == (3, 1)
    entry = found["with_special_tokens"]["mean"]
    assert entry["exceeds"]["value"] == pytest.approx(2 / 3)
    assert 0 <= entry["exceeds"]["low"] < entry["exceeds"]["high"] <= 1
    assert entry["attention_share"] == pytest.approx(1.9 / 3)
    assert found["with_special_tokens"]["8"]["exceeds"]["value"] == pytest.approx(1 / 3)
    printed = word_importance.words_line("true", found)
    assert "on 3 films the location words' share of attention (63.3%) exceeds" in printed
    assert "in 66.7% of them (stride 8 33.3%; special tokens left out 66.7%); 1 more name no place" in printed
    empty = word_importance.summarise([None], ["a"])
    assert word_importance.words_line("true", empty) == "true sentences: none of 1 names a place"


def test_attention_is_that_of_the_true_sentence_and_of_the_one_that_is_written(
    word_importance: ModuleType, films: Path, writing: Path
) -> None:
    bundle = load_bundle(writing, "cpu")
    records = load_datalist(films, "validation")
    records[0]["text"] = ""
    found = word_importance.ask(bundle, records)
    assert found["true"][0] is None
    assert all(one is None or 0 < one["with_special_tokens"]["mean"][0] < 1 for one in found["generated"])
    tokenizer = load_tokenizer()
    ids = tokenizer(records[1]["text"])["input_ids"]
    places = bundle.network.report_writer.says_place(torch.tensor(ids)).sum().item()
    assert found["true"][1]["with_special_tokens"]["8"][1] == pytest.approx(places / len(ids))
    assert found["true"][1]["without_special_tokens"]["8"][1] == pytest.approx(places / (len(ids) - 2))
    image = torch.randn(1, 1, 64, 64)
    with torch.no_grad(), word_importance.noted_attention(bundle.network) as noted:
        shown = bundle.network.explain(image)
    torch.testing.assert_close(
        torch.stack(list(noted[0].values())).mean(dim=0), shown["word_importance"], atol=0, rtol=0
    )


def test_the_command_writes_what_it_says_in_two_lines(
    word_importance: ModuleType,
    films: Path,
    writing: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "new" / "found.json"
    words = [str(writing), "--data", str(films), "--cases", "3", "--device", "cpu", "--output", str(output)]
    word_importance.main(words)
    report = json.loads(output.read_text())
    assert report["cases"] == 3
    assert list(report["sentences"]) == ["generated", "true"]
    assert all(one["films"] + one["films_without_place"] == 3 for one in report["sentences"].values())
    assert set(report["sentences"]["true"]["with_special_tokens"]) == {"32", "16", "8", "mean"}
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert str(tmp_path) not in output.read_text()


def test_a_network_that_writes_nothing_is_refused(
    word_importance: ModuleType, films: Path, tmp_path: Path
) -> None:
    toy = make_toy_bundle(tmp_path / "toy")
    with pytest.raises(ValueError, match="the network of 'toy' writes no reports"):
        word_importance.main([str(toy), "--data", str(films)])


def test_published_the_numbers_join_the_results_and_the_card_is_rendered_anew(
    word_importance: ModuleType, films: Path, writing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = writing / "docs" / "results.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text('{"evaluation": {"n": 7}}')
    rendered: list[Path] = []
    monkeypatch.setattr(word_importance, "update", rendered.append)
    words = [str(writing), "--data", str(films), "--cases", "2", "--device", "cpu", "--publish"]
    report = word_importance.main([*words, "--output", str(tmp_path / "found.json")])
    assert json.loads(results.read_text()) == {"evaluation": {"n": 7}, "word_importance": report}
    assert rendered == [writing]

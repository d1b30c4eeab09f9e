from __future__ import annotations

import json
import pickle
import random
import time
import warnings
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

import textguide.text.tokenizer as tokenizer_module
from textguide.text import load_tokenizer, tokenize

REPORT = "Bilateral pulmonary infection, two infected areas, lower left lung and upper right lung."
LATIN = [(0x20, 0x7E), (0xA0, 0x24F), (0x1E00, 0x1EFF)]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer()


def pieces(tokenizer: PreTrainedTokenizerFast, text: str, max_length: int = 64) -> list[str]:
    ids, mask = tokenize(tokenizer, text, max_length)
    return tokenizer.convert_ids_to_tokens(ids[mask.bool()].tolist())


def test_special_ids_are_the_first_five(tokenizer):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert tokenizer.convert_tokens_to_ids(tokens) == [0, 1, 2, 3, 4]
    assert tokenizer.pad_token_id == 0


def test_every_word_of_a_report_is_one_piece(tokenizer):
    words = REPORT.lower().replace(",", " ,").replace(".", " .").split()
    assert pieces(tokenizer, REPORT) == ["[CLS]", *words, "[SEP]"]


def test_ids_and_mask_are_padded_to_the_length(tokenizer):
    ids, mask = tokenize(tokenizer, "left lung", 8)
    assert ids.shape == mask.shape == (8,)
    assert mask.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert ids[4:].tolist() == [0] * 4


@pytest.mark.parametrize("text", [None, "", "  \t\n", "\0\0", "\u200b", "\u0301", "\ud800"])
def test_no_text_is_padding_under_a_mask_of_zeros(tokenizer, text):
    ids, mask = tokenize(tokenizer, text, 6)
    assert ids.tolist() == [0] * 6
    assert mask.tolist() == [0] * 6


def test_a_long_text_is_cut_between_start_and_end_with_a_warning_of_counts_only(tokenizer):
    with pytest.warns(UserWarning, match="22 tokens was cut to 6, 16 are not read") as caught:
        ids, mask = tokenize(tokenizer, "Secret " * 4, 6)
    assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
    assert mask.all()
    assert "secret" not in str(caught[0].message).lower()


def test_a_text_that_just_fits_is_not_cut(tokenizer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pieces(tokenizer, "left lung", 4) == ["[CLS]", "left", "lung", "[SEP]"]


@pytest.mark.parametrize("typed", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
def test_typed_special_tokens_are_plain_text(tokenizer, typed):
    ids, mask = tokenize(tokenizer, f"left {typed} lung", 32)
    inner = ids[mask.bool()][1:-1].tolist()
    assert not set(inner) & set(tokenizer.all_special_ids)
    assert tokenizer.decode(inner).replace(" ", "").endswith("]lung")


def test_no_latin_letter_is_unknown_alone_or_within_a_word(tokenizer):
    for first, last in LATIN:
        letters = [chr(code) for code in range(first, last + 1)]
        text = " ".join(f"{letter} a{letter}b" for letter in letters)
        assert tokenizer.unk_token_id not in tokenizer(text, verbose=False)["input_ids"]


def test_accents_and_case_do_not_matter(tokenizer):
    assert pieces(tokenizer, "ŒDÈME  Ínfected") == pieces(tokenizer, "œdeme infected")
    assert pieces(tokenizer, "ﬁndings") == ["[CLS]", "findings", "[SEP]"]


def test_a_long_word_is_split_not_lost(tokenizer):
    assert "[UNK]" not in pieces(tokenizer, "pneumo" * 300, 2000)


def hostile_texts() -> dict[str, str]:
    generator = random.Random(0)
    characters = [chr(generator.randrange(0x110000)) for _ in range(10_000)]
    texts = {
        "word": "a",
        "emoji": "😀",
        "right to left": "ل",
        "NUL": "\0",
        "surrogate": "\ud800",
        "accent": "\u0301",
    }
    return {name: letter * 10_000 for name, letter in texts.items()} | {"any": "".join(characters)}


@pytest.mark.filterwarnings("ignore:a text of")
@pytest.mark.parametrize("name", hostile_texts())
def test_ten_thousand_characters_of_anything_take_little_time(tokenizer, name):
    text, seconds = hostile_texts()[name], []
    for _ in range(5):
        start = time.perf_counter()
        ids, _ = tokenize(tokenizer, text, 64)
        seconds.append(time.perf_counter() - start)
    assert ids.shape == (64,)
    assert min(seconds) < 1  # a cost that grows with the square of the length would be far above


def test_a_pickled_or_saved_tokenizer_gives_the_same_ids(tokenizer, tmp_path):
    text = f"{REPORT} [SEP] ßtraße"
    expected = tokenize(tokenizer, text, 64)[0].tolist()
    tokenizer.save_pretrained(tmp_path)
    for other in (pickle.loads(pickle.dumps(tokenizer)), load_tokenizer(str(tmp_path)), load_tokenizer()):
        assert tokenize(other, text, 64)[0].tolist() == expected
        assert other(text)["input_ids"] == [i for i in expected if i]


def write_foreign_tokenizer(folder: Path) -> None:
    """Write a directory as CXR-BERT is published: a BERT vocabulary that asks for remote code."""
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "left", "##s", "[", "]"])
    )
    remote = {"AutoTokenizer": ["configuration_own.OwnTokenizer", None]}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Own", "auto_map": remote}))
    remote = {"AutoConfig": "configuration_own.OwnConfig"}
    (folder / "config.json").write_text(json.dumps({"model_type": "own-bert", "auto_map": remote}))


def test_a_directory_that_asks_for_remote_code_is_read_as_plain_bert(tmp_path):
    write_foreign_tokenizer(tmp_path)
    ids, mask = tokenize(load_tokenizer(str(tmp_path)), "lefts [SEP]", 8)
    assert ids.tolist() == [2, 5, 6, 7, 1, 8, 3, 0]
    assert mask.tolist() == [1, 1, 1, 1, 1, 1, 1, 0]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no tokenizer directory at .*absent"):
        load_tokenizer(str(tmp_path / "absent"))


def test_wrong_arguments_are_errors(tokenizer):
    with pytest.raises(TypeError, match="got float"):
        tokenize(tokenizer, float("nan"), 8)
    with pytest.raises(ValueError, match="at least 3"):
        tokenize(tokenizer, "left", 2)


def test_a_hub_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("We couldn't connect\nto the hub")

    monkeypatch.setattr(tokenizer_module.AutoTokenizer, "from_pretrained", unreachable)
    with pytest.raises(FileNotFoundError, match="the tokenizer 'owner/name' cannot be loaded") as caught:
        load_tokenizer("owner/name")
    assert "\n" not in str(caught.value)

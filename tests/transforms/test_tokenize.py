from __future__ import annotations

import pytest
import torch

from textguide.text import load_tokenizer
from textguide.transforms import TokenizeTextd


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer()


def test_ids_and_mask_stand_beside_the_sentence_which_stays(tokenizer):
    record = {"text": "upper left lung", "case_id": "case"}
    found = TokenizeTextd("text", tokenizer, max_length=10)(record)
    assert found.keys() == {"text", "case_id", "input_ids", "attention_mask"}
    assert (found["text"], found["case_id"]) == ("upper left lung", "case")
    assert found["input_ids"].dtype == found["attention_mask"].dtype == torch.long
    assert found["attention_mask"].tolist() == [1] * 5 + [0] * 5
    assert tokenizer.decode(found["input_ids"][1:4]) == "upper left lung"
    assert record.keys() == {"text", "case_id"}


@pytest.mark.parametrize("text", ["", " \n", None])
def test_no_sentence_is_a_mask_of_zeros(tokenizer, text):
    found = TokenizeTextd("text", tokenizer, max_length=10)({"text": text})
    assert found["attention_mask"].tolist() == [0] * 10
    assert found["input_ids"].shape == (10,)


def test_a_long_sentence_is_cut_with_a_warning_that_gives_no_word_of_it(tokenizer):
    with pytest.warns(UserWarning, match="102 tokens was cut to 10, 92 are not read") as caught:
        found = TokenizeTextd("text", tokenizer, max_length=10)({"text": "left " * 100})
    assert found["attention_mask"].tolist() == [1] * 10
    assert not any("left" in str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "text", ["[CLS] [SEP] [PAD] [MASK]", "$print('x')", "@network", "%b", "#1", "3", "😀"]
)
def test_a_prompt_is_data(tokenizer, text):
    found = TokenizeTextd("text", tokenizer, max_length=64)({"text": text})
    kept = found["input_ids"][found["attention_mask"] > 0].tolist()
    assert found["text"] == text
    assert not set(kept[1:-1]) & {tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id}


def test_a_record_without_the_key_is_an_error_unless_allowed(tokenizer):
    with pytest.raises(KeyError, match="text"):
        TokenizeTextd("text", tokenizer)({"case_id": "case"})
    record = {"case_id": "case"}
    assert TokenizeTextd("text", tokenizer, allow_missing_keys=True)(record) == record

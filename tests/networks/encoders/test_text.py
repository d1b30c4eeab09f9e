from __future__ import annotations

import json
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.networks.toys import LONGEST, TEXT_ENCODER, VOCABULARY, draw_ids, mask_of_lengths
from torch import nn
from transformers import BertConfig, BertModel

from textguide.networks.encoders import TextEncoder


def published_bert() -> BertModel:
    """A BERT whose every weight, the norms' too, is far from its start."""
    torch.manual_seed(7)
    model = BertModel(BertConfig(**TEXT_ENCODER), add_pooling_layer=False).eval()
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.3)
    return model


def hidden_states(model: BertModel, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states


@pytest.fixture
def folder(tmp_path):
    published_bert().save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("layers", [1, 2, 3])
@torch.no_grad()
def test_a_folder_with_weights_loads_them_and_the_last_layers_are_averaged(folder, layers):
    encoder = TextEncoder(folder, layers=layers).eval()
    ids, mask = draw_ids(3, 9), mask_of_lengths([9, 4, 6], 9)
    tokens, padding, has_text = encoder(ids, mask)
    states = hidden_states(published_bert(), ids.masked_fill(mask == 0, 0), mask)
    expected = torch.stack(states[-layers:]).mean(dim=0)
    torch.testing.assert_close(tokens[mask > 0], expected[mask > 0], atol=1e-5, rtol=1e-5)
    assert torch.equal(padding, mask == 0)
    assert has_text.all()
    assert (encoder.width, encoder.max_length) == (16, LONGEST)


def test_a_folder_with_a_config_only_gives_the_architecture(folder):
    (folder / "model.safetensors").unlink()
    encoder = TextEncoder(folder)
    shapes = {key: value.shape for key, value in encoder.bert.model.state_dict().items()}
    assert shapes == {key: value.shape for key, value in published_bert().state_dict().items()}
    fresh = encoder.bert.model.embeddings.LayerNorm.weight
    assert torch.equal(fresh, torch.ones_like(fresh))


@torch.no_grad()
def test_cxr_bert_loads_as_a_plain_bert_with_the_same_output_and_runs_no_code_of_its_own(tmp_path):
    """Its checkpoint: the encoder under `bert.`, two training heads, its own model type, remote code."""
    model = published_bert()
    weights = {f"bert.{key}": value.clone() for key, value in model.state_dict().items()}
    for name, shape in {
        "cls.predictions.bias": (VOCABULARY,),
        "cls.predictions.transform.dense.weight": (16, 16),
        "cls_projection_head.dense_to_hidden.weight": (8, 16),
        "cls_projection_head.LayerNorm.weight": (8,),
        "cls_projection_head.dense_to_output.bias": (8,),
    }.items():
        weights[name] = torch.randn(shape)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict() | {
        "model_type": "cxr-bert",
        "architectures": ["CXRBertModel"],
        "auto_map": {"AutoModel": "modeling_cxrbert.CXRBertModel"},
        "projection_size": 8,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "modeling_cxrbert.py").write_text("raise SystemExit('code from the checkpoint was run')\n")
    ids, mask = draw_ids(2, 9), mask_of_lengths([9, 4], 9)
    encoder = TextEncoder(str(tmp_path)).eval()
    expected = hidden_states(model, ids.masked_fill(mask == 0, 0), mask)[-1]
    found = encoder(ids, mask)[0]
    torch.testing.assert_close(found[mask > 0], expected[mask > 0], atol=1e-6, rtol=1e-6)
    assert set(encoder.bert.model.state_dict()) == set(model.state_dict())


def test_saving_and_loading_through_the_architecture_alone_is_exact(folder, tmp_path):
    trained = TextEncoder(folder)
    (tmp_path / "run").mkdir()
    trained.bert.model.config.save_pretrained(tmp_path / "run")
    restored = TextEncoder(tmp_path / "run")
    restored.load_state_dict(trained.state_dict(), strict=True)
    assert load_file(folder / "model.safetensors").keys() == trained.bert.model.state_dict().keys()
    ids = draw_ids(2, 5)
    for one, other in zip(trained.eval()(ids, ids), restored.eval()(ids, ids), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("frozen_mode", "deterministic"), [("eval", True), ("train", False)])
def test_a_frozen_bert_keeps_its_weights_and_its_mode_is_chosen(frozen_mode, deterministic):
    torch.manual_seed(0)
    encoder = TextEncoder(TEXT_ENCODER, freeze=True, frozen_mode=frozen_mode).train()
    learned = [name for name, weight in encoder.named_parameters() if weight.requires_grad]
    assert learned == ["no_text"]
    ids = draw_ids(2, 9)
    first, second = (encoder(ids, torch.ones_like(ids))[0] for _ in range(2))
    assert torch.equal(first, second) == deterministic
    assert encoder.training
    assert encoder.bert.training == (not deterministic)
    encoder.eval()
    assert torch.equal(encoder(ids, torch.ones_like(ids))[0], encoder(ids, torch.ones_like(ids))[0])


def test_a_bert_that_learns_follows_the_mode_of_the_network():
    encoder = TextEncoder(TEXT_ENCODER)
    assert encoder.train().bert.model.training
    assert not encoder.eval().bert.model.training


@torch.no_grad()
def test_columns_that_are_padding_for_all_are_cut_and_no_text_is_one_token():
    encoder = TextEncoder(TEXT_ENCODER).eval()
    tokens, padding, has_text = encoder(draw_ids(3, 20), mask_of_lengths([4, 0, 2], 20))
    assert tokens.shape == (3, 4, 16)
    assert padding.int().tolist() == [[0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 1, 1]]
    assert has_text.tolist() == [True, False, True]
    assert torch.equal(tokens[1, 0], encoder.no_text)


@torch.no_grad()
def test_a_hole_in_the_mask_is_padding_also_in_the_first_place():
    encoder = TextEncoder(TEXT_ENCODER).eval()
    mask = torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0]])
    _, padding, has_text = encoder(draw_ids(2, 4), mask)
    assert torch.equal(padding, mask == 0)
    assert has_text.all()


@torch.no_grad()
def test_a_fixed_length_pads_every_batch_and_refuses_more():
    encoder = TextEncoder(TEXT_ENCODER, fixed_length=8).eval()
    for length in (3, 8, 20):
        tokens, padding, _ = encoder(draw_ids(2, length), mask_of_lengths([3, 0], length))
        assert tokens.shape == (2, 8, 16)
        assert padding.sum(dim=1).tolist() == [5, 7]
    with pytest.raises(ValueError, match="a sentence has 9 tokens: this text encoder takes 8 at most"):
        encoder(draw_ids(1, 9), torch.ones(1, 9).long())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frozen_mode": "off"}, "frozen_mode is 'off': allowed are 'eval' and 'train'"),
        ({"layers": 0}, "layers is 0: this BERT has 3 hidden states"),
        ({"layers": 4}, "layers is 4: this BERT has 3 hidden states"),
    ],
)
def test_an_impossible_option_is_named_with_what_is_allowed(options, message):
    with pytest.raises(ValueError, match=message):
        TextEncoder(TEXT_ENCODER, **options)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("We couldn't connect to the server,\nand found nothing in the cache", "the hub cannot be reached"),
        ("no-such/bert is not a valid model identifier", "the hub has no such model"),
    ],
)
def test_a_hub_name_that_cannot_be_loaded_says_why_and_how_to_go_without_the_hub(monkeypatch, words, reason):
    def fail(*args, **options):
        raise OSError(words)

    monkeypatch.setattr(BertModel, "from_pretrained", fail)
    with pytest.raises(FileNotFoundError, match=f"no architecture 'no-such/bert': {reason}") as caught:
        TextEncoder("no-such/bert")
    assert "--network_def#text_encoder=FOLDER" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_architecture_is_refused_with_what_to_give(tmp_path):
    (tmp_path / "config.txt").write_text("{}")
    with pytest.raises(FileNotFoundError, match="give a folder with config.json"):
        TextEncoder(tmp_path)
    with pytest.raises(TypeError, match="architecture is list: give a hub name, a folder or a dictionary"):
        TextEncoder(["bert"])


def test_loading_prints_no_warning_about_the_weights(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TextEncoder(folder)

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from monai.data import MetaTensor
from torch.nn import functional

from textguide.losses import TargetSensitiveAlignment
from textguide.losses import alignment as alignment_module


def toy_batch(batch: int = 6, levels: Iterable[str] = ("g", "16"), seed: int = 0):
    """A training output whose third sample has no sentence, and masks of which two are empty."""
    torch.manual_seed(seed)
    has_text = torch.arange(batch) != 2
    prediction = {"has_text": has_text, "logits": torch.randn(batch, 1, 6, 5, requires_grad=True)}
    for number, level in enumerate(levels):
        for part in ("image", "text"):
            prediction[f"{part}_{level}"] = torch.randn(batch, 4 + number, requires_grad=True)
    masks = (torch.rand(batch, 1, 6, 5) > 0.5).float()
    masks[-2:] = 0
    return prediction, masks


def cosine(a, b) -> float:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(y * y for y in b))


def dice(a, b) -> float:
    common, total = sum(x * y for x, y in zip(a, b, strict=True)), sum(a) + sum(b)
    return 2 * common / total if total else 1.0


def log_softmax(values: list[float]) -> list[float]:
    total = math.log(sum(math.exp(value) for value in values))
    return [value - total for value in values]


def loss_by_loops(prediction, masks, target="dice", tau1=0.1, tau2=0.07, merge=False) -> float:
    """The paper's formula, pair by pair."""
    kept = [p for p, has in enumerate(prediction["has_text"].tolist()) if has]
    flat = masks.flatten(1).tolist()
    values = []
    for level in [name[6:] for name in prediction if name.startswith("image_")]:
        image, text = prediction[f"image_{level}"].tolist(), prediction[f"text_{level}"].tolist()
        total = 0.0
        for p in kept:
            if target == "dice":
                wanted = [math.exp(x) for x in log_softmax([dice(flat[p], flat[q]) / tau1 for q in kept])]
            else:
                wanted = [float(p == q) for q in kept]
            if merge:
                groups = [[j for j, other in enumerate(kept) if text[other] == text[q]] for q in kept]
                wanted = [sum(wanted[j] for j in group) / len(group) for group in groups]
            to_text = log_softmax([cosine(image[p], text[q]) / tau2 for q in kept])
            to_image = log_softmax([cosine(image[q], text[p]) / tau2 for q in kept])
            total -= sum(w * (a + b) / 2 for w, a, b in zip(wanted, to_text, to_image, strict=True))
        values.append(total / len(kept))
    return sum(values) / len(values)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"target": "identity"},
        {"target_temperature": 1.0, "similarity_temperature": 0.5},
        {"merge_duplicates": True},
        {"target": "identity", "merge_duplicates": True},
    ],
)
def test_it_equals_the_formula_pair_by_pair(options):
    prediction, masks = toy_batch()
    for level in ("g", "16"):  # samples 0, 1 and 4 share a caption
        prediction[f"text_{level}"] = prediction[f"text_{level}"][[0, 0, 2, 3, 0, 5]]
    names = {"target_temperature": "tau1", "similarity_temperature": "tau2", "merge_duplicates": "merge"}
    expected = loss_by_loops(
        prediction, masks, **{names.get(key, key): value for key, value in options.items()}
    )
    found = TargetSensitiveAlignment(**options)(prediction, masks)
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_targets_by_hand():
    """Masks (1,1,0), (1,0,0), two empty ones: Dice 2/3 between the first two, 1 between the empty ones."""
    masks = torch.tensor([[1.0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
    wanted = torch.tensor([[1, 2 / 3, 0, 0], [2 / 3, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    found = TargetSensitiveAlignment(target_temperature=0.5).distances(masks)
    torch.testing.assert_close(found, (wanted / 0.5).softmax(dim=1))
    assert torch.equal(TargetSensitiveAlignment(target="identity").distances(masks), torch.eye(4))


def test_identity_is_ordinary_contrastive_cross_entropy():
    prediction, masks = toy_batch(levels=["g"])
    image, text = (
        functional.normalize(prediction[f"{part}_g"][prediction["has_text"]], dim=1)
        for part in ("image", "text")
    )
    scores, own = image @ text.T / 0.07, torch.arange(5)
    expected = (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2
    torch.testing.assert_close(TargetSensitiveAlignment("identity")(prediction, masks), expected)


def test_perfect_alignment_is_the_minimum_and_its_value_the_entropy_of_the_targets():
    torch.manual_seed(0)
    masks = (torch.rand(5, 1, 6, 5) > 0.5).float()
    flat = masks.flatten(1)
    overlap = 2 * flat @ flat.T / (flat.sum(1) + flat.sum(1, keepdim=True))
    # Unit vectors with the cosines 0.2 * Dice: an orthonormal frame, and what is missing to length 1.
    shared = 0.2 * overlap
    rest = (1 - shared.square().sum(dim=0)).sqrt().diag()
    image = torch.eye(5, 10).requires_grad_()
    text = torch.cat([shared.T, rest], dim=1).requires_grad_()
    loss = TargetSensitiveAlignment(target_temperature=0.1, similarity_temperature=0.02)
    output = {"has_text": torch.ones(5).bool(), "image_g": image, "text_g": text}
    best = loss(output, masks)
    targets = (overlap / 0.1).softmax(dim=1)
    torch.testing.assert_close(best, -(targets * targets.log()).sum(dim=1).mean())
    best.backward()
    assert max(image.grad.abs().max(), text.grad.abs().max()) < 1e-4
    for _ in range(10):
        moved = {"image_g": image + 0.05 * torch.randn(5, 10), "text_g": text + 0.05 * torch.randn(5, 10)}
        assert loss(output | moved, masks) > best


def test_samples_without_a_sentence_have_no_part_in_it():
    prediction, masks = toy_batch()
    kept = prediction["has_text"]
    loss = TargetSensitiveAlignment()
    value = loss(prediction, masks)
    alone = loss({key: entry[kept] for key, entry in prediction.items()}, masks[kept])
    torch.testing.assert_close(value, alone)
    value.backward()
    for part in ("image_g", "text_g", "image_16", "text_16"):
        moved = prediction[part].grad.abs().sum(dim=1) > 0
        assert torch.equal(moved, kept), part


@pytest.mark.parametrize("sentences", [0, 1])
def test_fewer_than_two_sentences_cost_nothing_but_reach_every_parameter(sentences):
    prediction, masks = toy_batch()
    prediction["has_text"] = torch.arange(6) < sentences
    value = TargetSensitiveAlignment()(prediction, masks)
    value.backward()
    assert value == 0
    for part in ("image_g", "text_g", "image_16", "text_16"):
        assert torch.equal(prediction[part].grad, torch.zeros_like(prediction[part]))


def test_a_half_precision_batch_without_sentences_costs_nothing():
    prediction, masks = toy_batch()
    prediction["has_text"] = torch.zeros(6).bool()
    prediction["image_g"] = torch.full((6, 4), 3e4).half()  # its sum is more than float16 holds
    assert TargetSensitiveAlignment()(prediction, masks) == 0


def test_no_level_costs_nothing():
    prediction, masks = toy_batch(levels=[])
    value = TargetSensitiveAlignment()(prediction, masks)
    value.backward()
    assert value == 0
    assert prediction["logits"].grad.abs().sum() == 0


def test_every_level_counts_the_same():
    prediction, masks = toy_batch()
    loss = TargetSensitiveAlignment()
    each = [
        loss({key: v for key, v in prediction.items() if not key.endswith(other)}, masks)
        for other in ("_g", "_16")
    ]
    torch.testing.assert_close(loss(prediction, masks), sum(each) / 2)
    assert each[0] != each[1]


def test_the_label_may_stand_in_a_dictionary_or_carry_metadata():
    prediction, masks = toy_batch()
    loss = TargetSensitiveAlignment()
    expected = loss(prediction, masks)
    assert loss(prediction, {"label": masks, "zones": torch.zeros(6, 6)}) == expected
    assert loss(prediction, MetaTensor(masks)) == expected


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_mixed_precision_does_not_round_the_overlap_of_large_masks(precision):
    prediction, _ = toy_batch(batch=4)
    masks = torch.ones(4, 1, 260, 260)  # more pixels than half precision can count
    masks[1, ..., :130] = 0
    expected = TargetSensitiveAlignment()(prediction, masks)
    with torch.autocast("cpu", precision):
        found = TargetSensitiveAlignment()(prediction, masks)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "iou"}, "target is 'iou': allowed are 'dice' and 'identity'"),
        ({"target_temperature": 0.0}, "temperatures are 0.0 and 0.07: both must be above 0"),
        ({"similarity_temperature": -1.0}, "temperatures are 0.1 and -1.0: both must be above 0"),
    ],
)
def test_an_impossible_option_is_named_with_what_is_allowed(options, message):
    with pytest.raises(ValueError, match=message):
        TargetSensitiveAlignment(**options)


def test_two_ranks_compare_all_their_samples_with_each_other(monkeypatch):
    """What a rank would receive is put in its hands; the test below has two real processes."""
    prediction, masks = toy_batch()
    expected = TargetSensitiveAlignment()(prediction, masks)
    halves = [{key: value[part] for key, value in prediction.items()} for part in (slice(0, 3), slice(3, 6))]
    received = [prediction["has_text"], masks.flatten(1)]
    received += [prediction[name] for name in ("image_g", "text_g", "image_16", "text_16")]
    answers = iter(received)

    def all_gather(own: torch.Tensor) -> list[torch.Tensor]:
        whole = next(answers)
        assert torch.equal(own, whole[:3].to(own.dtype))
        return list(whole.to(own.dtype).split(3))

    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(alignment_module, "all_gather", all_gather)
    torch.testing.assert_close(TargetSensitiveAlignment()(halves[0], masks[:3]), expected)


def align_on(rank: int, folder: str) -> None:
    """One of two processes: its half of the batch, its loss and its gradients."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    prediction, masks = toy_batch()
    own = slice(3 * rank, 3 * rank + 3)
    half = {key: value.detach()[own].requires_grad_(value.requires_grad) for key, value in prediction.items()}
    value = TargetSensitiveAlignment()(half, masks[own])
    value.backward()
    gradients = {key: entry.grad for key, entry in half.items() if entry.grad is not None}
    torch.save({"loss": value.detach(), **gradients}, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_get_the_loss_and_the_gradients_of_the_whole_batch(tmp_path):
    multiprocessing.spawn(align_on, args=(str(tmp_path),), nprocs=2)
    prediction, masks = toy_batch()
    expected = TargetSensitiveAlignment()(prediction, masks)
    expected.backward()
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    for found in (first, second):
        torch.testing.assert_close(found["loss"], expected.detach())
    for name in ("image_g", "text_g", "image_16", "text_16"):
        # Every rank sends the gradient of its own, equal loss; DistributedDataParallel takes the mean.
        whole = torch.cat([first[name], second[name]]) / 2
        torch.testing.assert_close(whole, prediction[name].grad)

from __future__ import annotations

import pytest
import torch
from ignite.exceptions import NotComputableError
from monai.data import DataLoader
from monai.engines import SupervisedEvaluator

from textguide.metrics import ImageConfusion, SegmentationMetric, summarise


def cases(count: int = 7) -> list[dict]:
    generator = torch.Generator().manual_seed(3)
    items = [
        {
            "image": torch.randn(1, 8, 6, generator=generator),
            "label": (torch.rand(1, 8, 6, generator=generator) > 0.6).float(),
            "case_id": f"case_{number}",
            "group_id": f"patient_{number // 2}",
        }
        for number in range(count)
    ]
    items[1]["label"].zero_()
    return items


def confusion(predicted: torch.Tensor, label: torch.Tensor) -> list[int]:
    pairs = [(True, True), (True, False), (False, True), (False, False)]
    return [int(((predicted == p) & ((label > 0.5) == q)).sum()) for p, q in pairs]


def evaluate(
    metric: SegmentationMetric, name: str = "val_global_dice", decollate: bool = False, items=None, times=1
):
    evaluator = SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=DataLoader(cases() if items is None else items, batch_size=3),
        network=torch.nn.Identity(),
        key_val_metric={name: metric},
        decollate=decollate,
    )
    for _ in range(times):
        evaluator.run()
    return evaluator.state.metrics


@pytest.mark.parametrize("decollate", [False, True])
def test_uneven_batches_give_the_scores_of_the_whole_set(decollate):
    expected = [confusion(case["image"] >= 0, case["label"]) for case in cases()]
    metric = SegmentationMetric()
    metrics = evaluate(metric, decollate=decollate)
    assert metric.counts().tolist() == expected
    for statistic, value in summarise(torch.tensor(expected).numpy()).items():
        assert metrics[f"val_{statistic}"] == pytest.approx(value), statistic


def test_the_named_score_is_the_value_of_the_metric():
    metrics = evaluate(SegmentationMetric(score="per_image_iou"), name="mine")
    assert metrics["mine"] == metrics["mine_per_image_iou"]
    assert metrics["mine"] != metrics["mine_global_dice"]


def test_every_case_keeps_its_row_under_its_own_name():
    metric = SegmentationMetric()
    evaluate(metric)
    rows = metric.rows()
    assert [row["case_id"] for row in rows] == [f"case_{number}" for number in range(7)]
    assert [row["group_id"] for row in rows] == [f"patient_{number // 2}" for number in range(7)]
    for row, case in zip(rows, cases(), strict=True):
        assert [row[name] for name in ("tp", "fp", "fn", "tn")] == confusion(
            case["image"] >= 0, case["label"]
        )
    assert rows[0]["dice"] == pytest.approx(
        2 * rows[0]["tp"] / (2 * rows[0]["tp"] + rows[0]["fp"] + rows[0]["fn"])
    )


def test_a_second_run_starts_from_nothing():
    metric = SegmentationMetric()
    once = evaluate(SegmentationMetric())
    assert evaluate(metric, times=2) == once
    assert len(metric.rows()) == 7


def test_cases_without_a_name_are_numbered_and_their_own_group():
    metric = SegmentationMetric()
    evaluate(metric, items=[{key: case[key] for key in ("image", "label")} for case in cases(4)])
    assert [row["group_id"] for row in metric.rows()] == ["image_0", "image_1", "image_2", "image_3"]


def test_logits_and_probabilities_agree_at_every_threshold():
    image, label = torch.randn(2, 1, 9, 9), torch.ones(2, 1, 9, 9)
    for threshold in (0.2, 0.5, 0.9):
        of_logits, of_probabilities = ImageConfusion(threshold), ImageConfusion(threshold, logits=False)
        of_logits(image, label)
        of_probabilities(image.sigmoid(), label)
        assert torch.equal(of_logits.counts(), of_probabilities.counts())


def test_a_logit_of_zero_is_foreground_as_in_monai():
    metric = ImageConfusion()
    metric(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2))
    assert metric.counts().tolist() == [[4, 0, 0, 0]]


def test_a_training_output_and_a_target_with_zones_are_understood():
    case = cases(2)[0]
    batch = {
        "pred": {"logits": case["image"][None]},
        "label": {"label": case["label"][None], "zones": torch.ones(1, 6)},
    }
    metric = SegmentationMetric()
    metric.update(metric._output_transform(batch))
    assert metric.counts().tolist() == [confusion(case["image"] >= 0, case["label"])]


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(ValueError, match=r"prediction \(1, 1, 4, 4\) and label \(1, 1, 4, 5\)"):
        ImageConfusion()(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
    with pytest.raises(ValueError, match="threshold is 1.5"):
        ImageConfusion(threshold=1.5)
    with pytest.raises(ValueError, match="score is 'dice'"):
        SegmentationMetric(score="dice")
    with pytest.raises(NotComputableError, match="no image"):
        SegmentationMetric().compute()

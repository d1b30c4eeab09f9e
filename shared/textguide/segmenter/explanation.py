"""What a network looked at: maps over the image, the words that it attended to, where its detector looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from monai.data import MetaTensor
from numpy.typing import NDArray
from torch import Tensor

from textguide.segmenter.bundle import Bundle
from textguide.segmenter.preparation import Preparation, Prepared
from textguide.segmenter.understanding import LEFT_MEANS, Understanding
from textguide.segmenter.written_report import find_zones
from textguide.text import mirror_report
from textguide.text.lexicon import SIDES, ZONES
from textguide.text.words import read_words
from textguide.writers import SentencePicture, WeightedWord, shown_slice

LEAST_WEIGHT = 0.01
"""Share of the weight from which a query of the detector is told of."""
_PLACES = {*SIDES, *ZONES}
_QUERIES_NOTE = (
    "weights of the detector's queries, which sum to 1; centre and size, x (columns) then y (rows), as "
    "shares of the picture and in its pixels; a compact detector starts at the cells of a grid, so these "
    "are places where it looks, not boxes around what it found"
)


@dataclass(frozen=True)
class Query:
    """A query of the detector that has weight.

    Attributes:
        weight: in [0, 1].
        centre: x and y, as shares of the picture.
        size: along x and y, as shares of the picture.
        pixel_centre: x and y in pixels of the image, as its overlay shows it.
        pixel_size: along x and y, in pixels.
    """

    weight: float
    centre: tuple[float, float]
    size: tuple[float, float]
    pixel_centre: tuple[float, float]
    pixel_size: tuple[float, float]


@dataclass(frozen=True)
class Explanation:
    """What a network showed of itself, as far as it shows anything.

    Attributes:
        maps: by name, such as `probability`, each (W, H[, D]) in the size of the image.
        words: of the sentence that was read, given or written, in the side of the case. The signs around a
            sentence draw attention too, so their importance sums to less than 1.
        queries: of the detector those with a share of the weight of `LEAST_WEIGHT` and more, heaviest first.
        query_count: how many there are in all.
        slice_index: the slice of a volume that words and queries belong to: the one that an overlay shows.
    """

    maps: dict[str, NDArray[np.float32]]
    words: tuple[WeightedWord, ...] = ()
    queries: tuple[Query, ...] = ()
    query_count: int = 0
    slice_index: int | None = field(default=None)

    def picture(self, understood: Understanding) -> SentencePicture:
        """Return what there is to draw of the words; it says whose sentence they are, and whose left."""
        whose = "network wrote" if understood.written else "reader gave"
        left = LEFT_MEANS.get(understood.convention or "")
        captions = [left] if left else []
        if self.slice_index is not None:
            captions.insert(0, f"slice {self.slice_index + 1}")
        title = f"The sentence that the {whose}, and the attention that its words drew"
        return SentencePicture(words=self.words, title=title, captions=captions)

    def record(self) -> dict[str, Any]:
        """Return the facts that are no maps, for a result file."""
        record: dict[str, Any] = {}
        if self.words:
            record["words"] = [
                {"word": one.word, "importance": round(one.importance, 4), "is_place": one.is_place}
                for one in self.words
            ]
        if self.query_count:
            record["queries"] = {
                "what": _QUERIES_NOTE,
                "count": self.query_count,
                "least_weight": LEAST_WEIGHT,
                "heaviest": [
                    {key: _rounded(value) for key, value in vars(query).items()} for query in self.queries
                ],
            }
        if record and self.slice_index is not None:
            record["slice"] = self.slice_index + 1
        return record


def explain(bundle: Bundle, preparation: Preparation, item: Prepared) -> Explanation:
    """Ask the network of a bundle what it looked at; a volume slice by slice.

    Args:
        bundle: whose network has `explain`.
        preparation: of the bundle.
        item: the case.
    """
    tokens = {key: value[None].to(bundle.device) for key, value in item.tokens.items()}  # (1, L)
    maps: dict[str, list[Tensor]] = {}
    facts: list[dict[str, Tensor]] = []  # of each slice
    for plane in item.slices:
        picture = plane.as_tensor()[None].to(bundle.device)  # (1, C, w, h)
        facts.append({})
        for name, value in bundle.network.explain(picture, **tokens).items():  # type: ignore[operator]
            if isinstance(value, Tensor) and value.shape == (1, 1, *plane.shape[1:]):
                maps.setdefault(name, []).append(value[0].float().cpu())
            elif isinstance(value, Tensor) and value.ndim and len(value) == 1:
                facts[-1][name] = value[0].cpu()
    native = {name: preparation.to_native(item, planes) for name, planes in maps.items()}
    is_volume, index = item.image.ndim == 4, 0
    if is_volume and "probability" in native:
        index = shown_slice(native["probability"] >= bundle.threshold)
    return Explanation(
        maps=native,
        words=_weigh_words(bundle, preparation, item, facts[index]),
        queries=_find_queries(item, item.slices[index], facts[index]),
        query_count=len(facts[index].get("query_weights", ())),
        slice_index=index if is_volume else None,
    )


def _weigh_words(
    bundle: Bundle, preparation: Preparation, item: Prepared, facts: dict[str, Tensor]
) -> tuple[WeightedWord, ...]:
    """Join what the tokens of the sentence weigh to its words."""
    tokenizer = preparation.tokenizer
    if tokenizer is None or "word_importance" not in facts or "read_ids" not in facts:
        return ()
    read, shown = item.understood.read, item.understood.text
    if not item.has_sentence:
        if "zone_probabilities" not in facts:
            return ()
        logits = facts["zone_probabilities"].logit()[None].to(bundle.device)
        read = shown = find_zones(bundle.network, logits)[0].sentence
        if item.understood.convention not in (None, bundle.side_convention):
            shown = mirror_report(read) or read
    weights = _weigh(tokenizer, read, facts)
    words, own = shown.split(), read.split()
    words = words if len(words) == len(own) else own  # the mirror exchanges words, and adds none
    return tuple(
        WeightedWord(word, weight, not _PLACES.isdisjoint(read_words(word).understood))
        for word, weight in zip(words, weights, strict=False)  # what was cut off was not read
    )


def _weigh(tokenizer: Any, sentence: str, facts: dict[str, Tensor]) -> list[float]:
    """Sum the importance (L,) of the tokens over each word, that is what stands between blanks."""
    readable = sentence.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    encoded = tokenizer(
        readable, split_special_tokens=True, truncation=False, verbose=False, return_offsets_mapping=True
    )
    tokens = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    read = zip(facts["read_ids"].tolist(), facts["word_importance"].tolist(), strict=True)
    ends = [match.end() for match in re.finditer(r"\S+", readable)]
    weights = [0.0] * len(ends)
    words = 0
    for (token, (start, end)), (read_token, importance) in zip(tokens, read, strict=False):
        if token == read_token and start < end:  # the signs around a sentence are no part of it
            word = next((number for number, stop in enumerate(ends) if start < stop), len(ends) - 1)
            weights[word] += importance
            words = word + 1
    return weights[:words]


def _find_queries(item: Prepared, plane: MetaTensor, facts: dict[str, Tensor]) -> tuple[Query, ...]:
    """Put the queries that have weight into the picture; (cx, cy, w, h) are shares of the network's input."""
    if "query_weights" not in facts or "query_boxes" not in facts:
        return ()
    input_size = np.array(plane.shape[1:])
    # From the pixels of the network's input to those of the image, whatever the preprocessing did to it.
    to_image = np.linalg.inv(np.asarray(item.meta["affine"], np.float64)) @ plane.affine.numpy()
    turn, shift = to_image[:2, :2], to_image[:2, 3]
    width_height = np.array(item.image.shape[1:3])
    queries = []
    for place in facts["query_weights"].argsort(descending=True).tolist():
        weight = float(facts["query_weights"][place])
        if weight < LEAST_WEIGHT:
            break
        box = facts["query_boxes"][place].double().numpy()
        centre = (
            turn @ (box[:2] * input_size - 0.5) + shift + 0.5
        )  # an affine counts from the middle of a pixel
        size = abs(turn) @ (box[2:] * input_size)
        pairs = [centre / width_height, size / width_height, centre, size]
        queries.append(Query(weight, *[(float(x), float(y)) for x, y in pairs]))
    return tuple(queries)


def _rounded(value: float | Sequence[float]) -> float | list[float]:
    return round(value, 4) if isinstance(value, float) else [round(one, 4) for one in value]

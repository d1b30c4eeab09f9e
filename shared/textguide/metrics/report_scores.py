"""Written sentences against true ones, in the scores that papers on report generation give."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

REPORT_SCORES = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "meteor")
_WORD = re.compile(r"\w+")
_ORDERS = tuple(tuple([1 / order] * order) for order in (1, 2, 3, 4))

Words = tuple[str, ...]


def require_nltk() -> None:
    """Make sure that sentences can be scored.

    Raises:
        ImportError: there is no nltk.
    """
    try:
        import nltk.translate  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "the scores of written reports need nltk; install it with: pip install 'textguide[all]'"
        ) from error


def report_scores(written: Sequence[str], true: Sequence[str]) -> dict[str, float]:
    """Score written sentences against true ones, one of each for every case.

    Both sides are normalised alike: lower case, words alone, no punctuation. Nothing is downloaded.

    * `bleu_1` to `bleu_4`: of the whole set (the n-grams of all sentences in one count), with the brevity
      penalty and without smoothing, so 0 where no n-gram of that length is found anywhere.
    * `rouge_l`: the mean over the cases of the F measure of the longest common subsequence, beta 1.
    * `meteor`: the mean over the cases of METEOR in its parts "exact" and "stem" (Porter), alpha 0.9, beta 3,
      gamma 0.5; synonyms are not looked up. Of a sentence of m words against itself it is 1 - 0.5 / m^3.

    Args:
        written: N sentences.
        true: N sentences.

    Returns:
        The value of each of `REPORT_SCORES`, in [0, 1].

    Raises:
        ImportError: there is no nltk.
        ValueError: there is no pair, or the numbers differ.

    Source:
        Papineni et al., BLEU, ACL 2002; Lin, ROUGE, 2004; Lavie and Agarwal, METEOR, 2007. BLEU and METEOR
        are those of nltk.
    """
    if len(written) != len(true) or not written:
        raise ValueError(
            f"{len(written)} written and {len(true)} true sentences; one of each for every case is needed"
        )
    require_nltk()
    pairs = [(words_of(one), words_of(other)) for one, other in zip(written, true, strict=True)]
    scored = {pair: (rouge_l(*pair), meteor(*pair)) for pair in set(pairs)}
    rouge, exact_and_stem = (fmean(scored[pair][number] for pair in pairs) for number in (0, 1))
    return bleu(pairs) | {"rouge_l": rouge, "meteor": exact_and_stem}


@lru_cache(maxsize=4096)
def words_of(sentence: str) -> Words:
    """Return the words of a sentence in lower case, without punctuation."""
    return tuple(_WORD.findall(sentence.lower()))


def bleu(pairs: Sequence[tuple[Words, Words]]) -> dict[str, float]:
    """Return BLEU-1 to BLEU-4 of pairs of a written and a true sentence, over all of them at once."""
    from nltk.translate.bleu_score import corpus_bleu

    with warnings.catch_warnings():  # of an n-gram that is found nowhere; its score is 0
        warnings.simplefilter("ignore")
        scores = corpus_bleu([[true] for _, true in pairs], [written for written, _ in pairs], _ORDERS)
    return {f"bleu_{order}": score if score > 1e-9 else 0.0 for order, score in enumerate(scores, start=1)}


def rouge_l(written: Words, true: Words) -> float:
    """Return the F measure of the longest common subsequence; 0 where a side has no words."""
    row = [0] * (len(true) + 1)  # of the words so far of one side, and of the other's up to each place
    for word in written:
        above, row = row, [0]
        for place, other in enumerate(true):
            row.append(above[place] + 1 if word == other else max(row[place], above[place + 1]))
    return 2 * row[-1] / (len(written) + len(true)) if written and true else 0.0


def meteor(written: Words, true: Words) -> float:
    """Return METEOR, "exact" and "stem" alone."""
    from nltk.translate.meteor_score import single_meteor_score

    return float(single_meteor_score(true, written, wordnet=_NoSynonyms()))


class _NoSynonyms:
    """A word net without entries: the real one is a download."""

    def synsets(self, word: str) -> list[Any]:
        return []

"""The nearest-neighbour baseline: the answer to the most similar training question. A model has to beat it."""

import json
from pathlib import Path

from core.data.store.datasets import SPEC, read_split, split_names
from core.errors import InputError
from core.examples.example import answer_text, is_worth_learning, question_text
from core.specs import Split

_QUESTIONS_AT_ONCE = 256


def training_examples(dataset: str) -> list[dict[str, str]]:
    """The training split of a dataset; for an exam, that of the dataset it was held out from.

    Raises InputError when there is neither.
    """
    if Split.TRAIN in split_names(dataset):
        return _learned(dataset)
    spec = Path(dataset) / SPEC
    held_out_from = json.loads(spec.read_text(encoding="utf-8")).get("exclude_dataset") if spec.exists() else None
    if not held_out_from:
        raise InputError(
            f"{Path(dataset).name} has no training split to look answers up in.",
            "Turn the look-up off, or use a dataset with a training split.",
        )
    return _learned(held_out_from)


def _learned(dataset: str) -> list[dict[str, str]]:
    return [example for example in read_split(dataset, Split.TRAIN) if is_worth_learning(example)]


def nearest_answers(training: list[dict[str, str]], examples: list[dict[str, str]]) -> list[str]:
    """For each example, the answer of the training example with the most similar question.

    Similarity is the cosine of TF-IDF vectors over words and word pairs; on a tie the first example wins.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import linear_kernel

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    known = vectorizer.fit_transform(map(question_text, training))
    asked = vectorizer.transform(map(question_text, examples))
    answers = []
    for start in range(0, len(examples), _QUESTIONS_AT_ONCE):
        closest = linear_kernel(asked[start : start + _QUESTIONS_AT_ONCE], known).argmax(axis=1)
        answers += [answer_text(training[index]) for index in closest]
    return answers

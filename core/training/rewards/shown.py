"""Shows what a run would reward: a dataset's own answers, and wrong ones, with their scores. Loads no ML library."""

from collections.abc import Iterator, Sequence

from core.data.store.datasets import open_tables
from core.errors import InputError
from core.examples.example import answer_text, is_worth_learning, question_text
from core.specs import TrainSpec
from core.training.rewards.grading import Grading
from core.training.rewards.rules import Answer
from core.training.schedule import chosen_by_step

_LONGEST_SHOWN = 2000
_LOOKED_AT = 4
"""Rows looked at for each that is shown: some may be judged bad."""


def scored_examples(
    spec: TrainSpec, count: int, ask_judge: bool = False, allowed_endpoints: Sequence[str] = ()
) -> list[dict]:
    """The first `count` questions of a run, each with the dataset's answer and three wrong ones.

    Each as plain values: `question`, `kind` (what the answer is), `answer`, `scores` by reward, and `reward`, their
    weighted sum; None where a reward does not apply. The judge scores only if it is to be asked. Raises InputError for
    rewards that cannot be given.
    """
    rows = open_tables(spec.dataset)["train"]
    if not len(rows):
        raise InputError("The dataset has no training examples.", "Choose another dataset.")
    chosen = chosen_by_step(len(rows), 0, count * _LOOKED_AT, 1, spec.seed)
    kept = [row for row in rows.take(chosen).to_pylist() if is_worth_learning(row)]
    pairs = [(question_text(row), answer_text(row)) for row in kept]
    shown = [(kind, answer) for place in range(min(count, len(pairs))) for kind, answer in _answers(pairs, place)]
    grading = Grading(spec, allowed_endpoints=allowed_endpoints)
    answers = [answer for _, answer in shown]
    names = [name for name in spec.rewards if ask_judge or name != "judge"]
    scores = {name: grading.scores_by(name, answers) for name in names}
    totals = grading.totals(scores) if names else [None] * len(shown)
    return [
        {
            "question": answer.question[:_LONGEST_SHOWN],
            "kind": kind,
            "answer": answer.text[:_LONGEST_SHOWN],
            "scores": {name: of_all[place] for name, of_all in scores.items()},
            "reward": total,
        }
        for place, ((kind, answer), total) in enumerate(zip(shown, totals, strict=True))
    ]


def _answers(pairs: list[tuple[str, str]], place: int) -> Iterator[tuple[str, Answer]]:
    """The dataset's answer to one of the questions, then wrong ones, each with what it is."""
    question, expected = pairs[place]
    yield "reference", Answer(question, expected, expected, ended=True)
    if other := next((answer for _, answer in pairs[place + 1 :] + pairs[:place] if answer != expected), None):
        yield "of another question", Answer(question, expected, other, ended=True)
    if half := expected[: len(expected) // 2].rstrip():
        yield "cut in half", Answer(question, expected, half, ended=False)
    yield "empty", Answer(question, expected, "", ended=True)

"""Scorecards test models in pairs, count examples of one document together, and say what follows."""

import pytest

from core.evaluation.measuring import Measuring
from core.evaluation.scorecards import MOST_IN_PAIRS, Scorecards
from core.inference.engine import Answered
from core.specs import EvaluateSpec

COUNT = 120


def summary(answers: dict[str, list[str]], **columns: list):
    examples = [
        {"instruction": f"What is {number}?", "output": "yes" if number % 2 else "no"}
        | {name: values[number] for name, values in columns.items()}
        for number in range(COUNT)
    ]
    spec = EvaluateSpec(name="scores", output_dir="scores", model="starter", dataset="facts")
    cards = Scorecards(examples, list(answers), Measuring(examples, spec, labels=True, asks=True))
    for name, texts in answers.items():
        cards.add(name, [Answered(text, True) for text in texts])
    return cards.summary(next(iter(answers)), [])


def answers(right: range) -> list[str]:
    return ["yes" if (number % 2 == 1) == (number in right) else "no" for number in range(COUNT)]


def test_a_better_model_a_copy_and_a_damaged_one_are_called_so():
    found = summary(
        {"Base": answers(range(60)), "Copy": answers(range(60)), "Good": answers(range(90)), "Bad": answers(range(20))}
    )
    copy, good, bad = (line for line in found.verdicts if " against Base: " in line)
    assert copy.startswith("Copy against Base: not told apart on Right")
    assert good.startswith("Good against Base: better on Right") and "not told apart" not in good
    assert bad.startswith("Bad against Base: worse on Right")
    damaged = found.differences["Bad"]["Base"]["accuracy"]
    assert damaged.value == pytest.approx(-1 / 3) and damaged.high < 0 and damaged.corrected_p_value < 0.001
    assert damaged.corrected_p_value > damaged.p_value and damaged.examples == COUNT


def test_of_a_few_models_every_two_are_compared_by_what_says_most():
    """The damaged model is better than the base, and yet worse than the sound one."""
    models = {"Base": answers(range(20)), "Tuned": answers(range(110)), "Damaged": answers(range(60))}
    found = summary(models)
    assert any(line.startswith("Damaged against Base: better on Right") for line in found.verdicts)
    assert "Damaged against Tuned: worse on Right." in found.verdicts
    assert list(found.differences["Damaged"]["Tuned"]) == ["accuracy"]
    many = summary(models | {f"Again {number}": answers(range(20)) for number in range(MOST_IN_PAIRS)})
    assert set(many.differences["Damaged"]) == {"Base"}


def test_only_what_says_most_is_tested():
    found = summary({"Base": answers(range(60)), "Good": answers(range(90))})
    assert list(found.differences["Good"]["Base"]) == ["accuracy", "balanced_accuracy", "macro_f1"]


def test_examples_of_one_document_count_together():
    models = {"Base": answers(range(40)), "Mine": answers(range(56))}
    alone, together = summary(models), summary(models, source=[f"{number // 8}.pdf" for number in range(COUNT)])
    one_by_one, by_document = (one.differences["Mine"]["Base"]["accuracy"] for one in (alone, together))
    assert (one_by_one.clusters, by_document.clusters) == (None, 15)
    assert one_by_one.corrected_p_value < 0.001 < 0.05 < by_document.corrected_p_value
    assert "better on Right" in alone.verdicts[0] and "not told apart on Right" in together.verdicts[0]
    assert together.scorecards["Mine"]["accuracy"].low < alone.scorecards["Mine"]["accuracy"].low


def test_close_answers_of_one_document_count_together():
    """Long answers: those to half of the documents share all words with the reference, the others hardly any."""
    text = "It starts at nine in the morning and ends at five in the afternoon, and nobody knows why."
    examples = [{"instruction": f"What is {number}?", "output": text} for number in range(COUNT)]
    said = [Answered(text if number // 8 % 2 else "Ask at the front desk.", True) for number in range(COUNT)]
    spec = EvaluateSpec(name="scores", output_dir="scores", model="starter", dataset="facts")
    found, of_documents = [], [one | {"source": f"{number // 8}.pdf"} for number, one in enumerate(examples)]
    for asked in (examples, of_documents):
        cards = Scorecards(asked, ["Mine"], Measuring(asked, spec, labels=False, asks=True))
        cards.add("Mine", said)
        found.append(cards.summary("Mine", []).scorecards["Mine"]["close"])
    alone, together = found
    assert alone.value == together.value == pytest.approx(7 / 15)
    assert together.high - together.low > 2 * (alone.high - alone.low)

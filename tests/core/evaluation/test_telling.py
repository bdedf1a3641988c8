"""Which metrics say most about what kind of answers, and why others say nothing."""

import pytest

from core.evaluation.telling import TELLING, AnswerKind, describe, silent_metrics, telling
from core.specs.results.metrics import METRICS

LONG = ["The doctor asks where it hurts and for how long, then writes a letter to the hospital."] * 3


@pytest.mark.parametrize(
    ("texts", "given", "kind"),
    [
        (["good", "bad"], {"labels": True}, AnswerKind.LABELS),
        (['{"a": 1}', "[]"], {}, AnswerKind.JSON),
        (["7", "true"], {}, AnswerKind.SHORT),
        (["3 and 4 make 7.", "So it is 1.234,5 €"], {}, AnswerKind.NUMBERS),
        (["Paris", "Rome, Italy"], {}, AnswerKind.SHORT),
        (LONG, {}, AnswerKind.LONG),
        (LONG, {"calls": [True, True, False]}, AnswerKind.TOOL_CALLS),
        (LONG, {"calls": [None, None, None]}, AnswerKind.LONG),
        (LONG, {"asks": False}, AnswerKind.TEXT),
    ],
)
def test_references_are_told_apart_by_kind(texts, given, kind):
    assert describe(texts, **given).kind is kind


def test_three_say_most_and_none_of_them_says_nothing():
    for kind in AnswerKind:
        for language in ("en", "hi"):
            about = describe(LONG)._replace(
                kind=kind, language=language, json_share=1, number_share=1, offers_tools=True
            )
            silent = silent_metrics(about)
            assert len(telling(about)) == 3
            assert not set(telling(about)) & set(silent), kind
            assert set(silent) < set(METRICS) and all(reason.endswith(".") for reason in silent.values())


def test_every_metric_says_something_about_some_answers():
    heard = set()
    for kind in AnswerKind:
        about = describe(["a\nb"])._replace(kind=kind, words=9, json_share=1, number_share=1, offers_tools=True)
        heard |= set(METRICS) - set(silent_metrics(about))
    assert heard == set(METRICS)


def test_reasons_name_what_is_missing():
    silent = silent_metrics(describe(LONG))
    assert silent["number_match"] == "Only 0% of the references end in a number."
    assert silent["macro_f1"] == "The answers are not labels."
    assert "rougeL" not in silent and "loss" not in silent
    german = describe(["Der Arzt fragt, wo es wehtut und wie lange schon, und schreibt einen Brief."] * 5)
    assert telling(german) == ("rougeL", "chrf", "f1")
    assert "reads English" in silent_metrics(german)["semantic_similarity"]
    assert "refusals" not in silent_metrics(german)


def test_the_three_are_metrics():
    assert {name for names in TELLING.values() for name in names} <= set(METRICS)

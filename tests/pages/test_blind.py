"""The blind comparison: nothing on the page names a model, and what cannot be voted on is said."""

import json
from pathlib import Path

import pytest

from app.evaluation.blind_votes import votes
from app.plumbing.studio import store
from core.specs.keeping import ThingKind
from storage.actors import OWNER
from storage.needs import Thing
from storage.trash import free, throw_away
from tests.finished import dataset_with_near_copies, evaluated, trained
from tests.framed import framed
from tests.pages.test_forms import labelled, told

NAMES = ("base", "tuned", "nearest", "Base model", "Tuned", "Plain look-up")


@pytest.fixture
def evaluation():
    """Three models that answered 30 questions, each in its own words."""
    dataset = dataset_with_near_copies()
    made = evaluated(trained(dataset).output_dir, dataset, 5, count=30)
    rewrite(made, lambda row: row.update(predictions={name: f"of {len(name)} letters" for name in row["predictions"]}))
    return made


def rewrite(evaluation, change) -> None:
    """Change every stored answer in place."""
    file = Path(evaluation.output_dir, "predictions.json")
    rows = json.loads(file.read_text())
    for row in rows:
        change(row)
    file.write_text(json.dumps(rows))


def links(app) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_no_key_or_text_names_a_model_until_the_ranking_is_opened(evaluation):
    assert "Compare the answers blind" in links(framed("evaluate", job=evaluation.id))
    app = framed("evaluate", job=evaluation.id, blind="1")
    labelled(app.button, "A is better").click().run()
    assert len(votes(OWNER, evaluation.id)) == 1
    seen = [told(app), *(one.value for one in app.text), *(str(one.key) for one in app.button)]
    assert not any(name in text for text in seen for name in NAMES)
    assert not app.table and not app.dataframe


def test_a_vote_on_an_evaluation_that_somebody_deleted_is_refused_in_words(evaluation):
    app = framed("evaluate", job=evaluation.id, blind="1")
    entry = throw_away(store(), OWNER, Thing(ThingKind.EVALUATION, evaluation.name, (evaluation,), ()))
    free(store(), OWNER, entry.id)
    labelled(app.button, "A is better").click().run()
    assert not app.exception and evaluation.id in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row.update(predictions={}), "plain text, which asks nothing"),
        (lambda row: row.update(predictions={"tuned": "Yes."}), "Only one model answered"),
        (lambda row: row.update(predictions={"tuned": "Yes.", "base": "Yes."}), "the same answers, word for word"),
    ],
)
def test_where_there_is_nothing_to_vote_on_the_page_says_why(evaluation, change, says):
    rewrite(evaluation, change)
    assert says in framed("evaluate", job=evaluation.id, blind="1").info[0].value


def test_no_link_leads_to_answers_that_are_gone(evaluation):
    Path(evaluation.output_dir, "predictions.json").unlink()
    assert "Compare the answers blind" not in links(framed("evaluate", job=evaluation.id))
    assert "The answers are gone" in framed("evaluate", job=evaluation.id, blind="1").info[0].value

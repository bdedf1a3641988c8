"""Examples are found, sorted and paged as the rows themselves say, remarks are kept, and datasets are made of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import load_from_disk

from app.data.datasets import dataset
from app.evaluation.browsing import View, find_examples, finished_evaluation
from app.evaluation.dataset_of_examples import start_dataset_of
from app.evaluation.remarks import remark_on
from app.plumbing.studio import store
from core.errors import ConflictError, InputError, NotFoundError
from core.specs.kinds import Length, Order, Outcome
from core.specs.results.forgetting import GENERAL_SPLIT
from storage.actors import OWNER, Actor
from tests.app.working import work_off
from tests.browsed import RARE, browsed, rewrite
from tests.browsed import rows as rows_of

COUNT = 90


@pytest.fixture
def evaluation(here):
    return browsed(COUNT)


@pytest.fixture
def known():
    return list(rows_of(COUNT))


def places(evaluation, **asked) -> list[int]:
    return find_examples(OWNER, evaluation, View(**asked)).places.tolist()


def score(row, model: str, metric: str = "rougeL") -> float:
    return row.scores[model][metric]


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ({"topic": "skin"}, lambda row, _: row.topic == "skin"),
        ({"source": "report-3.pdf"}, lambda row, _: row.source == "report-3.pdf"),
        ({"tag": "checked"}, lambda row, _: "checked" in row.tags),
        ({"search": RARE.upper()}, lambda _, place: place == COUNT - 1),
        ({"search": "case 7"}, lambda row, _: "case 7" in row.instruction),
        ({"outcome": Outcome.CLOSE}, lambda row, _: score(row, "Tuned", "f1") >= 0.5),
        ({"outcome": Outcome.MISSED, "model": "Base"}, lambda row, _: score(row, "Base", "f1") < 0.5),
        ({"disagree": True}, lambda row, _: len({score(row, name, "f1") >= 0.5 for name in row.scores}) == 2),
        ({"length": Length.LONG}, lambda row, _: len(row.reference.split()) > 22),
        (
            {"source": "report-3.pdf", "outcome": Outcome.CLOSE},
            lambda row, _: row.source == "report-3.pdf" and score(row, "Tuned", "f1") >= 0.5,
        ),
    ],
)  # fmt: skip
def test_exactly_those_are_found_that_the_rows_say(evaluation, known, asked, passes):
    expected = [place for place, row in enumerate(known) if passes(row, place)]
    assert expected and places(evaluation, **asked) == expected


def test_models_disagree_where_one_missed_and_another_did_not(evaluation):
    def right_beside_close(_: int, row: dict) -> None:
        for model, scores in row["scores"].items():
            scores |= {"accuracy": float(model == "Tuned"), "f1": 0.9}

    rewrite(evaluation, right_beside_close)
    assert places(evaluation, disagree=True) == []
    assert len(places(evaluation, outcome=Outcome.RIGHT)) == COUNT


@pytest.mark.parametrize("asked", [{"outcome": Outcome.MISSED}, {"disagree": True}])
def test_plain_text_has_no_outcomes_to_filter_by(here, asked):
    with pytest.raises(InputError, match="plain text asks nothing"):
        places(browsed(4, plain=True), **asked)


def test_they_are_sorted_by_score_by_gain_and_by_loss(evaluation, known):
    def sorted_by(key) -> list[int]:
        return sorted(range(COUNT), key=lambda place: key(known[place]))

    def above(row) -> float:
        return score(row, "Tuned") - score(row, "q4_0")

    assert places(evaluation, order=Order.BEST) == sorted_by(lambda row: -score(row, "Tuned"))
    assert places(evaluation, order=Order.WORST) == sorted_by(lambda row: score(row, "Tuned"))
    assert places(evaluation, order=Order.GAIN, against="q4_0") == sorted_by(lambda row: -above(row))
    assert places(evaluation, order=Order.LOSS, against="q4_0") == sorted_by(above)
    less_is_better = places(evaluation, order=Order.BEST, metric="loss")
    assert less_is_better == sorted_by(lambda row: score(row, "Tuned", "loss"))


def test_a_random_order_is_another_for_another_seed_and_whole(evaluation):
    first, again, other = (places(evaluation, order=Order.RANDOM, seed=seed) for seed in (0, 0, 1))
    assert first == again != other and sorted(first) == sorted(other) == list(range(COUNT))


def test_pages_hold_the_rows_in_order(evaluation, known):
    found = find_examples(OWNER, evaluation, View(order=Order.WORST))
    shown = found.page(10, 5) + found.page(85, 10)
    assert [one.place for one in shown] == found.places.tolist()[10:15] + found.places.tolist()[85:]
    assert all(one.row == known[one.place] for one in shown)


@pytest.mark.parametrize(
    "asked", [{"model": "nobody"}, {"metric": "beauty"}, {"split": "train"}, {"topic": "x"}, {"search": "x" * 501}]
)
def test_names_that_the_evaluation_does_not_have_are_refused(evaluation, asked):
    with pytest.raises(InputError) as refused:
        find_examples(OWNER, evaluation, View(**asked))
    assert refused.value.remedy


def test_a_missing_file_is_said(evaluation):
    Path(evaluation.output_dir, "predictions.json").unlink()
    with pytest.raises(NotFoundError, match="answers are gone"):
        find_examples(OWNER, evaluation, View())


def test_only_finished_evaluations_have_examples(evaluation, shop):
    from app.evaluation.start_evaluating import start_evaluating

    waiting = start_evaluating(OWNER, model="starter", dataset=shop)
    with pytest.raises(ConflictError, match="queued"):
        finished_evaluation(OWNER, waiting.id)


def test_remarks_are_kept_found_and_removed(evaluation):
    remark_on(OWNER, evaluation.id, 7, "Wrong drug!", ["danger", "drug"])
    remark_on(OWNER, evaluation.id, 8, "", ["drug"])
    remark_on(OWNER, evaluation.id, 7, "Wrong drug, 错了", ["danger"])
    assert places(evaluation, remarked=True) == [7, 8]
    assert places(evaluation, tag="drug") == [8] and places(evaluation, tag="danger") == [7]
    found = find_examples(OWNER, evaluation, View(remarked=True))
    assert [one.remark.comment for one in found.page(0, 5)] == ["Wrong drug, 错了", ""]
    assert {"danger", "drug", "checked"} == set(found.tags)
    somebody = Actor("somebody")
    assert find_examples(somebody, evaluation, View()).remarks == {}
    remark_on(OWNER, evaluation.id, 8, "  ", [])
    assert places(evaluation, remarked=True) == [7]
    store().close()
    store.cache_clear()
    assert places(evaluation, remarked=True) == [7]


@pytest.mark.parametrize(("place", "comment", "tags"), [
    (COUNT, "x", []), (-1, "x", []), (0, "x" * 4001, []), (0, "", ["a,b"]), (0, "", [" "]), (0, "", ["x" * 41]),
    (0, "", [str(number) for number in range(21)]),
])  # fmt: skip
def test_remarks_that_cannot_be_kept_are_refused(evaluation, place, comment, tags):
    with pytest.raises((InputError, NotFoundError)) as refused:
        remark_on(OWNER, evaluation.id, place, comment, tags)
    assert refused.value.remedy


def test_missed_examples_become_a_dataset_that_says_where_it_comes_from(evaluation, known):
    missed = find_examples(OWNER, evaluation, View(outcome=Outcome.MISSED, model="Tuned"))
    first, second = (start_dataset_of(OWNER, evaluation, missed) for _ in range(2))
    assert first.name == "scores missed by Tuned" and second.name != first.name
    made = work_off(first)
    rows = [row for split in load_from_disk(made["path"]).values() for row in split]
    assert len(rows) == len(missed.places) > 20
    by_question = {row.instruction: row for row in known}
    for row in rows:
        asked = by_question[row["instruction"]]
        assert row["output"] == asked.reference and score(asked, "Tuned", "f1") < 0.5
        assert (row["topic"], row["source"]) == (asked.topic, asked.source)
        assert row["tags"].split(", ")[-1] == "missed-by-Tuned"
    report = dataset(OWNER, made["id"])["report"]
    assert report.state != "not ready", report.verdict
    [told] = [note for note in report.source.notes if evaluation.id in note]
    assert "missed by Tuned, from the test split of care_dataset" in told and "proves nothing" in told


def test_conversations_tools_and_texts_stay_what_they_are(here):
    old = browsed(4)
    path = Path(old.output_dir, "predictions.json")
    rows = json.loads(path.read_text())
    tool = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}}
    for row in rows:
        row["messages"] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": row["instruction"]}]
        row["tools"] = [tool]
        row["reference"] = '[{"name": "find", "arguments": {"what": "ankle"}}]'
    path.write_text(json.dumps(rows))
    made = work_off(start_dataset_of(OWNER, old, find_examples(OWNER, old, View()), "calls"))
    [first, *_] = [row for split in load_from_disk(made["path"]).values() for row in split]
    messages = json.loads(first["messages"])
    assert [message["role"] for message in messages] == ["system", "user", "assistant"]
    assert messages[-1]["tool_calls"][0]["function"] == {"name": "find", "arguments": {"what": "ankle"}}
    assert json.loads(first["tools"]) == [tool]


def test_the_general_set_is_nothing_to_learn_from(evaluation):
    found = find_examples(OWNER, evaluation, View())
    with pytest.raises(InputError, match="only one way to be right"):
        start_dataset_of(OWNER, evaluation, found._replace(view=replace(found.view, split=GENERAL_SPLIT)))


def test_no_examples_are_no_dataset(evaluation):
    with pytest.raises(InputError, match="No example"):
        start_dataset_of(OWNER, evaluation, find_examples(OWNER, evaluation, View(search="nowhere")))


def test_the_hundredth_page_of_ten_thousand_examples(here):
    many = browsed(10_000)
    found = find_examples(OWNER, many, View(order=Order.GAIN, search="bandage", disagree=True))
    assert len(found.page(100, 25)) == 25 and all("bandage" in one.row.model_dump_json() for one in found.page(100, 25))

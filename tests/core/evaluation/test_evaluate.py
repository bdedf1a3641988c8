"""evaluate: base beside tuned, asked the same; three whole files or none; errors in words."""

import json

import pytest

from core.errors import ConflictError, InputError, NotFoundError
from core.evaluation.evaluate import evaluate
from core.evaluation.publishing import FILES
from core.examples.encoding import encode_examples
from core.models.loading import load_tokenizer
from core.models.references import locate
from core.reporting import Reporter, Stopped
from core.specs import SCORE_NAMES, EvaluateSpec, StopRequest
from core.specs.results.evaluate import EvaluationFile
from tests.core.training.runs import Recorder, save_dataset

LIKELIHOOD = {"loss", "perplexity", "bits_per_byte", "token_accuracy"}
OF_OTHER_ANSWERS = {
    "balanced_accuracy", "macro_f1", "number_match", "valid_json", "schema_match", "json_match", "tool_name_match",
    "tool_call_match",
}  # fmt: skip
"""Scores of labels, numbers, JSON and tool calls only."""
VARIETY = {"repetition", "distinct_1", "distinct_2"}
"""Of answers that hold words."""
TEXT_SCORES = set(SCORE_NAMES) - LIKELIHOOD - OF_OTHER_ANSWERS


def run(tmp_path, model, dataset, reporter=None, place="scores", **values):
    values = {"max_new_tokens": 8, **values}
    spec = EvaluateSpec(name="e", output_dir=str(tmp_path / place), model=str(model), dataset=dataset, **values)
    return evaluate(spec, reporter)


@pytest.fixture
def adapter(tiny_adapter, tiny_model):
    return {"model": tiny_adapter, "base_model": str(tiny_model)}


def test_base_and_tuned_are_scored_on_the_same_examples(tmp_path, adapter, dataset):
    reporter = Recorder()
    result = run(tmp_path, dataset=dataset, reporter=reporter, nearest=True, **adapter)
    assert list(result.scorecards) == ["base", "tuned", "nearest"]
    for role, card in result.scorecards.items():
        assert set(card) | VARIETY == (TEXT_SCORES if role == "nearest" else TEXT_SCORES | LIKELIHOOD)
        assert card["mean_length"].low is None and card["accuracy"].low < card["accuracy"].high
    assert result.notes == []
    assert result.scorecards["base"] != result.scorecards["tuned"]
    assert (result.examples, result.split, result.speed) == (9, "test", None)
    assert "adapter on its base in float32" in result.how("tuned")

    folder = tmp_path / "scores"
    assert {path.name for path in folder.iterdir()} == {*FILES}
    assert sorted(result.files) == sorted(str(path) for path in folder.iterdir())
    assert "9 examples show a difference of" in (folder / "evaluation_report.txt").read_text()
    written = json.loads((folder / "metrics.json").read_text())
    assert written | result.stored() == written and EvaluationFile.read(written, "metrics.json").made_by == ""
    assert written["spec"]["dataset"] == dataset
    rows = json.loads((folder / "predictions.json").read_text())
    assert len(rows) == 9
    for row in rows:
        assert set(row["predictions"]) == set(row["scores"]) == {"base", "tuned", "nearest"}
        assert row["reference"].startswith("It is what the doctor asks")
    for role in ("base", "tuned"):
        mean = sum(row["scores"][role]["rougeL"] for row in rows) / 9
        assert result.scorecards[role]["rougeL"].value == pytest.approx(mean)
        above = result.differences[role]["nearest"]["rougeL"]
        looked_up = sum(row["scores"]["nearest"]["rougeL"] for row in rows) / 9
        assert above.value == pytest.approx(mean - looked_up)
        assert above.low <= above.value <= above.high and above.p_value < above.corrected_p_value < 0.05
    assert set(result.differences) == {"base", "tuned"} and set(result.differences["tuned"]) == {"base", "nearest"}
    report = (folder / "evaluation_report.txt").read_text()
    assert "tuned against nearest: worse on " in report and "corrected for all" in report
    assert "base" in report and "rougeL" in report
    page = (folder / "evaluation_report.html").read_text()
    assert sum(row["instruction"] in report for row in rows) >= 3 <= sum(row["instruction"] in page for row in rows)
    assert "Tuned model is worse than Look-up." in page and "Tuned model is worse than Look-up." in report

    done, total, _ = reporter.stages[-1]
    assert done == pytest.approx(total, rel=0.01)
    assert [stage[0] for stage in reporter.stages] == sorted(stage[0] for stage in reporter.stages)


def test_of_plain_text_only_the_likelihood_is_scored(tmp_path, adapter):
    texts = [{"text": f"The doctor asks {number} times who is ill."} for number in range(4)]
    dataset = save_dataset(tmp_path / "texts", train=texts, test=texts)
    result = run(tmp_path, dataset=str(dataset), nearest=True, **adapter)
    assert {role: set(card) for role, card in result.scorecards.items()} == dict.fromkeys(("base", "tuned"), LIKELIHOOD)
    assert any("no answers are generated" in note for note in result.notes)
    rows = json.loads((tmp_path / "scores" / "predictions.json").read_text())
    assert [row["reference"] for row in rows] == [text["text"] for text in texts]
    assert all(row["predictions"] == {} and row["scores"]["tuned"]["loss"] > 0 for row in rows)
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert "plain text" in report and "good answers" not in report
    assert "Fisher's randomization test, Student's interval, 4 examples" in " ".join(report.split())
    base, tuned = result.models
    assert tuned.base == base.base == locate(adapter["base_model"]).label
    theirs = [{"name": "Theirs", "model": "m", "endpoint": "http://127.0.0.1:9/v1"}]
    spec = EvaluateSpec(name="e", output_dir=str(tmp_path / "asked"), models=theirs, dataset=str(dataset))
    with pytest.raises(InputError, match="plain text, which asks nothing"):
        evaluate(spec)


def test_a_chat_is_scored_on_its_last_turn_and_feedback_on_what_is_good(tmp_path, tiny_model):
    asked = [
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": "The doctor."},
        {"role": "user", "content": "Why?"},
    ]
    chat = {"messages": json.dumps([*asked, {"role": "assistant", "content": "So it is."}]), "tools": ""}
    judged = [
        {"messages": json.dumps(asked), "output": answer, "label": label}
        for answer, label in (("So it is.", "good"), ("Because of the moon.", "bad"))
    ]
    cards = []
    for place, rows in (("chat", [chat]), ("feedback", judged)):
        dataset = save_dataset(tmp_path / f"{place}_dataset", train=rows, test=rows)
        result = run(tmp_path, tiny_model, str(dataset), place=place, nearest=True)
        [row] = json.loads((tmp_path / place / "predictions.json").read_text())
        assert (row["reference"], row["predictions"]["nearest"]) == ("So it is.", "So it is.")
        assert row["instruction"] == "Who?\nThe doctor.\nWhy?" and row["messages"] == asked
        cards.append(result.scorecards["base"])
    assert cards[0] == cards[1]


def test_a_plain_model_is_the_base(tmp_path, tiny_model, dataset):
    assert list(run(tmp_path, tiny_model, dataset).scorecards) == ["base"]


def test_a_model_beside_itself_has_the_same_scores(tmp_path, tiny_model, dataset):
    cards = run(tmp_path, tiny_model, dataset, base_model=str(tiny_model)).scorecards
    assert cards["base"] == cards["tuned"]


def test_only_the_first_examples_where_so_many_are_asked_for(tmp_path, tiny_model, dataset):
    whole = run(tmp_path, tiny_model, dataset, split="train", place="whole")
    part = run(tmp_path, tiny_model, dataset, split="train", limit=4, place="part")
    assert (whole.examples, part.examples) == (12, 4)
    asked = [json.loads((tmp_path / place / "predictions.json").read_text()) for place in ("whole", "part")]
    assert [row["instruction"] for row in asked[0][:4]] == [row["instruction"] for row in asked[1]]


def test_a_gguf_beside_the_model_it_was_made_from(tmp_path, starter_gguf, dataset):
    cards = run(tmp_path, starter_gguf("f16"), dataset, base_model="starter", limit=4).scorecards
    assert list(cards) == ["base", "gguf"]
    assert cards["gguf"]["loss"].value == pytest.approx(cards["base"]["loss"].value, rel=5e-3)


def test_a_gguf_reads_chats_with_tools_and_texts_as_its_source_does(starter_gguf):
    from core.evaluation.engines.gguf_scorer import GgufScorer

    call = {"type": "function", "function": {"name": "look", "arguments": {}}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look!"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "clear"},
        {"role": "assistant", "content": "The sky is clear."},
    ]
    examples = [
        {"messages": json.dumps(messages), "tools": json.dumps([call])},
        {"text": "The harbour wakes before the town does."},
    ]
    tokenizer = load_tokenizer(locate("starter"))
    scorer = GgufScorer(locate(str(starter_gguf("f16"))))
    assert scorer.encode(examples) == [(one.prompt, one.answer) for one in encode_examples(tokenizer, examples)]
    scorer.close()


def test_models_of_different_tokenizers_are_compared_and_it_is_said_what_does_not_compare(
    tmp_path, tiny_model, dataset
):
    result = run(tmp_path, "starter", dataset, base_model=str(tiny_model))
    assert set(result.scorecards) == {"base", "tuned"} and "rougeL" in result.differences["tuned"]["base"]
    assert any("tuned split the references into other tokens than base" in note for note in result.notes)


def test_an_evaluation_is_never_overwritten_but_by_another_attempt_of_its_own(tmp_path, tiny_model, dataset):
    def attempt(name):
        reporter = Reporter()
        reporter.attempt = name
        return reporter

    run(tmp_path, tiny_model, dataset, attempt("job-a.1"), limit=2)
    for other in (None, attempt("job-b.1")):
        with pytest.raises(ConflictError):
            run(tmp_path, tiny_model, dataset, other, limit=3)
    run(tmp_path, tiny_model, dataset, attempt("job-a.2"), limit=3)
    assert len(json.loads((tmp_path / "scores" / "predictions.json").read_text())) == 3


def test_what_is_stopped_leaves_nothing(tmp_path, adapter, dataset):
    class Impatient(Recorder):
        def stop_requested(self):
            return StopRequest.CANCEL if len(self.stages) > 5 else None

    with pytest.raises(Stopped):
        run(tmp_path, dataset=dataset, reporter=Impatient(), **adapter)
    assert not (tmp_path / "scores").exists()


@pytest.mark.parametrize(
    "values, error, message",
    [
        ({"split": "validation"}, InputError, "no validation split"),
        ({"model": "nowhere/at/all"}, NotFoundError, "nowhere"),
        ({"dataset": "nowhere"}, NotFoundError, "nowhere"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, tiny_model, dataset, values, error, message):
    with pytest.raises(error, match=message):
        run(tmp_path, **{"model": tiny_model, "dataset": dataset, **values})


def test_texts_longer_than_the_context_are_cut_and_it_is_said(tmp_path, tiny_model):
    from tests.core.training.runs import save_dataset

    rows = [{"instruction": "Repeat it. " * 200, "input": "", "output": "It is what the doctor asks."}] * 2
    long = save_dataset(tmp_path / "long_dataset", test=rows)
    result = run(tmp_path, tiny_model, str(long))
    assert result.notes == ["2 examples were cut to base's context length of 256 tokens."]


def test_of_labels_the_accuracy_comes_first_with_what_the_commonest_would_get(tmp_path, tiny_model):
    rows = [
        {"instruction": f"How was ride {number}?", "input": "", "output": "Good" if number % 4 else "Bad"}
        for number in range(24)
    ]
    dataset = save_dataset(tmp_path / "rides", train=rows, test=rows)
    (dataset / "data_report.json").write_text(
        json.dumps({"splits": {"train": 24, "test": 24}, "label_data": True}), encoding="utf-8"
    )
    result = run(tmp_path, tiny_model, str(dataset), nearest=True)
    assert result.labels and [list(card)[0] for card in result.scorecards.values()] == ["accuracy", "accuracy"]
    right = result.scorecards["nearest"]["accuracy"]
    assert right.value == 1 and right.low == pytest.approx(0.862, abs=1e-3)  # Wilson, 24 of 24
    assert any("'Good' would be right in 75%" in note for note in result.notes)
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert report.index("accuracy") < report.index("loss")
    assert result.telling == ["accuracy", "balanced_accuracy", "macro_f1"]
    assert result.scorecards["nearest"]["macro_f1"].value == 1
    assert result.confusions["nearest"].labels == ["Bad", "Good"]
    assert result.confusions["nearest"].counts == [[6, 0, 0], [0, 18, 0]]
    assert "Good: 18 of 18 right" in report and "right or wrong" in report


def test_of_json_what_programs_read_comes_first_and_the_wording_is_silent(tmp_path, tiny_model):
    rows = [
        {"instruction": f"Who is number {number}?", "input": "", "output": json.dumps({"name": f"n{number}"})}
        for number in range(6)
    ]
    dataset = save_dataset(tmp_path / "json_dataset", train=rows, test=rows)
    result = run(tmp_path, tiny_model, str(dataset), nearest=True)
    assert result.answer_kind == "JSON"
    card = result.scorecards["nearest"]
    assert list(card)[:3] == result.telling == ["json_match", "schema_match", "valid_json"]
    assert [card[name].value for name in result.telling] == [1, 1, 1]
    assert list(result.differences["base"]["nearest"]) == result.telling
    assert result.scorecards["base"]["valid_json"].value == 0
    silent = {one.metric: one.reason for one in result.silent}
    assert "program reads" in silent["rougeL"] and "not labels" in silent["macro_f1"]
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert "Answers that are JSON as a whole." in report and silent["rougeL"] in report

    schema = {"type": "object", "required": ["age"]}
    asked = run(tmp_path, tiny_model, str(dataset), nearest=True, answer_schema=json.dumps(schema), place="asked")
    assert asked.scorecards["nearest"]["schema_match"].value == 0


def test_an_answer_schema_that_cannot_be_used_is_refused():
    for schema, problem in (("{", "not JSON"), ('{"type": 3}', "not a JSON schema")):
        with pytest.raises(ValueError, match=problem):
            EvaluateSpec(name="e", output_dir="/e", model="m", dataset="/d", answer_schema=schema)


def test_tool_calls_are_compared_by_name_and_arguments(tmp_path, tiny_model):
    tools = json.dumps([{"type": "function", "function": {"name": "look", "parameters": {}}}])

    def chat(number: int) -> dict:
        call = {"type": "function", "function": {"name": "look", "arguments": {"at": number}}}
        said = [{"role": "user", "content": f"Look at {number}!"}]
        answer = {"role": "assistant", "content": "", "tool_calls": [call]}
        return {"messages": json.dumps([*said, answer]), "tools": tools}

    rows = [chat(number) for number in range(4)]
    dataset = save_dataset(tmp_path / "calls_dataset", train=rows, test=rows)
    result = run(tmp_path, tiny_model, str(dataset), nearest=True)
    assert result.answer_kind == "tool calls" and result.telling[:2] == ["tool_call_match", "tool_name_match"]
    assert [result.scorecards[name]["tool_call_match"].value for name in ("base", "nearest")] == [0, 1]


def test_an_embedding_model_that_is_not_there_is_named_before_anything_is_answered(tmp_path, tiny_model, dataset):
    reporter = Recorder()
    with pytest.raises(NotFoundError, match="no-such-embeddings"):
        run(tmp_path, tiny_model, dataset, reporter, embedding_model="no-such-embeddings")
    assert reporter.stages == []

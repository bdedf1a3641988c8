"""Any number of models under a person's names: on one split, several splits or a file, with what each can be asked."""

import json
import shutil

import pytest

from core.errors import InputError
from core.evaluation.evaluate import evaluate
from core.evaluation.publishing import FILES
from core.specs import EvaluateSpec
from tests.core.data.synthesis.scripted import Script, completion
from tests.core.training.runs import save_dataset


def run(tmp_path, place="scores", allowed=(), **values):
    values = {"max_new_tokens": 8, **values}
    return evaluate(EvaluateSpec(name="e", output_dir=str(tmp_path / place), **values), None, allowed)


def rows_of(tmp_path, place="scores"):
    return json.loads((tmp_path / place / "predictions.json").read_text())


@pytest.fixture
def script():
    served = Script()
    served.answer = lambda body: completion(f"Asked: {body['messages'][-1]['content']}")
    yield served
    served.close()


def test_every_kind_of_model_is_compared_under_its_name(
    tmp_path, tiny_model, tiny_adapter, starter_gguf, dataset, script
):
    other = tmp_path / "other" / "final"
    shutil.copytree(tiny_adapter, other)
    models = [
        {"name": "Second try", "model": str(other)},
        {"name": "First try", "model": str(tiny_adapter)},
        {"name": "Plain", "model": str(tiny_model)},
        {"name": "As a file", "model": str(starter_gguf("f16"))},
        {"name": "By somebody else", "model": "scripted", "endpoint": script.address},
        {"name": "Looked up", "look_up": True},
    ]
    result = run(tmp_path, models=models, dataset=dataset, limit=5)
    names = [one["name"] for one in models]
    assert list(result.scorecards) == [one.name for one in result.models] == names
    kinds = ["adapter", "adapter", "model", "gguf", "endpoint", "look-up"]
    assert [one.kind for one in result.models] == kinds
    assert result.reference == "Plain"  # the base of the adapters, wherever it stands
    assert set(result.differences["First try"]) == {"Plain", "Looked up", "Second try"}
    assert set(result.differences) == {*names} - {"Looked up"}
    assert result.scorecards["First try"] == result.scorecards["Second try"] != result.scorecards["Plain"]

    assert {"loss", "perplexity", "token_accuracy"}.isdisjoint(result.scorecards["By somebody else"])
    assert "losses are not known" in result.how("By somebody else")
    rows = rows_of(tmp_path)
    assert len(rows) == 5 and all(set(row["predictions"]) == {*names} for row in rows)
    for row in rows:
        question = "\n".join(filter(None, (row["instruction"], row["input"])))
        assert row["predictions"]["By somebody else"] == f"Asked: {question}"
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert all(name in report for name in names)


def test_the_reference_is_the_persons_choice(tmp_path, tiny_model, tiny_adapter, dataset):
    models = [{"name": "Base", "model": str(tiny_model)}, {"name": "Mine", "model": str(tiny_adapter)}]
    found = [run(tmp_path, name, models=models, reference=name, dataset=dataset) for name in ("Base", "Mine")]
    above, below = found[0].differences["Mine"]["Base"], found[1].differences["Base"]["Mine"]
    assert above["f1"].value == pytest.approx(-below["f1"].value)
    assert found[1].subjects == ["Base"]


def test_several_splits_are_scored_each_by_itself(tmp_path, tiny_model, dataset):
    models = [{"name": "Base", "model": str(tiny_model)}, {"name": "Looked up", "look_up": True}]
    result = run(tmp_path, models=models, dataset=dataset, splits=["test", "train"])
    assert (result.split, result.examples, result.other_splits["train"].examples) == ("test", 9, 12)
    assert result.other_splits["train"].scorecards["Looked up"]["exact_match"].value == 1  # it looks there
    assert "rougeL" in result.other_splits["train"].differences["Base"]["Looked up"]
    alone = [run(tmp_path, split, models=models, dataset=dataset, split=split) for split in ("test", "train")]
    for expected, found in zip(alone, (result, result.other_splits["train"]), strict=True):
        for metric, score in expected.scorecards["Base"].items():
            assert found.scorecards["Base"][metric].value == pytest.approx(score.value, rel=1e-6), metric
    assert [row["split"] for row in rows_of(tmp_path)] == ["test"] * 9 + ["train"] * 12


def test_each_split_is_told_by_what_says_most_about_its_own_references(tmp_path, tiny_model):
    """The references of one split may be JSON, those of another long texts; labels are confused in each."""
    values = [json.dumps({"name": f"n{number}"}) for number in range(6)]
    texts = [f"It is what the {word} doctor asks and answers at length." for word in ("first", "second", "third")]
    splits = {
        split: [{"instruction": f"Who, {number}?", "input": "", "output": text} for number, text in enumerate(outputs)]
        for split, outputs in {"test": values, "train": texts}.items()
    }
    models = [{"name": "Base", "model": str(tiny_model)}, {"name": "Looked up", "look_up": True}]
    dataset = save_dataset(tmp_path / "mixed_dataset", **splits)
    result = run(tmp_path, models=models, dataset=str(dataset), splits=["test", "train"])
    other = result.of_split("train")
    assert (result.answer_kind, other.answer_kind) == ("JSON", "long answers")
    assert result.telling[0] == "json_match" and other.telling[0] == "rougeL"
    assert "rougeL" in {one.metric for one in result.silent} and "rougeL" not in {one.metric for one in other.silent}
    assert "json_match" in {one.metric for one in other.silent}
    assert list(other.differences["Base"]["Looked up"])[0] == "rougeL"
    assert other.of_split("test") == result
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert "The references are JSON" in report and "The references are long answers" in report


def test_labels_are_confused_in_each_split(tmp_path, tiny_model):
    splits = {"test": ["Good", "Bad", "Good"], "train": ["Bad", "Bad", "Good", "Bad"]}
    rows = {
        split: [{"instruction": f"How was {split} {number}?", "input": "", "output": label}
                for number, label in enumerate(labels)]
        for split, labels in splits.items()
    }  # fmt: skip
    dataset = save_dataset(tmp_path / "rides", **rows)
    (dataset / "data_report.json").write_text(json.dumps({"splits": {"train": 4, "test": 3}, "label_data": True}))
    models = [{"name": "Base", "model": str(tiny_model)}, {"name": "Looked up", "look_up": True}]
    result = run(tmp_path, models=models, dataset=str(dataset), splits=["test", "train"])
    counted = {split: result.of_split(split).confusions["Looked up"].counts for split in splits}
    assert [sum(row) for row in counted["test"]] == [1, 2] and counted["train"] == [[3, 0, 0], [0, 1, 0]]
    assert any(note.startswith("test: ") and "'Good' would be right in 67%" in note for note in result.notes)
    assert any(note.startswith("train: ") and "'Bad' would be right in 75%" in note for note in result.notes)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_is_asked_row_by_row_as_it_is(tmp_path, tiny_model, kind):
    rows = [
        {"question": "Who?", "answer": "The <b>doctor</b>."},
        {"question": "Who?", "answer": "The <b>doctor</b>."},
        {"question": "See https://example.org/a?", "answer": "No."},
        {"question": "Why, then?", "answer": "Because."},
    ]
    file = tmp_path / f"exam.{kind}"
    if kind == "csv":
        quoted = [f'"{row["question"]}","{row["answer"]}"' for row in rows]
        file.write_text("\n".join(["question,answer", *quoted]) + "\n", encoding="utf-8")
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = run(tmp_path, model=str(tiny_model), test_file=str(file))
    assert (result.examples, result.split, result.dataset) == (4, "test", file.name)
    asked = [(row["instruction"], row["reference"]) for row in rows_of(tmp_path)]
    assert asked == [(row["question"], row["answer"]) for row in rows]
    assert {path.name for path in (tmp_path / "scores").iterdir()} == {*FILES}


def test_rows_of_a_file_that_are_not_asked_are_counted(tmp_path, tiny_model):
    file = tmp_path / "exam.csv"
    file.write_text("question,answer\nOne and one?,+\nWho?,The doctor.\nWhy?,\nWhere?,Where?\nWhen?,Now.\n")
    result = run(tmp_path, model=str(tiny_model), test_file=str(file), limit=1)
    assert [row["instruction"] for row in rows_of(tmp_path)] == ["Who?"]
    [note] = [note for note in result.notes if "not asked" in note]
    assert note.startswith("Rows of exam.csv that were not asked: 3 (")
    reasons = ("no letters or digits in instruction or output: 1", "no output: 1", "only repeats the instruction: 1")
    assert all(reason in note for reason in reasons)


def test_the_look_up_answers_a_file_from_the_dataset(tmp_path, tiny_model, dataset):
    file = tmp_path / "exam.jsonl"
    file.write_text(json.dumps({"question": "What is gout, case 1?", "answer": "It hurts a lot."}) + "\n")
    run(tmp_path, model=str(tiny_model), nearest=True, dataset=dataset, test_file=str(file))
    [row] = rows_of(tmp_path)
    assert row["predictions"]["nearest"].startswith("It is what the doctor asks")


def test_an_endpoint_is_asked_messages_and_tools_in_openais_form(tmp_path, script):
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    call = {"type": "function", "function": {"name": "look", "arguments": {"at": "sky"}}}
    messages = [
        {"role": "user", "content": "Look!"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "clear"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ]
    rows = [{"messages": json.dumps(messages), "tools": json.dumps([tool])}]
    dataset = save_dataset(tmp_path / "tools_dataset", test=rows)
    sent = {"id": "x", "type": "function", "function": {"name": "look", "arguments": '{"at": "sky"}'}}
    script.answer = lambda body: {
        "choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [sent]}, "finish_reason": "stop"}]
    }
    models = [{"name": "Theirs", "model": "scripted", "endpoint": script.address}]
    result = run(tmp_path, models=models, dataset=str(dataset), max_new_tokens=33, seed=5)
    [asked] = script.asked
    assert (asked["max_tokens"], asked["temperature"], asked["seed"], asked["tools"]) == (33, 0, 5, [tool])
    assert "response_format" not in asked
    earlier, told = asked["messages"][1:]
    assert earlier["tool_calls"][0]["function"]["arguments"] == '{"at": "sky"}'
    assert told["tool_call_id"] == earlier["tool_calls"][0]["id"]
    [row] = rows_of(tmp_path)
    assert row["predictions"]["Theirs"] == row["reference"] == '[{"name": "look", "arguments": {"at": "sky"}}]'
    assert result.scorecards["Theirs"]["exact_match"].value == 1


def test_the_key_of_an_endpoint_stays_out_of_every_file(tmp_path, dataset, script, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "canary-secret-key")
    models = [{"name": "Theirs", "model": "m", "endpoint": script.address, "api_key_env": "MY_API_KEY"}]
    run(tmp_path, allowed=[script.address], models=models, dataset=dataset, limit=2)
    assert script.headers[0]["Authorization"] == "Bearer canary-secret-key"
    assert not any(b"canary" in path.read_bytes() for path in (tmp_path / "scores").iterdir())


def refused(message="Your question is against our content policy.", status=400):
    return status, {}, {"error": {"message": message}}


def test_a_question_that_a_server_refuses_has_an_empty_answer(tmp_path, dataset, script):
    def answer(body):
        question = body["messages"][-1]["content"]
        return refused() if "case 14" in question else completion(f"Asked: {question}")

    script.answer = answer
    models = [{"name": "Theirs", "model": "m", "endpoint": script.address}]
    result = run(tmp_path, models=models, dataset=dataset)
    empty = [row["instruction"] for row in rows_of(tmp_path) if not row["predictions"]["Theirs"]]
    assert len(empty) == 1 and "case 14" in empty[0]
    assert any("1 of 9 answers of Theirs" in note and "content policy" in note for note in result.notes)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_server_that_refuses_every_question_fails_the_evaluation(tmp_path, dataset, script, status):
    script.answer = lambda body: refused("There is no model m.", status)
    models = [{"name": "Theirs", "model": "m", "endpoint": script.address}]
    with pytest.raises(InputError, match="There is no model m"):
        run(tmp_path, models=models, dataset=dataset)


@pytest.mark.parametrize("place", ["scores", "again"])
def test_a_new_evaluation_goes_on_where_a_failed_one_was(tmp_path, dataset, script, place):
    said = script.answer

    def failing(body):
        return said(body) if len(script.asked) < 6 else refused("The key has expired.", 401)

    script.answer = failing
    models = [{"name": "Theirs", "model": "m", "endpoint": script.address}]
    with pytest.raises(InputError, match="expired"):
        run(tmp_path, models=models, dataset=dataset)
    answered = sum(len(file.read_text().splitlines()) for file in (tmp_path / "scores" / ".answers").iterdir())
    script.answer = said
    script.asked.clear()
    result = run(tmp_path, place, models=models, dataset=dataset)
    assert answered == 5 and len(script.asked) == 9 - answered
    assert result.examples == 9 and all(row["predictions"]["Theirs"] for row in rows_of(tmp_path, place))
    assert len(list((tmp_path / place).iterdir())) == 5


def test_an_endpoint_that_the_owner_has_not_named_is_not_asked(tmp_path, dataset):
    models = [{"name": "Theirs", "model": "m", "endpoint": "https://elsewhere.example/v1"}]
    with pytest.raises(InputError, match="not among the servers"):
        run(tmp_path, models=models, dataset=dataset)


@pytest.mark.long
def test_speed_is_told_by_the_persons_names(tmp_path, tiny_model, dataset):
    models = [{"name": "Mine", "model": str(tiny_model)}, {"name": "Looked up", "look_up": True}]
    speed = run(tmp_path, models=models, dataset=dataset, limit=2, benchmark_speed=True).speed
    assert list(speed) == ["Mine"] and speed["Mine"].tokens_per_second > 0

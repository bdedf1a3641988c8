"""Synthesis from documents to a dataset, with a scripted endpoint."""

import json
from pathlib import Path

import pytest

from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.data.synthesis.judging import reasons
from core.data.synthesis.synthesize import synthesize
from core.errors import ConflictError, InputError, UnavailableError
from core.reporting import Reporter, Stopped
from core.specs import PrepareSpec, StopRequest
from core.specs.results.prepare import DatasetResult
from tests.core.data.synthesis.scripted import CITIES, completion, good, pairs_about


class Listener(Reporter):
    """Records what is reported, and requests a stop after a number of answers."""

    def __init__(self, wish: StopRequest | None = None, after: int = 0):
        self.metrics: list[dict] = []
        self.stages: list[str] = []
        self._wish, self._after = wish, after

    def metric(self, step, **values):
        self.metrics.append({"step": step, **values})

    def progress(self, done, total, stage=""):
        self.stages.append(stage)

    def stop_requested(self):
        return self._wish if len(self.metrics) >= self._after else None


def rows(made: DatasetResult) -> list[dict]:
    return [{**row, "split": split} for split in made.splits for row in read_split(made.path, split)]


def left_over(spec) -> list[str]:
    return [path.name for path in Path(spec.output_dir).iterdir()]


def test_documents_become_a_dataset_with_the_passage_in_each_row(spec, script):
    listener = Listener()
    made = synthesize(spec(), listener)
    assert made.accepted == 16 == sum(made.splits.values()) and made.splits["train"] > 8
    for row in rows(made):
        city = next(city for city in CITIES if city in row["instruction"])
        assert f"The town of {city} lies" in row["passage"]
        assert row["source"] == ("north.txt" if CITIES.index(city) < 4 else "south.md")
    assert {row["source"] for row in rows(made)} == {"north.txt", "south.md"}
    splits: dict[str, set] = {}
    for row in rows(made):
        splits.setdefault(row["passage"], set()).add(row["split"])
    assert len(splits) >= 6 and all(len(found) == 1 for found in splits.values())
    assert made.stopped_by == "the number asked for is reached"
    assert made.tokens == listener.metrics[-1]["tokens"] == 100 * len(script.asked)
    assert [metric["step"] for metric in listener.metrics] == list(range(1, len(script.asked) + 1))
    assert any(stage.startswith("writing: 16 accepted") for stage in listener.stages)
    assert left_over(spec()) == ["towns_dataset"]


@pytest.mark.long
def test_the_same_seed_writes_the_same_dataset(spec, script, tmp_path):
    one, other = (synthesize(spec(output_dir=str(tmp_path / place))) for place in ("a", "b"))
    assert rows(one) == rows(other)


def test_rounds_continue_until_the_model_writes_nothing_new(spec, script):
    made = synthesize(spec(num_samples=1000))
    assert made.accepted == 24 and made.stopped_by == "the model wrote nothing new"
    assert made.left_out[reasons.DUPLICATE] == 24
    assert any("Do not ask these again" in body["messages"][0]["content"] for body in script.asked)


def test_rejected_examples_are_counted_by_reason_with_samples(spec, script):
    def answer(body):
        first, second, third = pairs_about(body["messages"][0]["content"])
        first["answer"] = "It was founded in 4711 by fishermen from the coast."
        third["answer"] = "I'm sorry, I cannot answer that."
        return completion({"examples": [first, second, third]})

    script.answer = answer
    made = synthesize(spec(num_samples=24))
    assert made.accepted == 8
    assert made.left_out[reasons.NUMBERS] >= 8 and made.left_out[reasons.REFUSED] >= 8
    assert "4711" in made.left_out_samples[reasons.NUMBERS][0]
    assert len(made.left_out_samples[reasons.NUMBERS]) == 5
    report = json.loads((Path(made.path) / "data_report.json").read_text())
    assert report["synthesis"]["left_out"] == made.left_out
    assert report["synthesis"]["model"] == "scripted" and report["synthesis"]["spec"]["task"] == "questions"


def test_malformed_json_is_asked_for_again_and_then_rejected(spec, script):
    def answer(body):
        asked = body["messages"][0]["content"]
        if "Aren" in asked:
            return completion("Sure! Here are some questions for you.")
        pairs = json.dumps({"examples": pairs_about(asked)})
        if "Belmor" in asked:
            return completion(f"Here you are:\n```json\n{pairs}\n```\nAnything else?")
        if "Corvin" in asked:
            return completion(pairs[:-60], finish_reason="length")
        return completion(pairs)

    script.answer = answer
    made = synthesize(spec(num_samples=24))
    cities = {row["output"] for row in rows(made)}
    assert made.left_out[reasons.UNUSABLE] >= 1
    assert not any("Aren" in text for text in cities)
    assert sum("Belmor" in body["messages"][0]["content"] for body in script.asked) >= 1
    assert any("Belmor" in text for text in cities) and any("Corvin" in text for text in cities)
    asked_twice = [body["seed"] for body in script.asked if "Aren" in body["messages"][0]["content"]]
    assert len(asked_twice) >= 2 and len(set(asked_twice)) == len(asked_twice)


def test_a_token_budget_ends_the_job_with_what_was_written(spec, script):
    made = synthesize(spec(num_samples=24, budget_tokens=350))
    assert 0 < made.accepted < 24
    assert made.stopped_by == "the budget of 350 tokens is used up"
    assert 350 <= made.tokens <= 450


@pytest.mark.long
def test_a_money_budget_ends_the_job_and_the_cost_is_reported(spec, script):
    listener = Listener()
    made = synthesize(spec(num_samples=24, budget_usd=0.0005, usd_per_million_tokens=1), listener)
    assert made.stopped_by == "the budget of $0.0005 is used up"
    assert 0.0005 <= made.cost_usd == listener.metrics[-1]["cost_usd"] < 0.0008
    assert any("$" in stage for stage in listener.stages)


def test_a_paused_job_keeps_its_journal_and_a_cancelled_one_leaves_nothing(spec, script):
    with pytest.raises(Stopped):
        synthesize(spec(), Listener(StopRequest.PAUSE, after=3))
    before = len(script.asked)
    assert left_over(spec()) == [".towns_dataset.synthesis"]
    with pytest.raises(Stopped):
        synthesize(spec(name="other"), Listener(StopRequest.CANCEL, after=3))
    assert left_over(spec()) == [".towns_dataset.synthesis"]
    script.asked.clear()
    made = synthesize(spec())
    assert made.accepted == 16 and len(script.asked) == made.asked - 3 and before >= 3


def test_a_local_model_stops_between_two_tokens(spec, starter_gguf):
    def asked(wish):
        return synthesize(
            spec(model=str(starter_gguf("q4_k_m")), endpoint=None, max_new_tokens=700), Listener(wish, after=0)
        )

    with pytest.raises(Stopped):
        asked(StopRequest.PAUSE)
    assert left_over(spec()) == []


def test_a_resumed_job_does_not_ask_again_for_what_its_journal_holds(spec, script, monkeypatch):
    monkeypatch.setattr("core.data.synthesis.endpoint._MOST_TRIES", 2)
    answered = []

    def answer(body):
        if len(answered) >= 3:
            return 503, {"Retry-After": "0"}, b"out"
        answered.append(body["messages"][0]["content"])
        return good(body)

    script.answer = answer
    with pytest.raises(UnavailableError):
        synthesize(spec())
    journal = Path(spec().output_dir) / ".towns_dataset.synthesis/journal.jsonl"
    known = journal.read_bytes().count(b"\n")
    with journal.open("ab") as file:
        file.write(b'{"item": 5, "round": 0, "to')
    script.answer, script.asked[:] = good, []
    made = synthesize(spec(budget_tokens=10_000))
    assert known > 0 and made.accepted == 16 and len(script.asked) == made.asked - known


@pytest.mark.long
def test_a_different_job_of_the_same_name_starts_over(spec, script):
    with pytest.raises(Stopped):
        synthesize(spec(), Listener(StopRequest.PAUSE, after=3))
    made = synthesize(spec(chunk_words=50))
    assert made.tokens == 100 * made.asked


def test_chats_and_preferences_are_stored_in_their_shapes(spec, script):
    def answer(body):
        asked = body["messages"][0]["content"]
        first, second, _ = pairs_about(asked)
        if "conversation" in asked:
            return completion(
                {"turns": [{"user": pair["question"], "assistant": pair["answer"]} for pair in (first, second)]}
            )
        return completion(
            {"examples": [{"question": first["question"], "good_answer": first["answer"], "poor_answer": "No idea."}]}
        )

    script.answer = answer
    chats = rows(synthesize(spec(task="chats", num_samples=8, name="chats")))
    messages = json.loads(chats[0]["messages"])
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 and len(chats) == 8
    choices = rows(synthesize(spec(task="preferences", num_samples=8, name="choices")))
    assert json.loads(choices[0]["messages"])[0]["role"] == "user"
    assert choices[0]["chosen"] and choices[0]["rejected"] == "No idea." and choices[0]["passage"]


@pytest.fixture
def base(tmp_path) -> DatasetResult:
    """A dataset of samples."""
    place = str(tmp_path / "out")
    return prepare(PrepareSpec(name="base", output_dir=place, source="sample", domain="support", num_samples=20))


def original(body: dict) -> tuple[str, str]:
    """The question and the answer in a prompt."""
    asked = body["messages"][0]["content"]
    question, answer = asked.split("Question:\n")[1].split("\n\nAnswer:\n")
    return question, answer.split("\n\n")[0]


def test_only_rows_of_the_training_split_are_varied(spec, script, base):
    def reword(body):
        question, _ = original(body)
        return completion({"questions": [f"Tell me please: {question.lower()}", question, "How old is 99?"]})

    script.answer = reword
    made = synthesize(spec(task="paraphrase", dataset=base.path, documents=(), num_samples=base.splits["train"]))
    before, after = rows(base), rows(made)
    new = [row for row in after if row["tags"] == "paraphrase"]
    assert len(new) == made.accepted == base.splits["train"] and {row["split"] for row in new} == {"train"}
    assert all(row["instruction"].startswith("Tell me please") for row in new)
    assert {row["output"] for row in new} <= {row["output"] for row in before if row["split"] == "train"}
    kept = {(row["instruction"], row["split"]) for row in after if not row["tags"]}
    assert kept == {(row["instruction"], row["split"]) for row in before}


def test_translations_keep_the_numbers(spec, script, base):
    said = []

    def translate(body):
        assert "into German" in body["messages"][0]["content"]
        question, answer = original(body)
        said.append(answer)
        return completion(
            {
                "examples": [
                    {"question": f"Auf Deutsch: {question}", "answer": answer + (" 77." if len(said) % 2 else "")}
                ]
            }
        )

    script.answer = translate
    made = synthesize(spec(task="translate", language="German", dataset=base.path, documents=(), num_samples=50))
    assert made.left_out[reasons.OTHER_NUMBERS] > 0 and made.accepted > 0
    assert not any("77" in row["output"] for row in rows(made))


def test_a_job_without_accepted_examples_fails_with_the_reasons_counted(spec, script):
    script.answer = lambda body: completion("no")
    with pytest.raises(InputError, match=reasons.UNUSABLE):
        synthesize(spec())
    assert left_over(spec()) == [".towns_dataset.synthesis"]


def test_a_job_that_fails_before_the_first_answer_leaves_nothing(spec, script):
    script.answer = lambda body: (401, {}, {"error": {"message": "no such key"}})
    with pytest.raises(InputError, match="no such key"):
        synthesize(spec())
    assert left_over(spec()) == []


def test_nothing_is_asked_if_the_dataset_exists_or_there_is_no_text(spec, script, tmp_path):
    synthesize(spec())
    script.asked.clear()
    with pytest.raises(ConflictError):
        synthesize(spec())
    (tmp_path / "empty.txt").write_text("\n \n--\n")
    with pytest.raises(InputError, match="no text"):
        synthesize(spec(name="other", documents=(str(tmp_path / "empty.txt"),)))
    assert script.asked == []

"""Argilla: submitted answers are read, suggestions are not."""

from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import noted, seen


def test_argilla_reads_submitted_answers_and_no_suggestions(tmp_path):
    def record(number: int, *given: dict) -> dict:
        return {
            "id": str(number),
            "status": "completed",
            "fields": {"prompt": f"What is {number}?"},
            "metadata": {},
            "suggestions": {"answer": {"value": "Guess.", "agent": "m"}},
            "responses": {"answer": list(given)},
        }

    found = seen(
        tmp_path,
        "a.json",
        [
            record(1, {"value": "One.", "user_id": "u"}),
            record(2, {"value": "Bad.", "status": "discarded"}, {"value": "Two.", "status": "submitted"}),
            record(3),
        ],
    )
    assert found["head"] == [{"prompt": "What is 1?", "answer": "One."}, {"prompt": "What is 2?", "answer": "Two."}]
    assert noted(found, "records without an answer, left out: 1")


def test_argilla_as_the_server_stores_it(tmp_path):
    by_person = [
        {
            "id": "a",
            "status": "completed",
            "fields": {"prompt": "What?"},
            "suggestions": [],
            "responses": [{"status": "submitted", "values": {"answer": {"value": "That."}}}],
        }
    ]
    assert seen(tmp_path, "a.json", by_person)["head"] == [{"prompt": "What?", "answer": "That."}]


def test_argilla_in_flat_rows(tmp_path):
    newer = [
        {
            "id": "1",
            "status": "completed",
            "_server_id": "x",
            "prompt": "What?",
            "answer.suggestion": "Guess.",
            "answer.suggestion.score": None,
            "answer.responses": ["Bad.", "That."],
            "answer.responses.users": ["u", "v"],
            "answer.responses.status": ["discarded", "submitted"],
            "answer_key": "7",
        }
    ]
    assert seen(tmp_path, "a.json", newer)["head"] == [{"prompt": "What?", "answer_key": "7", "answer": "That."}]
    older = [
        {
            "prompt": "What?",
            "answer": [{"user_id": "u", "value": "That.", "status": "submitted"}],
            "answer-suggestion": "Guess.",
            "answer-suggestion-metadata": {"type": None},
            "external_id": "0",
        }
    ]
    assert seen(tmp_path, "a.jsonl", made.jsonl_bytes(older * 2))["head"][0] == {"prompt": "What?", "answer": "That."}

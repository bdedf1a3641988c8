"""Chatbot intents: each wording becomes a question."""

from tests.core.data.reading.exports.export_files import noted, seen


def test_each_wording_of_an_intent_is_a_question_answered_by_the_first_reply(tmp_path):
    intents = [
        {"tag": "hello", "patterns": ["Hi", "Good day"], "responses": ["Hello there.", "Hi."]},
        {"tag": "none", "patterns": [], "responses": ["Pardon?"]},
        {"tag": "times", "patterns": ["When do you open?"], "responses": ["At nine."]},
    ]
    found = seen(tmp_path, "intents.json", {"intents": intents})
    assert [(row["question"], row["answer"], row["topic"]) for row in found["head"]] == [
        ("Hi", "Hello there.", "hello"), ("Good day", "Hello there.", "hello"),
        ("When do you open?", "At nine.", "times"),
    ]  # fmt: skip
    assert noted(found, "further replies to the same wordings, left out: 1")

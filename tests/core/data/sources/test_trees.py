"""Rows that name their parents become conversations; notes say which branches were left out."""

import json

import pytest

from core.data.rows import Row, Source
from core.data.shapes import Mapper, detect
from core.data.sources.opening import join_messages
from core.specs import Shape


def source(rows: list[dict]) -> Source:
    numbered = (Row(number, values) for number, values in enumerate(rows, 1))
    return Source({}, list(rows[0]), numbered, position=lambda: (0, 1))


def chats(made: Source, asked: dict | None = None, shape: Shape | None = None) -> list[list[str]]:
    """The texts of each conversation, in order."""
    rows = [row.values for row in made.rows]
    mapper = Mapper(detect(made.columns, rows, shape, asked))
    examples = [mapper.example(values)[0] for values in rows]
    return [[turn["content"] for turn in json.loads(example["messages"])] for example in examples if example]


def message(key: str, parent: str | None, role: str, text: str, **more) -> dict:
    return {"message_id": key, "parent_id": parent, "role": role, "text": text, "lang": "en", **more}


def asked_and_answered(key: str, parent: str, number: str) -> dict:
    return {"prompt": f"What is {number}?", "answer": f"{number} it is.", "id": key, "parent": parent}


def test_the_best_ranked_answer_is_kept_in_any_row_order():
    rows = [
        message("d", "c", "assistant", "It is 20 minutes away.", rank=0),
        message("b", "a", "assistant", "None at all goes there.", rank=1),
        message("a", None, "prompter", "Which bus goes there?", rank=None),
        message("e", "b", "prompter", "Why does none go?", rank=None),
        message("c", "x", "prompter", "And how far is it?", rank=None),
        message("x", "a", "assistant", "The one bus goes there.", rank=0),
        message("y", "x", "prompter", "And what does it cost?", rank=None),
        message("z", "gone", "assistant", "This follows nothing.", rank=None),
    ]
    made = join_messages(source(rows), None, {})
    assert chats(made) == [
        ["Which bus goes there?", "The one bus goes there.", "And how far is it?", "It is 20 minutes away."]
    ]
    assert made.columns == ["lang", "messages"]
    notes = made.facts["notes"]
    assert any("'parent_id'" in note for note in notes)
    assert any("ranked lower" in note and note.endswith(": 1") for note in notes)
    assert any("other questions to the same answer" in note and note.endswith(": 1") for note in notes)
    assert any("the one they reply to is left out or missing: 2" in note for note in notes)


def test_without_ranks_the_first_undeleted_answer_is_kept():
    rows = [
        message("a", None, "user", "Which bus goes there?", deleted=False),
        message("b", "a", "assistant", "This was taken back.", deleted=True),
        message("c", "a", "assistant", "The one bus goes there.", deleted=False),
        message("d", "a", "assistant", "The other bus does too.", deleted=False),
    ]
    assert chats(join_messages(source(rows), None, {})) == [["Which bus goes there?", "The one bus goes there."]]


def test_questions_with_answers_get_the_turns_before_them():
    rows = [
        asked_and_answered("1", "", "one"),
        asked_and_answered("2", "1", "two"),
        asked_and_answered("3", "2", "three"),
        asked_and_answered("4", "1", "four"),
        asked_and_answered("5", "gone", "five"),
        asked_and_answered("6", "", "six"),
    ]
    made = join_messages(source(rows), None, {})
    said = [[f"What is {n}?", f"{n} it is."] for n in ("one", "two", "three", "four", "six")]
    one, two, three, four, six = said
    assert chats(made) == [one + two + three, one + four, six]
    assert any("the one they reply to is missing: 1" in note for note in made.facts["notes"])


def test_trees_are_joined_with_a_detected_and_with_a_chosen_mapping():
    rows = [
        {"q": "What is one thing?", "a": "It is this thing.", "key": "1", "reply_to": ""},
        {"q": "What is two then?", "a": "It is that thing.", "key": "2", "reply_to": "1"},
    ]
    said = {"instruction": "q", "output": "a"}
    found = {**said, "history": "history"}
    for asked in (said, found):
        assert len(chats(join_messages(source(rows), Shape.CHAT, asked), asked, Shape.CHAT)[0]) == 4


@pytest.mark.parametrize(
    "rows",
    [
        [asked_and_answered("1", "", "one"), asked_and_answered("2", "", "two")],
        [asked_and_answered("1", "7", "one"), asked_and_answered("2", "8", "two")],
        [asked_and_answered("1", "", "one"), asked_and_answered("1", "1", "two")],
        [{"id": "1", "parent": "", "name": "A", "size": 1}, {"id": "2", "parent": "1", "name": "B", "size": 2}],
    ],
)
def test_rows_without_parents_stay_as_they_are(rows):
    made = join_messages(source(rows), None, {})
    assert made.columns == list(rows[0])
    assert [row.values for row in made.rows] == rows


def test_rows_stay_single_if_the_user_wants_another_shape():
    rows = [asked_and_answered("1", "", "one"), asked_and_answered("2", "1", "two")]
    assert join_messages(source(rows), Shape.INSTRUCTION, {}).columns == list(rows[0])


def test_cycles_are_left_out():
    rows = [
        asked_and_answered("1", "2", "one"),
        asked_and_answered("2", "1", "two"),
        asked_and_answered("3", "", "three"),
        asked_and_answered("4", "3", "four"),
    ]
    assert chats(join_messages(source(rows), None, {})) == [
        ["What is three?", "three it is.", "What is four?", "four it is."]
    ]


@pytest.mark.parametrize("first", [0, "-1", "None", "thread-7"])
@pytest.mark.parametrize("own", ["id", "nachricht"])
def test_the_root_may_name_a_parent_that_is_not_a_row(first, own):
    rows = [
        {own: "a", "parentId": first, "role": "user", "text": "When does it leave?"},
        {own: "b", "parentId": "a", "role": "assistant", "text": "It leaves at six."},
        {own: "c", "parentId": first, "role": "user", "text": "And when is it back?"},
        {own: "d", "parentId": "c", "role": "assistant", "text": "It is back at nine."},
    ]
    assert chats(join_messages(source(rows), None, {})) == [
        ["When does it leave?", "It leaves at six."],
        ["And when is it back?", "It is back at nine."],
    ]


def test_unknown_speakers_get_roles_by_who_opens_and_unused_columns_are_kept():
    rows = [
        message("a", None, "anna", "When does it leave?"),
        message("b", "a", "ben", "It leaves at six."),
        message("c", None, "ben", "And when is it back?"),
        message("d", "c", "anna", "It is back at nine."),
    ]
    made = join_messages(source(rows), None, {})
    found = list(made.rows)
    assert [[turn["role"] for turn in row.values["messages"]] for row in found] == [["user", "assistant"]] * 2
    assert any("who opened is taken as the user" in note for note in made.facts["notes"])
    assert found[0].values.keys() == {"lang", "messages"} == {*made.columns}


def test_replies_to_tweets_form_conversations():
    rows = [
        {"tweet_id": number, "author_id": f"u{number}", "inbound": str(number % 2 == 0), "text": f"Said at {number}.",
         "in_response_to_tweet_id": number - 1 if number % 2 else ""}
        for number in range(6)
    ]  # fmt: skip
    assert chats(join_messages(source(rows), None, {})) == [
        [f"Said at {one}.", f"Said at {one + 1}."] for one in (0, 2, 4)
    ]

"""What no role reads is reported: columns, values inside columns, fields of messages."""

from core.data.shapes import detect
from core.data.shapes.message_fields import unread_fields
from core.data.shapes.new_fields import NewFields
from core.data.shapes.unused import is_weighty


def unused(rows: list[dict], **said) -> tuple[str, ...]:
    return detect(list(rows[0]), rows, **said).unused


def test_columns_without_a_role():
    rows = [{"id": n, "question": "Who wrote it?", "answer": "She did.", "rating": n} for n in (1, 3, 5)]
    assert unused(rows) == ("id", "rating")


def test_values_beside_one_that_is_read():
    answers = {"text": ["She did.", "He did."], "start": [3, 4], "by": None}
    assert unused([{"question": "Who wrote it?", "answers": answers}] * 2) == (
        "answers.text[1…]", "answers.start[0]", "answers.start[1…]",
    )  # fmt: skip


def test_fields_of_messages():
    asked = {"role": "user", "content": "Who?", "note": None}
    calls = [{"function": {"name": "f"}}]
    said = {"role": "assistant", "content": "She.", "note": 0, "weight": 0, "thinking": "So.", "tool_calls": calls}
    result = {"role": "tool", "content": "5", "name": "f", "tool_call_id": "1"}
    assert unused([{"messages": [asked, said, result, said]}] * 2) == ("messages[].note",)
    pair = {"messages": [asked], "chosen": "Yes.", "rejected": "No.", "tools": calls}
    assert unused([pair] * 2) == ()
    other = [{"speaker": "User", "utterance": "Who?", "time": 3}, {"speaker": "Bot", "utterance": "She."}]
    assert unread_fields(other) == ["time"]
    assert unread_fields("Human: Who?\n\nAssistant: She.") == []


def test_paths_that_may_change_the_meaning():
    assert is_weighty("rating") and is_weighty("messages[].weight") and is_weighty("parent_id")
    assert not any(map(is_weighty, ("id", "created_at", "", "[1]", "a[1…].b")))


def test_fields_that_first_appear_later():
    watch = NewFields(["messages", "id"], {"messages": "messages"})
    turn = {"role": "user", "content": "Who?"}
    assert watch.unknown([{"messages": [turn], "id": 3}] * 2) == set()
    assert watch.unknown([{"messages": [turn | {"mood": "good"}]}, {"id": 4, "rating": 5}]) == {
        "messages[].mood", "rating",
    }  # fmt: skip


def test_an_answer_that_is_json_is_read_whole():
    rows = [{"prompt": f"Where is town {n}?", "completion": f'{{"place": "{n}", "mood": "good"}}'} for n in range(3)]
    assert unused(rows) == ()
    listed = [{"prompt": f"Where is town {n}?", "output": [{"place": str(n)}, {"place": "here"}]} for n in range(3)]
    assert unused(listed) == ()
    assert NewFields(["output"], {"output": "output"}).unknown(listed) == {"prompt"}


def test_the_type_of_a_message_is_not_unused():
    turns = [
        {"type": "message", "role": "user", "content": "Is it?"},
        {"type": "note", "role": "user", "content": "No."},
    ]
    assert unread_fields(turns[:1]) == [] and unread_fields(turns) == ["type"]

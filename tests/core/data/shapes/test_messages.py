"""Messages of every kind become one kind; what they say is not altered."""

import pytest

from core.data.drops import Drop
from core.data.shapes.messages import UnreadableError, is_transcript, looks_like_chat, read_messages, spoken

_CALL = {"type": "function", "function": {"name": "weather", "arguments": {"town": "Rome"}}}


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", **_CALL}]},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "c1", "function": {"name": "weather", "arguments": '{"town": "Rome"}'}}]},
        {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": '{"town": "Rome"}'}},
        {"from": "function_call", "value": '{"name": "weather", "arguments": {"town": "Rome"}}'},
        {"from": "function_call", "value": '[{"name": "weather", "arguments": {"town": "Rome"}}]'},
        {"role": "tool_call", "content": '{"name": "weather", "parameters": {"town": "Rome"}}'},
    ],
)  # fmt: skip
def test_every_form_of_a_tool_call(turn):
    [message] = read_messages([turn])
    assert message["role"] == "assistant" and message["content"] == ""
    assert [call["function"] for call in message["tool_calls"]] == [_CALL["function"]]
    assert spoken(message) == '[{"name": "weather", "arguments": {"town": "Rome"}}]'


def test_a_call_after_words_is_one_turn():
    turns = [{"from": "gpt", "value": "Let me see."}, {"from": "function_call", "value": '{"name": "see"}'}]
    [message] = read_messages(turns)
    assert message["content"] == "Let me see." and message["tool_calls"][0]["function"]["name"] == "see"


def test_a_call_that_is_no_json_is_what_the_assistant_said():
    assert read_messages([{"from": "function_call", "value": "weather(Rome)"}]) == [
        {"role": "assistant", "content": "weather(Rome)"}
    ]


@pytest.mark.parametrize(
    "said, role",
    [
        ("developer", "system"), ("Human", "user"), ("GPT", "assistant"), ("observation", "tool"),
        ("function", "tool"), ("model", "assistant"),
    ],
)  # fmt: skip
def test_names_of_roles(said, role):
    assert read_messages([{"role": said, "content": "x"}])[0]["role"] == role


def test_what_a_tool_found_is_kept_as_text():
    turns = [{"role": "tool", "name": "weather", "tool_call_id": "c1", "content": {"sky": "clear"}}]
    assert read_messages(turns) == [
        {"role": "tool", "content": '{"sky": "clear"}', "name": "weather", "tool_call_id": "c1"}
    ]


def test_parts_of_text_are_one_text_and_pictures_are_refused():
    parts = [{"type": "text", "text": "One, "}, {"type": "text", "text": "two"}]
    assert read_messages([{"role": "user", "content": parts}])[0]["content"] == "One, two"
    with pytest.raises(UnreadableError) as caught:
        read_messages([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])
    assert caught.value.drop is Drop.NOT_TEXT


def test_a_transcript_is_a_conversation():
    text = "\n\nHuman: Who: you or me?\n\nAssistant: You.\nAnd me.\n\nHuman: Why?\n\nAssistant: So."
    assert is_transcript(text)
    assert [(message["role"], message["content"]) for message in read_messages(text)] == [
        ("user", "Who: you or me?"), ("assistant", "You.\nAnd me."), ("user", "Why?"), ("assistant", "So."),
    ]  # fmt: skip
    assert not is_transcript("Human: the story of us, told by Assistant: me.")


def test_what_looks_like_a_chat():
    assert looks_like_chat('{"messages": [{"role": "user", "content": "Hi"}]}')
    assert looks_like_chat(['{"from": "human", "value": "Hi"}'])
    for other in ("[1, 2]", "[]", [], None, 3, "Hello", [{"name": "weather", "content": "x"}], {"role": "king"}):
        assert not looks_like_chat(other)

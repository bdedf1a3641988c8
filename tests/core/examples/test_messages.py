"""Messages of every format become one format, and their text does not change."""

import pytest

from core.examples.drops import Drop
from core.examples.messages import (
    UnreadableError,
    is_transcript,
    looks_like_chat,
    message_from_text,
    message_text,
    read_messages,
)

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
def test_every_format_of_a_tool_call(turn):
    [message] = read_messages([turn])
    assert message["role"] == "assistant" and message["content"] == ""
    assert [call["function"] for call in message["tool_calls"]] == [_CALL["function"]]
    assert message_text(message) == '[{"name": "weather", "arguments": {"town": "Rome"}}]'


def test_a_tool_call_after_text_is_one_turn():
    turns = [{"from": "gpt", "value": "Let me see."}, {"from": "function_call", "value": '{"name": "see"}'}]
    [message] = read_messages(turns)
    assert message["content"] == "Let me see." and message["tool_calls"][0]["function"]["name"] == "see"


def test_a_tool_call_that_is_not_json_is_plain_text():
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


def test_a_tool_result_is_kept_as_text():
    turns = [{"role": "tool", "name": "weather", "tool_call_id": "c1", "content": {"sky": "clear"}}]
    assert read_messages(turns) == [
        {"role": "tool", "content": '{"sky": "clear"}', "name": "weather", "tool_call_id": "c1"}
    ]


def test_text_parts_are_joined_and_images_refused():
    parts = [{"type": "text", "text": "One, "}, {"type": "text", "text": "two"}]
    assert read_messages([{"role": "user", "content": parts}])[0]["content"] == "One, two"
    with pytest.raises(UnreadableError) as caught:
        read_messages([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])
    assert caught.value.drop is Drop.MEDIA


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


_THOUGHT = {"role": "assistant", "content": "At five.", "reasoning_content": "It is early."}


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": "At five.", "reasoning_content": "It is early."},
        {"role": "assistant", "content": "At five.", "thinking": " It is early.\n"},
        {"role": "assistant", "content": "At five.", "reasoning": "It is early."},
        {"from": "gpt", "value": "At five.", "reasoning_content": "It is early."},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "It is early.", "signature": "x"}, {"type": "text", "text": "At five."}]},
        {"role": "assistant", "content": [
            {"type": "reasoning", "text": "It is early."}, {"type": "text", "value": "At five."}]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "It is early."}]},
            {"type": "text", "content": "At five."}]},
        {"role": "model", "parts": [{"text": "It is early.", "thought": True}, {"text": "At five."}]},
        {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "It is early."}}}, {"text": "At five."}]},
    ],
)  # fmt: skip
def test_every_format_of_reasoning(turn):
    assert read_messages([turn]) == [_THOUGHT]


@pytest.mark.parametrize(
    "turns",
    [
        [{"from": "thinking", "value": "It is early."}, {"from": "gpt", "value": "At five."}],
        [{"role": "assistant", "channel": "analysis", "content": "It is early."},
         {"role": "assistant", "channel": "final", "content": "At five."}],
        [{"role": "assistant", "content": "", "reasoning": "It is early."},
         {"role": "assistant", "content": "At five."}],
    ],
)  # fmt: skip
def test_reasoning_in_a_separate_turn_belongs_to_the_next_answer(turns):
    assert read_messages(turns) == [_THOUGHT]


@pytest.mark.parametrize(
    "given",
    [
        {"weight": 0}, {"weight": "0"}, {"train": False}, {"loss": False}, {"loss_weight": 0.0}, {"training": "false"},
        {"weight": 1, "train": False},
    ],
)  # fmt: skip
def test_every_format_of_a_weight(given):
    assert read_messages([{"role": "assistant", "content": "x", **given}])[0]["weight"] == 0
    kept = {"weight": 1, "train": True, "loss": None, "training": "yes"}
    assert "weight" not in read_messages([{"role": "assistant", "content": "x", **kept}])[0]
    assert read_messages([{"role": "assistant", "content": "x", "weight": 0.5}])[0]["weight"] == 0.5


@pytest.mark.parametrize(
    "call, result",
    [
        ({"type": "tool_use", "id": "c1", "name": "weather", "input": {"town": "Rome"}},
         {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "clear"}]}),
        ({"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "args": {"town": "Rome"}},
         {"type": "tool-result", "toolCallId": "c1", "toolName": "weather", "result": "clear"}),
        ({"functionCall": {"id": "c1", "name": "weather", "args": {"town": "Rome"}}},
         {"functionResponse": {"id": "c1", "name": "weather", "response": "clear"}}),
        ({"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"town": "Rome"}}},
         {"toolResult": {"toolUseId": "c1", "content": [{"text": "clear"}]}}),
    ],
)  # fmt: skip
def test_calls_and_results_in_parts(call, result):
    asks, answers, user = read_messages(
        [
            {"role": "assistant", "content": [{"type": "text", "text": "Let me see."}, call]},
            {"role": "user", "content": [result, {"type": "text", "text": "And?"}]},
        ]
    )
    assert asks == {"role": "assistant", "content": "Let me see.", "tool_calls": [{"id": "c1", **_CALL}]}
    assert (answers["role"], answers["content"], answers["tool_call_id"]) == ("tool", "clear", "c1")
    assert user == {"role": "user", "content": "And?"}


def test_an_answer_that_is_data_is_not_read_as_parts():
    text = '[{"type": "text", "text": "x"}]'
    assert read_messages([{"role": "assistant", "content": text}])[0]["content"] == text
    for data in ({"name": "x", "value": 3}, [{"value": 3, "name": "x"}]):
        with pytest.raises(UnreadableError) as caught:
            read_messages([{"role": "assistant", "content": data}])
        assert caught.value.drop is Drop.NOT_TEXT


def test_plain_text_can_be_turned_back_into_a_message():
    message = {"role": "assistant", "content": "Let me see.", "tool_calls": [_CALL]}
    assert message_from_text(message_text(message)) == message
    for text in ("Plain.", '[{"name": "x"}]', "One\n[1, 2]"):
        assert message_from_text(text) == {"role": "assistant", "content": text}


def test_a_system_role_that_alternates_with_the_user_is_the_assistant():
    said = [("USER", "A table, please."), ("SYSTEM", "For when?"), ("USER", "At six."), ("SYSTEM", "It is booked.")]
    turns = [{"speaker": name, "utterance": text} for name, text in said]
    assert [turn["role"] for turn in read_messages(turns)] == ["user", "assistant"] * 2
    assert [turn["role"] for turn in read_messages(turns[:2])] == [
        "user",
        "system",
    ]  # one alone is an instruction


def test_an_api_response_is_read_as_its_messages():
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "At six."}}], "usage": {"tokens": 3}}
    assert looks_like_chat(whole) and read_messages(whole) == [{"role": "assistant", "content": "At six."}]
    items = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Look it up."}]},
        {"type": "function_call", "call_id": "c", "name": "times", "arguments": '{"town": "Arden"}'},
        {"type": "function_call_output", "call_id": "c", "output": "06:00"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "At six."}]},
    ]
    first, result, last = read_messages(items)
    assert first["reasoning_content"] == "Look it up." and first["tool_calls"][0]["function"]["name"] == "times"
    assert (result["role"], result["content"], last["content"]) == ("tool", "06:00", "At six.")


def test_an_empty_system_prompt_is_dropped():
    turns = [{"role": "system", "content": None}, {"role": "user", "content": "Is it?"}]
    assert read_messages(turns) == turns[1:]

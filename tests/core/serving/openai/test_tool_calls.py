"""Tool calls in answers: whole, streamed, forced, truncated."""

import json

import pytest

from tests.core.serving.openai.parrot import WEATHER, Parrot, ask, streamed

WRITTEN_CALL = '[{"name": "weather", "arguments": {"town": "Rome"}}]'


def test_a_generated_call_is_returned_as_a_tool_call():
    body = ask(Parrot(f"I look.\n{WRITTEN_CALL}"), tools=[WEATHER]).json()
    message = body["choices"][0]["message"]
    assert body["choices"][0]["finish_reason"] == "tool_calls" and message["content"] == "I look."
    (call,) = message["tool_calls"]
    assert call["type"] == "function" and call["id"] and call["function"]["name"] == "weather"
    assert json.loads(call["function"]["arguments"]) == {"town": "Rome"}
    twice = json.dumps(json.loads(WRITTEN_CALL) * 2)
    assert ask(Parrot(twice), tools=[WEATHER]).json()["choices"][0]["message"]["content"] is None
    one = ask(Parrot(twice), tools=[WEATHER], parallel_tool_calls=False).json()
    assert len(one["choices"][0]["message"]["tool_calls"]) == 1


def test_a_call_is_streamed_as_a_tool_call():
    choices = streamed(Parrot(f"I look.\n{WRITTEN_CALL}"), tools=[WEATHER])
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "I look."
    (call,) = [call for choice in choices for call in choice["delta"].get("tool_calls", [])]
    assert call["index"] == 0 and json.loads(call["function"]["arguments"]) == {"town": "Rome"}
    assert choices[-1]["finish_reason"] == "tool_calls"


TRAIN = {
    "type": "function",
    "function": {
        "name": "train",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"class": {"enum": [1, 2]}, "seat": {"type": "boolean"}},
            "required": ["class"],
        },
    },
}


@pytest.mark.parametrize("stream", [False, True])
def test_a_gguf_can_be_made_to_call_a_tool(llama_engine, stream):
    def called(**body) -> dict:
        if not stream:
            (choice,) = ask(llama_engine, max_tokens=80, seed=3, **body).json()["choices"]
            (call,) = choice["message"]["tool_calls"]
        else:
            *choices, choice = streamed(llama_engine, max_tokens=80, seed=3, **body)
            (call,) = [call for one in choices for call in one["delta"].get("tool_calls", [])]
        assert choice["finish_reason"] == "tool_calls"
        return {"name": call["function"]["name"], **json.loads(call["function"]["arguments"])}

    named = called(tools=[WEATHER, TRAIN], tool_choice={"type": "function", "function": {"name": "train"}})
    assert named["name"] == "train" and named["class"] in (1, 2) and named["seat"] in (True, False)
    assert called(tools=[TRAIN, {"type": "function", "function": {"name": "now"}}], tool_choice="required")


def test_a_call_that_cannot_be_forced_is_refused(transformers_engine, llama_engine):
    assert "not a GGUF" in ask(transformers_engine, tools=[TRAIN], tool_choice="required").json()["error"]["message"]
    odd = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}
    tool = {"type": "function", "function": {"name": "odd", "parameters": odd}}
    assert "pattern" in ask(llama_engine, tools=[tool], tool_choice="required").json()["error"]["message"]


@pytest.mark.parametrize("body", [{}, {"tools": [WEATHER], "tool_choice": "none"}])
def test_without_tools_a_call_stays_text(body):
    answer = ask(Parrot(WRITTEN_CALL), **body).json()["choices"][0]
    assert answer["message"]["content"] == WRITTEN_CALL and answer["finish_reason"] == "stop"


def test_a_truncated_call_stays_text():
    answer = ask(Parrot(WRITTEN_CALL[:-4], "length"), tools=[WEATHER]).json()["choices"][0]
    assert answer["message"] == {"role": "assistant", "content": WRITTEN_CALL[:-4]}
    assert answer["finish_reason"] == "length"

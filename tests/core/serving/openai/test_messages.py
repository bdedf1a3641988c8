"""Messages and tools of a chat request become the prompt that training has for the same conversation."""

import json

from core.examples.encoding import encode_examples
from core.examples.messages import read_messages
from core.serving.openai.messages import conversation_of
from core.serving.openai.requests import ChatCompletionRequest
from tests.core.serving.openai.parrot import CALL, USER, WEATHER, Parrot, ask


def test_every_kind_of_message_has_the_form_of_training():
    engine = Parrot("Clear.")
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
        {"role": "user", "content": "How is the sky?", "name": "Bob"},
        {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "clear"}]},
        {"role": "assistant", "content": "Clear.", "annotations": []},
        {"role": "assistant", "function_call": {"name": "weather", "arguments": "{}"}},
        {"role": "function", "name": "weather", "content": "rain"},
        {"role": "user", "content": ""},
    ]
    assert ask(engine, messages=messages).status_code == 200
    call = {"type": "function", "function": {"name": "weather", "arguments": {"town": "Rome"}}}
    assert engine.prompt == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How is the sky?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "a", **call}]},
        {"role": "tool", "content": "clear", "tool_call_id": "a"},
        {
            "role": "assistant",
            "content": "Clear.",
            "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {}}}],
        },
        {"role": "tool", "content": "rain", "name": "weather"},
        {"role": "user", "content": ""},
    ]


def test_a_request_gives_the_prompt_of_training(llama_engine, transformers_engine):
    system, *rest = [
        {"role": "system", "content": "Be brief."},
        *USER,
        {"role": "assistant", "content": "", "reasoning": "I look.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "clear"},
        {"role": "assistant", "content": "Clear."},
        {"role": "user", "content": "Thanks. And ½ 🙂?"},
    ]
    answer = {"role": "assistant", "content": "Gladly."}
    for messages in ([system, *rest], rest, [system, *rest[:3]], [system, USER[0]]):
        body = ChatCompletionRequest(messages=messages, tools=[WEATHER])
        function = {name: value for name, value in WEATHER["function"].items() if value is not None}
        trained = {
            "messages": json.dumps(read_messages([*messages, answer])),
            "tools": json.dumps([{"type": "function", "function": function}]),
        }
        (encoded,) = encode_examples(transformers_engine.tokenizer, [trained])
        assert llama_engine.encode(conversation_of(body.messages), tools=body.offered_tools) == encoded.prompt


def test_tools_go_into_the_prompt_as_in_training(llama_engine):
    function = {name: value for name, value in WEATHER["function"].items() if value is not None}
    body = ask(llama_engine, tools=[WEATHER], max_tokens=1).json()
    expected = llama_engine.encode(USER, tools=[{"type": "function", "function": function}])
    assert body["usage"]["prompt_tokens"] == len(expected) > len(llama_engine.encode(USER)) + 20
    assert ask(llama_engine, tools=[WEATHER], tool_choice="none", max_tokens=1).json()["usage"]["prompt_tokens"] == len(
        llama_engine.encode(USER)
    )

"""What clients of OpenAI's wire format may send: it is understood, has no meaning here and says so, or is refused."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from core.examples.messages import read_messages
from core.examples.prompting import encode_examples
from core.inference.engine import Chunk
from core.inference.prompts.prompter import Prepared
from core.serving.messages import conversation_of
from core.serving.router import add_error_handlers, build_router
from core.serving.schemas import ChatCompletionRequest
from tests.core.inference.preparing import prepared_here

USER = [{"role": "user", "content": "How is the sky in Rome?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": None,
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}
CALL = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"town": "Rome"}'}}
HALF = {"name": "f", "arguments": '{"a": "\\ud800"}'}
SAID_CALL = '[{"name": "weather", "arguments": {"town": "Rome"}}]'


class Says:
    """An engine that says the same to everyone, a character at a time, and remembers what it was asked."""

    label, context_length = "parrot", 100

    def __init__(self, text: str, finish_reason: str = "stop"):
        self.text, self.finish_reason = text, finish_reason

    def check(self, prompt, response_format, must_call):
        """It says what it says."""

    async def prepare(self, context_length, prompt, system, response_format, tools=(), must_call=()):
        self.prompt, self.tools = prompt, tools
        return Prepared([1])

    def answer(self, prepared, settings):
        self.settings = settings
        yield from (Chunk(character, None, 1, 1, 0.1, 0.2) for character in self.text)
        yield Chunk("", self.finish_reason, 1, 1, 0.1, 0.2)


def asked(engine, path="/v1/chat/completions", **body):
    api = FastAPI()
    api.include_router(build_router(engine, engine.prepare if isinstance(engine, Says) else prepared_here(engine)))
    add_error_handlers(api)
    if path.endswith("chat/completions"):
        body = {"model": "any", "messages": USER} | body
    return TestClient(api).post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})


def told(**body) -> str:
    """Why a request is refused."""
    response = asked(Says("no"), **body)
    assert response.status_code == 400, response.text
    return response.json()["error"]["message"]


def streamed(engine, **body) -> list[dict]:
    """The choices of a streamed answer."""
    lines = asked(engine, stream=True, **body).text.split("\n\n")
    return [json.loads(line.removeprefix("data: "))["choices"][0] for line in lines if line.startswith("data: {")]


NULLS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "n", "stream", "stop", "seed", "tools",
    "tool_choice", "response_format", "logprobs", "top_logprobs", "stream_options", "presence_penalty",
    "frequency_penalty", "logit_bias", "parallel_tool_calls", "functions", "function_call", "reasoning_effort", "user",
    "audio", "made_up",
)  # fmt: skip


def test_null_is_the_default_everywhere():
    engine, plain = Says("Clear."), Says("Clear.")
    answered = asked(engine, **dict.fromkeys(NULLS))
    asked(plain)
    assert answered.json()["choices"][0]["message"] == {"role": "assistant", "content": "Clear."}
    assert engine.settings.model_dump() == plain.settings.model_dump() and not engine.tools
    assert asked(
        engine, "/v1/completions", prompt="x", suffix=None, echo=None, best_of=None, **dict.fromkeys(NULLS[:8])
    )
    nested = {"stream_options": {"include_usage": None}, "messages": [{**USER[0], "name": None, "tool_calls": None}]}
    assert asked(engine, **nested).status_code == 200


def test_bookkeeping_of_clients_is_accepted():
    extra = {"user": "u", "metadata": {"a": "b"}, "store": True, "service_tier": "auto", "safety_identifier": "s",
             "prompt_cache_key": "k", "logprobs": False, "n": 1, "top_k": -1, "modalities": ["text"], "best_of": 1,
             "session_id": "made up by a client"}  # fmt: skip
    assert asked(Says("Clear."), **extra).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2), ("logprobs", True), ("top_logprobs", 3), ("functions", [{"name": "f"}]), ("echo", True),
        ("suffix", "end"), ("best_of", 4), ("audio", {"voice": "alloy"}), ("modalities", ["audio"]), ("top_k", 5),
        ("min_p", 0.1), ("reasoning_effort", "high"), ("web_search_options", {}), ("grammar", "root ::= x"),
        ("guided_json", {"type": "object"}), ("chat_template_kwargs", {"enable_thinking": False}),
        ("tool_choice", "required"), ("tool_choice", {"type": "allowed_tools", "allowed_tools": {}}),
        ("temprature", 0), ("max_token", 5), ("maxTokens", 5), ("top-p", 1), ("stop_sequences", ["x"]),
        ("max_new_tokens", 5), ("system_prompt", "Be brief."), ("seeds", 1),
    ],
)  # fmt: skip
def test_what_would_change_the_answer_and_is_not_done_is_refused_by_name(field, value):
    assert field in told(**{field: value})
    if field != "tool_choice":
        assert field in told(path="/v1/completions", prompt="x", **{field: value})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"messages": [{"role": "user", "content": None}]}, "no content"),
        ({"messages": [{"role": "assistant", "content": None}]}, "no content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "image_url"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}, "input_audio"),
        ({"messages": [{"role": "user", "content": "x", "tool_calls": [CALL]}]}, "only the assistant"),
        ({"messages": [{"role": "user", "content": "x", "images": ["aGk="]}]}, "images"),
        ({"messages": [*USER, {"role": "assistant", "content": "It", "prefix": True}]}, "prefix"),
        ({"messages": [{"role": "assistant", "tool_calls": [CALL | {"type": "custom"}]}]}, "function"),
        ({"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{"}}]}, "JSON object"),
        ({"tools": [{"type": "web_search"}]}, "'function'"),
        ({"tools": [{"type": "function", "function": {"description": "nameless"}}]}, "name"),
        ({"tools": [WEATHER, WEATHER]}, "two tools"),
        ({"tools": [{"type": "function", "function": {"name": "f", "strict": True}}]}, "strict tools"),
        ({"tools": [WEATHER], "response_format": {"type": "json_object"}}, "response_format"),
        ({"response_format": {"type": "json_object", "schema": {"type": "object"}}}, "schema"),
        ({"response_format": {"type": "text", "json_schema": {"schema": {}}}}, "json_schema"),
        ({"tools": [{"type": "function", "function": {"name": "f\ud800"}}]}, "half a character"),
        (
            {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": '{"a": "\\ud800"}'}}]},
            "half",
        ),
        ({"temprature\ud800": 1}, "half a character"),
        ({"path": "/v1/completions", "prompt": "x", "tools": [WEATHER]}, "tools"),
        ({"path": "/v1/completions", "prompt": "x", "messages": USER}, "messages"),
        ({"path": "/v1/completions", "prompt": "x", "system": "Be brief."}, "system"),
        ({"prompt": "x"}, "prompt"),
        ({"path": "/v1/completions", "prompt": ["a", "b"]}, "one text"),
        ({"path": "/v1/completions", "prompt": [1, 2]}, "token ids"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(body, why):
    assert why in told(**body)


def test_every_kind_of_message_reaches_the_model_as_training_has_it():
    engine = Says("Clear.")
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
    assert asked(engine, messages=messages).status_code == 200
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


def test_a_request_is_the_prompt_of_training_for_the_same_conversation(llama_engine, transformers_engine):
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


def test_tools_reach_the_prompt_as_training_tells_them(llama_engine):
    function = {name: value for name, value in WEATHER["function"].items() if value is not None}
    body = asked(llama_engine, tools=[WEATHER], max_tokens=1).json()
    expected = llama_engine.encode(USER, tools=[{"type": "function", "function": function}])
    assert body["usage"]["prompt_tokens"] == len(expected) > len(llama_engine.encode(USER)) + 20
    assert asked(llama_engine, tools=[WEATHER], tool_choice="none", max_tokens=1).json()["usage"][
        "prompt_tokens"
    ] == len(llama_engine.encode(USER))


def test_a_call_is_answered_as_one():
    body = asked(Says(f"I look.\n{SAID_CALL}"), tools=[WEATHER]).json()
    message = body["choices"][0]["message"]
    assert body["choices"][0]["finish_reason"] == "tool_calls" and message["content"] == "I look."
    (call,) = message["tool_calls"]
    assert call["type"] == "function" and call["id"] and call["function"]["name"] == "weather"
    assert json.loads(call["function"]["arguments"]) == {"town": "Rome"}
    twice = json.dumps(json.loads(SAID_CALL) * 2)
    assert asked(Says(twice), tools=[WEATHER]).json()["choices"][0]["message"]["content"] is None
    one = asked(Says(twice), tools=[WEATHER], parallel_tool_calls=False).json()
    assert len(one["choices"][0]["message"]["tool_calls"]) == 1


def test_a_streamed_call_is_the_same():
    choices = streamed(Says(f"I look.\n{SAID_CALL}"), tools=[WEATHER])
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
            (choice,) = asked(llama_engine, max_tokens=80, seed=3, **body).json()["choices"]
            (call,) = choice["message"]["tool_calls"]
        else:
            *choices, choice = streamed(llama_engine, max_tokens=80, seed=3, **body)
            (call,) = [call for one in choices for call in one["delta"].get("tool_calls", [])]
        assert choice["finish_reason"] == "tool_calls"
        return {"name": call["function"]["name"], **json.loads(call["function"]["arguments"])}

    named = called(tools=[WEATHER, TRAIN], tool_choice={"type": "function", "function": {"name": "train"}})
    assert named["name"] == "train" and named["class"] in (1, 2) and named["seat"] in (True, False)
    assert called(tools=[TRAIN, {"type": "function", "function": {"name": "now"}}], tool_choice="required")


def test_what_cannot_be_made_to_call_a_tool_says_so(transformers_engine, llama_engine):
    assert "not a GGUF" in asked(transformers_engine, tools=[TRAIN], tool_choice="required").json()["error"]["message"]
    odd = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}
    tool = {"type": "function", "function": {"name": "odd", "parameters": odd}}
    assert "pattern" in asked(llama_engine, tools=[tool], tool_choice="required").json()["error"]["message"]


@pytest.mark.parametrize("body", [{}, {"tools": [WEATHER], "tool_choice": "none"}])
def test_without_tools_the_same_text_stays_text(body):
    answer = asked(Says(SAID_CALL), **body).json()["choices"][0]
    assert answer["message"]["content"] == SAID_CALL and answer["finish_reason"] == "stop"


def test_a_call_cut_short_stays_text_and_says_so():
    answer = asked(Says(SAID_CALL[:-4], "length"), tools=[WEATHER]).json()["choices"][0]
    assert answer["message"] == {"role": "assistant", "content": SAID_CALL[:-4]}
    assert answer["finish_reason"] == "length"


def test_one_model_can_be_looked_up():
    api = FastAPI()
    api.include_router(build_router(Says(""), Says("").prepare))
    assert TestClient(api).get("/v1/models/parrot").json()["id"] == "parrot"
    assert TestClient(api).get("/v1/models/gpt-9").status_code == 404

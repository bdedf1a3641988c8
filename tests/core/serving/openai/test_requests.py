"""Fields of requests: nulls are defaults, bookkeeping is ignored, and the unsupported is refused by name."""

import pytest

from tests.core.serving.openai.parrot import CALL, USER, WEATHER, Parrot, ask


def refusal(**body) -> str:
    """Why a request is refused."""
    response = ask(Parrot("no"), **body)
    assert response.status_code == 400, response.text
    return response.json()["error"]["message"]


NULLS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "n", "stream", "stop", "seed", "tools",
    "tool_choice", "response_format", "logprobs", "top_logprobs", "stream_options", "presence_penalty",
    "frequency_penalty", "logit_bias", "parallel_tool_calls", "functions", "function_call", "reasoning_effort", "user",
    "audio", "made_up",
)  # fmt: skip


def test_null_means_the_default_everywhere():
    engine, plain = Parrot("Clear."), Parrot("Clear.")
    answered = ask(engine, **dict.fromkeys(NULLS))
    ask(plain)
    assert answered.json()["choices"][0]["message"] == {"role": "assistant", "content": "Clear."}
    assert engine.settings.model_dump() == plain.settings.model_dump() and not engine.tools
    assert ask(engine, "/v1/completions", prompt="x", suffix=None, echo=None, best_of=None, **dict.fromkeys(NULLS[:8]))
    nested = {"stream_options": {"include_usage": None}, "messages": [{**USER[0], "name": None, "tool_calls": None}]}
    assert ask(engine, **nested).status_code == 200


def test_bookkeeping_fields_of_clients_are_accepted():
    extra = {"user": "u", "metadata": {"a": "b"}, "store": True, "service_tier": "auto", "safety_identifier": "s",
             "prompt_cache_key": "k", "logprobs": False, "n": 1, "top_k": -1, "modalities": ["text"], "best_of": 1,
             "session_id": "made up by a client"}  # fmt: skip
    assert ask(Parrot("Clear."), **extra).status_code == 200


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
def test_an_unsupported_field_that_would_change_the_answer_is_refused_by_name(field, value):
    assert field in refusal(**{field: value})
    if field != "tool_choice":
        assert field in refusal(path="/v1/completions", prompt="x", **{field: value})


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
def test_an_invalid_request_is_refused_with_a_reason(body, why):
    assert why in refusal(**body)

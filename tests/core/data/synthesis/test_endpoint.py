"""Endpoints: which may be asked, how the key stays secret, and how difficult servers are handled."""

import asyncio

import pytest

from core.data.synthesis.allowed import checked_address
from core.data.synthesis.endpoint import Endpoint, TooLongError
from core.errors import InputError, UnavailableError
from tests.core.data.synthesis.scripted import completion

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
NOW = {"Retry-After": "0"}


def ask(spec, allowed=()) -> dict:
    async def once():
        async with Endpoint(spec, allowed) as endpoint:
            return await endpoint.ask("What?", SCHEMA, seed=3)

    return asyncio.run(once())


@pytest.fixture
def plain(script):
    script.answer = lambda body: completion("{}")
    return script


def test_the_schema_and_the_settings_are_sent(spec, plain):
    ask(spec(temperature=0.2, max_new_tokens=50))
    asked = plain.asked[0]
    assert asked["path"] == "/v1/chat/completions" and asked["model"] == "scripted"
    assert asked["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (asked["temperature"], asked["max_tokens"], asked["seed"]) == (0.2, 50, 3)


def test_the_key_goes_into_its_header_and_never_into_a_message(spec, plain, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_SYNTHESIS_API_KEY", "canary-secret-key")
    ask(spec(), [plain.address])
    assert plain.headers[0]["Authorization"] == "Bearer canary-secret-key"
    plain.answer = lambda body: (401, {}, {"error": {"message": "Incorrect API key: canary-secret-key."}})
    with pytest.raises(InputError, match="Incorrect API key") as refused:
        ask(spec(), [plain.address])
    assert "canary" not in refused.value.message + refused.value.remedy


def test_a_local_server_that_the_owner_did_not_name_is_asked_without_the_key(spec, plain, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_SYNTHESIS_API_KEY", "canary-secret-key")
    for named in ([], ["http://127.0.0.1:1/v1"], [plain.address.replace("127.0.0.1", "localhost")]):
        ask(spec(), named)
    assert len(plain.headers) == 3 and not any("Authorization" in headers for headers in plain.headers)
    plain.answer = lambda body: (401, {}, {"error": {"message": "Who are you?"}})
    with pytest.raises(InputError, match="Who are you") as refused:
        ask(spec())
    assert "TUNEWRIGHT_SYNTHESIS_ENDPOINTS" in refused.value.remedy


@pytest.mark.parametrize("name", ["HF_TOKEN", "PATH", "TUNEWRIGHT_API_KEY"])
def test_other_secrets_cannot_be_sent(spec, plain, name):
    with pytest.raises(InputError, match=name):
        ask(spec(api_key_env=name))
    assert plain.asked == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_retried(spec, plain, status):
    answers = [(status, NOW, b"busy"), (status, NOW, b"busy"), completion('{"a": 1}')]
    plain.answer = lambda body: answers[len(plain.asked) - 1]
    assert ask(spec())["choices"]
    assert len(plain.asked) == 3


def test_a_server_that_stays_away_is_reported_with_a_remedy(spec, plain):
    plain.answer = lambda body: (429, NOW, {"error": {"message": "Rate limit reached"}})
    with pytest.raises(UnavailableError, match="Rate limit reached") as away:
        ask(spec())
    assert "kept" in away.value.remedy


def test_parameters_that_a_server_rejects_are_omitted_from_then_on(spec, plain):
    def picky(body):
        if "max_tokens" in body:
            return 400, {}, {"error": {"message": "Unsupported parameter: 'max_tokens'."}}
        return (400, {}, {"error": {"message": "no schemas here"}}) if "response_format" in body else completion("{}")

    async def twice():
        async with Endpoint(spec()) as endpoint:
            return [await endpoint.ask("What?", SCHEMA, seed) for seed in (1, 2)]

    plain.answer = picky
    asyncio.run(twice())
    assert len(plain.asked) == 4
    assert plain.asked[-1]["max_completion_tokens"] == 400 and "response_format" not in plain.asked[-1]


def test_a_question_that_exceeds_the_context_does_not_disable_schemas(spec, plain):
    async def twice():
        async with Endpoint(spec()) as endpoint:
            with pytest.raises(TooLongError):
                await endpoint.ask("long", SCHEMA, 1)
            plain.answer = lambda body: completion("{}")
            await endpoint.ask("short", SCHEMA, 2)

    plain.answer = lambda body: (400, {}, {"error": {"message": "The maximum context length is 4096 tokens"}})
    asyncio.run(twice())
    assert "response_format" in plain.asked[-1]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((404, {}, {"error": {"message": "no such model"}}), "no such model"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "302"),
        ((200, {}, b"<html>"), "does not answer like OpenAI"),
        ((200, {}, {"choices": None}), "does not answer like OpenAI"),
        ((200, {}, b"x" * (9 << 20)), "without end"),
    ],
)
def test_invalid_answers_are_reported_in_words(spec, plain, said, told):
    plain.answer = lambda body: said
    with pytest.raises(InputError, match=told):
        ask(spec())


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.7:8000/v1",
        "http://192.168.1.1/v1",
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.internal/v1",
        "https://api.example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://0.0.0.0:8000/v1",
        "http://[::ffff:10.0.0.7]/v1",
        "http://2130706433/v1",
    ],
)
def test_only_servers_that_the_owner_names_are_asked(address):
    with pytest.raises(InputError, match="not among the servers") as refused:
        checked_address(address, ["https://api.example.com:8443"])
    assert "TUNEWRIGHT_SYNTHESIS_ENDPOINTS" in refused.value.remedy
    assert checked_address(address, ["https://other.example", address]).hostname


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/v1",
        "127.0.0.1:8000",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999999/",
        "http://127.0.0.1/?a=b",
    ],
)
def test_invalid_addresses_are_refused(address):
    with pytest.raises(InputError, match="not the address"):
        checked_address(address, [])


def test_a_password_in_the_address_is_refused_without_repeating_it():
    with pytest.raises(InputError, match="password") as refused:
        checked_address("http://me:canary@127.0.0.1/v1", [])
    assert "canary" not in refused.value.message + refused.value.remedy


@pytest.mark.parametrize(
    "named", ["http://me:canary@models.example/v1", "me:canary@models.example", "http://me@models.example"]
)
def test_a_password_in_an_address_that_the_owner_names_is_refused_too(named):
    with pytest.raises(InputError, match="TUNEWRIGHT_SYNTHESIS_ENDPOINTS") as refused:
        checked_address("http://models.example/v1", [named])
    assert "canary" not in refused.value.message + refused.value.remedy


def test_proxies_in_the_environment_are_ignored(spec, plain, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert ask(spec())["choices"]


def test_the_address_is_resolved_once(spec, plain, monkeypatch):
    looked_up = []

    async def resolve(self, host, port, **kinds):
        looked_up.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", resolve)
    named = plain.address.replace("127.0.0.1", "models.example")

    async def twice():
        async with Endpoint(spec(endpoint=named), [named]) as endpoint:
            for seed in (1, 2):
                await endpoint.ask("What?", SCHEMA, seed)

    asyncio.run(twice())
    assert [host for host in looked_up if host == "models.example"] == ["models.example"]
    assert plain.headers[0]["Host"].startswith("models.example:")

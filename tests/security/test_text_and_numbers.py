"""Malformed Unicode, NUL and integers beyond 64 bits are refused by every route, in every field."""

import json
import time
from itertools import cycle, islice

import pytest
from fastapi.testclient import TestClient

from tests.core.serving.model_api import model_api
from tests.security.hostile import UNFIT, UNFIT_TEXT, fields, is_whole_number, send
from tests.waiting import soon_enough


class NeverAsked:
    """An engine that no request may reach."""

    label, context_length = "parrot", 100

    def check(self, *_arguments, **_options):
        raise AssertionError("the model was asked")


@pytest.fixture(scope="module")
def studio_client(studio):
    with studio.client() as client:
        yield client


@pytest.fixture(scope="module")
def model_client():
    return TestClient(model_api(NeverAsked()))


@pytest.fixture(params=["studio_client", "model_client"])
def client(request):
    return request.getfixturevalue(request.param)


def refused(client, field, answer) -> None:
    """It was refused in words that name the field."""
    as_openai = field.path.startswith("/v1/") or isinstance(client, TestClient)
    assert answer.status_code == (400 if as_openai else 422), (field, answer.text[:300])
    assert field.name in answer.json()["error"]["message"], (field, answer.text[:300])
    assert len(answer.content) < 4000


def test_no_field_of_a_body_accepts_what_cannot_be_stored(client):
    document = client.get("/openapi.json").json()
    bodies = [field for field in fields(document) if field.where == "body"]
    assert len(bodies) > 20
    values = cycle(UNFIT.values())  # to each field some of them: all fields of a route go the same way
    for field in bodies:
        for value in islice(values, 3):
            refused(client, field, send(client, field, value))


def test_no_path_or_query_accepts_what_cannot_be_stored(client):
    document = client.get("/openapi.json").json()
    texts, numbers = cycle(UNFIT_TEXT.items()), cycle([1 << 63, -(1 << 63) - 1, 10**30])
    for field in fields(document):
        if field.where == "body" or field.method == "head":
            continue
        for what, text in islice(texts, 2):
            if field.where == "path" and what in ("half a character", "no UTF-8"):
                continue  # the server has read them as U+FFFD by then
            refused(client, field, send(client, field, text))
        if is_whole_number(field.schema):
            refused(client, field, send(client, field, next(numbers)))
        if field.where == "query":
            many = min(5000, 55_000 // len(f"{field.name}=1&"))  # of longer ones an address holds less
            refused(client, field, send(client, field, f"&{field.name}=".join("1" * many)))


SAMPLE = {"source": "sample", "domain": "healthcare", "num_samples": 20}
ONE_BY_ONE = {
    "half a character": ("POST", "/api/jobs/prepare", SAMPLE | {"stratify_by": "\ud800"}, "stratify_by"),
    "NUL": ("POST", "/api/jobs/prepare", SAMPLE | {"stratify_by": "x\0y"}, "stratify_by"),
    "more than 64 bits in a body": ("POST", "/api/jobs/prepare", SAMPLE | {"seed": 1 << 63}, "seed"),
    "more than 64 bits in an address": ("GET", f"/api/jobs/x/events?after={1 << 63}", None, "after"),
    "a name of any length": ("POST", "/api/jobs/prepare", SAMPLE | {"stratify_by": "x" * 5000}, "stratify_by"),
    "a name of any length in an address": ("GET", f"/api/jobs/{'x' * 5000}", None, "job_id"),
    "5,000 parameters": ("GET", f"/api/jobs?{'&'.join(['state=queued'] * 5000)}", None, "state"),
}


@pytest.mark.parametrize("sent", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_each_kind_of_malformed_value_is_refused_by_field_and_nothing_is_stored(studio_client, sent):
    def ids():
        return [job["id"] for job in studio_client.get("/api/jobs").raise_for_status().json()]

    method, address, body, field = sent
    before = ids()
    content = json.dumps(body) if body else None
    answer = studio_client.request(method, address, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text[:300]
    assert field in answer.json()["error"]["message"]
    assert ids() == before


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_given_as_text_is_checked_as_the_number_it_becomes(studio_client, model_client, text):
    answer = studio_client.post("/api/jobs/train", json={"dataset": "none", "learning_rate": text})
    assert answer.status_code == 422
    assert "learning_rate" in answer.json()["error"]["message"]
    answer = model_client.post("/generate", json={"prompt": "x", "temperature": text})
    assert answer.status_code == 400
    assert "temperature" in answer.json()["error"]["message"]


def test_an_integer_given_as_text_is_limited_to_64_bits_too(studio_client, model_client):
    digits = "9" * 30
    answer = studio_client.post("/api/jobs/train", json={"dataset": "none", "seed": digits})
    assert (answer.status_code, "seed" in answer.text) == (422, True)
    answer = model_client.post("/generate", json={"prompt": "x", "logit_bias": {digits: 1}})
    assert (answer.status_code, "logit_bias" in answer.text) == (400, True)


@pytest.mark.parametrize("body", [b"[" * 200_000, b"\xff\xfe", b"{", b'{"source": \x00}', b"9" * 5000, b"null", b"[]"])
def test_a_body_that_is_not_an_object_is_refused_in_words(studio_client, model_client, body):
    headers = {"Content-Type": "application/json"}
    answer = studio_client.post("/api/jobs/prepare", content=body, headers=headers)
    assert answer.status_code == 422
    assert "body" in answer.json()["error"]["message"]
    assert model_client.post("/generate", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mends", [1] * 1_000_000),
        ("mends", ["x"] * 10_001),
        ("mends", ["x"] * 10_000),
        ("changes", [{"rows": ["x"] * 40_000}]),
        ("changes", [{str(number): 1 for number in range(4)}] * 10_000),
        ("cleaning", dict.fromkeys(map(str, range(40_000)))),
    ],
)
def test_countless_wrong_values_are_refused_quickly_and_briefly(studio_client, field, value):
    began = time.monotonic()
    answer = studio_client.post("/api/datasets/x/revise", json={field: value})
    assert answer.status_code == 422
    assert field in answer.json()["error"]["message"]
    assert len(answer.content) < 4000
    assert soon_enough(time.monotonic() - began, 10)  # millions of faults, each told, took a minute and all memory


def test_names_are_limited_to_the_length_of_a_path_and_texts_are_not(studio_client):
    long = "x" * 5000
    for field in ("stratify_by", "domain", "upload", "name"):
        answer = studio_client.post("/api/jobs/prepare", json=SAMPLE | {field: long})
        assert (answer.status_code, field in answer.text) == (422, True), answer.text[:300]
    for body in ({"column_map": {"instruction": long}}, {"cleaning": {"languages": [long]}}):
        answer = studio_client.post("/api/jobs/prepare", json=SAMPLE | body)
        assert (answer.status_code, next(iter(body)) in answer.text) == (422, True), answer.text[:300]
    change = {"kind": "edit", "rows": [1], "values": {"output": long}}
    assert studio_client.post("/api/datasets/none/revise", json={"changes": [change]}).status_code == 404


def test_a_request_may_name_at_most_a_hundred_other_things(studio_client):
    for kind, body in (("prepare", SAMPLE | {"compare_with": ["x"] * 101}), ("benchmark", {"models": ["x"] * 101})):
        answer = studio_client.post(f"/api/jobs/{kind}", json=body)
        assert (answer.status_code, list(body)[-1] in answer.text) == (422, True)


def test_no_refused_request_stored_anything(studio_client):
    assert [job for job in studio_client.get("/api/jobs").json() if job["name"] == "x" * 5000] == []
    for listing in ("jobs", "datasets", "models", "deployments"):
        assert studio_client.get(f"/api/{listing}").status_code == 200


def test_a_body_of_too_many_texts_is_refused_before_it_is_parsed(studio_client, model_client):
    quotes = '"' + '\\"' * 1_000_000  # one text without an end: looked through once, not once for each quote
    for body in (json.dumps({"x": ["y"] * 60_000}), json.dumps(dict.fromkeys(map(str, range(60_000)))), quotes):
        began = time.monotonic()
        answer = studio_client.post("/generate", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert "body" in answer.json()["error"]["message"]
        answer = model_client.post("/generate", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert ("50,000 texts" in answer.json()["error"]["message"]) is (body is not quotes)
        assert soon_enough(time.monotonic() - began, 5)


def test_a_prompt_of_the_longest_text_is_not_counted_as_many(model_client):
    for text in ('"' * 100_000, "word, " * 150_000):
        with pytest.raises(AssertionError, match="the model was asked"):
            model_client.post("/generate", json={"prompt": text})

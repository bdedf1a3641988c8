"""Every operation of both OpenAPI documents under requests made by schemathesis, broken further by strategies of our
own: surrogates, huge numbers, empty and enormous texts, deep nesting. No 500, no hang, no row that breaks a list.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode
from streamlit.testing.v1 import AppTest

from app.plumbing.studio import store
from storage.database import open_store
from storage.settings import Settings
from storage.settings import settings as studio_settings
from tests.studio import job_ended, running_studio
from tests.waiting import PATIENCE_SECONDS, soon_enough
from tests.workers.served import Served

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 15
"""For one request. A busy machine of two cores needs a part of it; a hang takes it all."""
STUDIO_EXAMPLES, SERVER_EXAMPLES = 60, 120
PATIENT = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "print_blob": False}
MODES = (GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
LISTS = ("/api/jobs", "/api/datasets", "/api/models", "/api/deployments", "/v1/models", "/metrics", "/health")


SAMPLE = {"source": "sample", "domain": "healthcare", "num_samples": 20}
WORKS = {
    "/api/jobs/prepare": SAMPLE,
    "/api/jobs/synthesize": {"task": "paraphrase", "dataset": "fuzzed", "model": "starter", "num_samples": 1},
    "/api/jobs/train": {"dataset": "fuzzed", "model": "starter", "epochs": 1},
    "/api/jobs/evaluate": {"dataset": "fuzzed", "model": "starter", "limit": 1},
    "/api/jobs/export": {"model": "starter", "types": ["q8_0"]},
    "/api/jobs/benchmark": {"models": ["starter"]},
    "/api/datasets/{dataset}/revise": {"mends": ["drop_leaks"]},
    "/api/datasets/{dataset}/restore": {"version": 1},
    "/api/deployments": {"model": "starter", "port": 0},
    "/generate": {"prompt": "Hello", "max_tokens": 8},
    "/v1/completions": {"prompt": "Hello", "max_tokens": 8},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8},
}
"""Bodies that each route takes."""


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


SURROGATES = st.text(st.characters(categories=["Cs"]) | st.characters(categories=["L", "Cc"]), min_size=1, max_size=8)
NUMBERS = st.sampled_from([0, -1, 1 << 31, 1 << 63, -(1 << 63) - 1, 10**30, 10**4000, 1e-320, 1e308]) | st.floats()
TEXTS = st.sampled_from(
    ["", " ", "\0", "\ufeff", "x" * 5000, "x" * 1_100_000, "ﷺ" * 20_000, "../../etc/passwd", "$(id)", "nan", "9" * 5000]
)
DEEP = st.sampled_from([nested(30), nested(70), nested(900), {"a": nested(62)}])
LEAVES = SURROGATES | NUMBERS | TEXTS | st.none() | st.booleans()
HOSTILE = (
    LEAVES
    | DEEP
    | st.lists(LEAVES, max_size=3)
    | st.dictionaries(SURROGATES | st.just("type"), LEAVES, max_size=3)
    | st.builds(lambda value, times: [value] * times, LEAVES.filter(lambda one: len(str(one)) < 50), st.just(20_000))
)


EACH = ("\ud800", "\0", "", "x" * 5000, -1, 1 << 63, 10**30, nested(70))
"""What is put into every field of a body that works."""


@st.composite
def attacks(draw, operation, known: dict) -> tuple[str, str, bytes]:
    """Method, address and body of a request that schemathesis made, mostly with something hostile put into it.

    Half of them stand on what works: `known` has bodies by path, and values by the name of a part of an address.
    """
    case = draw(operation.as_strategy(generation_mode=draw(st.sampled_from(MODES))))
    body = None if case.body is NOT_SET else case.body
    if isinstance(body, dict):
        works = known.get(operation.path)
        if works and draw(st.booleans()):
            kept = draw(st.lists(st.sampled_from(sorted(body)), max_size=2)) if body else []
            body = {name: body[name] for name in kept} | works
        body = _broken(draw, body, draw(st.integers(0, 2)))
    path, query = dict(case.path_parameters or {}), dict(case.query or {})
    for name in path:
        if draw(st.booleans()):
            works = known.get(name, "x") if operation.method.upper() != "DELETE" else "x"
            path[name] = draw(st.sampled_from([works, works, works, "\0", "x" * 5000, "..", "é"]))
    if query and draw(st.booleans()):
        query[draw(st.sampled_from(sorted(query)))] = draw(LEAVES)
    address = operation.path
    for name, value in path.items():
        address = address.replace(f"{{{name}}}", _escaped(value))
    pairs = [(name, one) for name, value in query.items() for one in (value if isinstance(value, list) else [value])]
    address += "?" + "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs) if pairs else ""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
    return operation.method.upper(), address[:60_000], content


def _broken(draw, body: dict, times: int) -> dict:
    """The body with something hostile in the place of one of its values, at any depth."""
    for _ in range(times):
        inside = [name for name, value in body.items() if isinstance(value, dict) and value]
        if inside and draw(st.booleans()):
            name = draw(st.sampled_from(inside))
            body = body | {name: _broken(draw, body[name], 1)}
        else:
            names = st.sampled_from(sorted(body)) if body else st.just("a")
            body = body | {draw(names | SURROGATES if draw(st.integers(0, 9)) == 0 else names): draw(HOSTILE)}
    return body


def _escaped(value: object) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="") or "%20"


def attack(client: httpx.Client, document: dict, examples: int, known: dict, after=lambda answer: None) -> None:
    """Breaks each field of the bodies that work, then sends `examples` requests to each operation; `after` sees every
    answer."""

    def ask(method: str, address: str, content: bytes) -> None:
        began = time.monotonic()
        answer = client.request(method, address, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code != 500, f"{method} {address[:300]} {content[:500]!r}: {answer.text[:500]}"
        assert soon_enough(time.monotonic() - began, DEADLINE_SECONDS), f"{method} {address[:300]} {content[:500]!r}"
        after(answer)

    for path, field in _fields(document, known):
        address = path.format_map(known)
        for value in EACH:
            ask("POST", address, json.dumps(known[path] | {field: value}).encode())

    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @seed(20261129)
        @settings(max_examples=examples, **PATIENT)
        @given(attacks(operation, known))
        def send(request):
            method, address, content = request
            note(f"{method} {address[:300]} {content[:500]!r}")
            ask(method, address, content)

        send()


def _fields(document: dict, known: dict) -> Iterator[tuple[str, str]]:
    """Every route with a body that works, and every field that its body may have."""
    for path, operations in document["paths"].items():
        if path in known:
            body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
            yield from ((path, field) for field in schema["properties"])


@pytest.fixture(scope="module")
def hardened(tmp_path_factory):
    """A studio of its own, whose limits are soon reached."""
    home = tmp_path_factory.mktemp("fuzzed") / "workspace"
    with running_studio(home, TUNEWRIGHT_QUEUED_JOBS_LIMIT="20", TUNEWRIGHT_DEPLOYMENTS_LIMIT="1") as studio:
        yield studio


def test_the_studio_withstands_every_request(hardened, monkeypatch):
    with hardened.client() as client:
        document = client.get("/openapi.json").json()
        job = client.post("/api/jobs/prepare", json=SAMPLE | {"name": "fuzzed"}).json()
        job_ended(client, job)
        known = {"dataset": "fuzzed", "job_id": job["id"], "model_id": "starter"} | WORKS

        def undo(answer: httpx.Response) -> None:
            """What was asked for is called off at once."""
            if answer.status_code == 201 and answer.url.path.startswith(("/api/jobs", "/api/datasets/fuzzed/re")):
                client.post(f"/api/jobs/{answer.json()['id']}/cancel")
            if answer.status_code == 201 and answer.url.path == "/api/deployments":
                client.post(f"/api/deployments/{answer.json()['id']}/stop")

        attack(client, document, STUDIO_EXAMPLES, known, undo)
        for address in LISTS:
            assert client.get(address).status_code == 200, address
        asked = client.get("/api/jobs", params={"limit": 500}).json()
        assert len({one["kind"] for one in asked}) >= 4, "hardly a valid body came about"
        for one in asked:
            for part in ("", "/events", "/metrics", "/log"):
                assert client.get(f"/api/jobs/{one['id']}{part}").status_code == 200
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(hardened.home))
    studio_settings.cache_clear()
    store.cache_clear()
    for page in sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py")):
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE_SECONDS).run()
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, (page, app.exception)
    store().close()
    studio_settings.cache_clear()
    store.cache_clear()


def test_a_model_server_withstands_every_request(workspace, starter_gguf):
    database = open_store(Settings())
    served = Served(database, starter_gguf("q4_k_m"))
    try:
        with served.client() as client:
            document = client.get("/openapi.json").json()
            attack(client, document, SERVER_EXAMPLES, WORKS)
            assert client.get("/health").json()["status"] == "ready"
            assert client.post("/generate", json={"prompt": "Hello", "max_tokens": 4}).status_code == 200
    finally:
        served.end()
        database.close()

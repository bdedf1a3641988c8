"""What a hostile client sends to a studio and to the model server behind it: one function an attack."""

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Thread
from urllib.parse import urlsplit

import httpx

_PATIENCE_SECONDS = 30
_MANY = 32
"""Of what is sent at once."""
_SAMPLE = {"source": "sample", "domain": "education", "num_samples": 20}

Attack = Callable[["Target"], object]


class Target:
    """Where an attack goes: the studio at `studio`, the model server at `server`. A failed request only counts."""

    def __init__(self, studio: str, server: str):
        self.studio, self.server = studio, server
        self.answers: Counter[str] = Counter()
        self._client = httpx.Client(trust_env=False, timeout=_PATIENCE_SECONDS, headers={"Connection": "close"})

    def send(self, method: str, url: str, **request) -> httpx.Response | None:
        try:
            answer = self._client.request(method, url, **request)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer

    def post(self, url: str, body: dict | str) -> httpx.Response | None:
        content = body if isinstance(body, str) else json.dumps(body)
        return self.send("POST", url, content=content, headers={"Content-Type": "application/json"})

    def generate(self, body: dict | str) -> None:
        """To the model server itself, and through the studio."""
        for base in (self.server, self.studio):
            self.post(f"{base}/generate", body)

    def leave(self, base: str, path: str, body: dict, count: int = 24) -> None:
        """Ask `count` times at once, then hang up. More would fill the queue, and others would be refused."""
        place, content = urlsplit(base), json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        asked = [socket.create_connection((place.hostname, place.port), timeout=5) for _ in range(count)]
        for connection in asked:
            connection.sendall(head.encode() + content)
        time.sleep(0.2)
        for connection in asked:
            connection.close()

    def at_once(self, *requests: tuple) -> None:
        threads = [Thread(target=self.send, args=request) for request in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _schema(target: Target) -> None:
    """Fourteen levels of choices, the last with no type."""
    choices = {f"a{level}": {"anyOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 30} for level in range(14)}
    for end in ([], "null", ""):
        schema = {"$defs": choices | {"a14": {"type": end}}, "$ref": "#/$defs/a0"}
        form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        target.generate({"prompt": "x", "response_format": form})


def _large_schemas(target: Target) -> None:
    names = {"type": "object", "properties": {"n" * 10 + str(number): {"type": "string"} for number in range(100_000)}}
    for schema in (
        {"enum": list(range(100_000))},
        {"type": "string", "maxLength": 10**9},
        {"type": "string", "pattern": "(a+)+$"},
        {"const": "x" * 7_000_000},
        names,
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ):
        form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        target.generate({"prompt": "x", "response_format": form})


def _long_words(target: Target) -> None:
    for character in ("ﷺ", "中", "a", "=", "🙂", "\n"):
        target.generate({"prompt": character * 1_000_000})
        target.post(f"{target.server}/v1/completions", {"prompt": character * 1_000_000, "max_tokens": 1})


def _nearly_fitting(target: Target) -> None:
    for character, count in (("ﷺ", 30_000), ("中", 30_000), ("a", 90_000), (" ", 90_000)):
        target.generate({"prompt": character * count, "max_tokens": 1})


def _tools(target: Target) -> None:
    parameters = {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(400)}}
    tools = [
        {"type": "function", "function": {"name": f"{'n' * 100}{number}", "parameters": parameters}}
        for number in range(128)
    ]
    messages = [{"role": "user", "content": "x"}]
    for choice in ("auto", "required"):
        body = {"messages": messages, "tools": tools, "tool_choice": choice, "max_tokens": 50}
        target.post(f"{target.server}/v1/chat/completions", body)


def _many_fields(target: Target) -> None:
    target.generate({"prompt": "x", **{f"temperatur{number}": 1 for number in range(200_000)}})
    target.generate({"prompt": "x", "logit_bias": {str(number): 1 for number in range(300_000)}})
    target.generate({"prompt": "x", "stop": ["y" * 64] * 100_000})
    target.generate({"prompt": "x", "n": 10**9, "max_tokens": 10**30})


def _deep(target: Target) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    target.generate('{"prompt": ' + deep + "}")
    target.post(f"{target.studio}/api/jobs/prepare", '{"source": ' + deep + "}")


def _gone(target: Target) -> None:
    for base in (target.server, target.studio):
        target.leave(base, "/generate", {"prompt": "x", "max_tokens": 1500, "temperature": 5})
        target.leave(base, "/generate", {"prompt": "中" * 1_000_000}, count=4)


def _long_answers(target: Target) -> None:
    target.generate({"prompt": "x", "max_tokens": 32_768, "temperature": 5, "top_p": 1})


def _half_characters(target: Target) -> None:
    target.generate({"prompt": "\ud800"})
    for field in ("stratify_by", "name", "domain"):
        target.post(f"{target.studio}/api/jobs/prepare", _SAMPLE | {field: "\ud800"})
        target.post(f"{target.studio}/api/jobs/prepare", _SAMPLE | {field: "\0" * 100_000})


def _huge_numbers(target: Target) -> None:
    target.send("GET", f"{target.studio}/api/jobs/train-1/events?after={2**63}")
    target.send("GET", f"{target.studio}/api/jobs?limit={10**30}")
    target.send("GET", f"{target.studio}/api/jobs?{'&'.join(f'state={number}' for number in range(5_000))}")
    target.send("GET", f"{target.studio}/api/datasets/{'x' * 60_000}")


def _large_bodies(target: Target) -> None:
    """400 MB of JSON: to a dataset named like the upload route, to Streamlit's own uploads, as a job, as a prompt."""
    for method, path in (
        ("POST", "/api/datasets/uploads/revise"),
        ("PUT", "/_stcore/upload_file/a/b"),
        ("POST", "/api/jobs/prepare"),
        ("POST", "/generate"),
    ):
        target.send(method, target.studio + path, content=_megabytes(400), headers={"Content-Type": "application/json"})


def _megabytes(count: int) -> Iterator[bytes]:
    yield b'{"changes": ["'
    for _ in range(count):
        yield b"x" * (1 << 20)
    yield b'"]}'


def _wrong_keys(target: Target) -> None:
    for number in range(_MANY):
        wrong = {"Authorization": f"Bearer {number}", "Origin": "http://evil.example"}
        target.send("GET", f"{target.studio}/api/jobs", headers=wrong)
        target.send("GET", f"{target.server}/v1/models", headers=wrong)
        target.send("GET", f"{target.studio}/", headers={"Host": "evil.example"})
        target.send("POST", f"{target.studio}/api/jobs/prepare", headers={"Sec-Fetch-Site": "cross-site"})


def _many_jobs(target: Target) -> None:
    """Many jobs, cancelled at once."""
    asked = [target.post(f"{target.studio}/api/jobs/prepare", _SAMPLE) for _ in range(_MANY)]
    for answer in asked:
        if answer is not None and answer.is_success:
            target.post(f"{target.studio}/api/jobs/{answer.json()['id']}/cancel", "")


def _many_tabs(target: Target) -> None:
    target.at_once(*[("GET", f"{target.studio}/")] * _MANY, *[("GET", f"{target.studio}/metrics")] * _MANY)


ATTACKS: tuple[Attack, ...] = (
    _schema, _large_schemas, _long_words, _nearly_fitting, _tools, _many_fields, _deep, _gone, _long_answers,
    _half_characters, _huge_numbers, _large_bodies, _wrong_keys, _many_jobs, _many_tabs,
)  # fmt: skip

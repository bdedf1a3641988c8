"""A local server that speaks as much of the Hugging Face hub's protocol as fetching models and datasets needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a" * 40


@dataclass
class Hub:
    """Repositories by name, each with its files' contents; `acme/gated` is gated. `asked` lists the fetched files.

    `ranges` are the ranges asked for by file, `breaks_after` the bytes after which a file's connection breaks.
    """

    models: dict[str, dict[str, bytes]]
    datasets: dict[str, dict[str, bytes]]
    commit: str
    asked: list[str] = field(default_factory=list)
    ranges: list[tuple[str, str | None]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    breaks_after: int | None = None
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make a child process use this server as the hub."""
        return hub_at(self.port)

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """The status, body and headers for a request of `path`."""
        path = path.split("?")[0].removeprefix("/api")
        kind = "datasets" if path.startswith("/datasets/") else "models"
        path = path.removeprefix(f"/{kind}")
        name = "/".join(path.split("/")[1:3])
        rest = path.removeprefix(f"/{name}")
        files = getattr(self, kind).get(name)
        if name == "acme/gated":
            return 403, b"{}", {"X-Error-Code": "GatedRepo"}
        if files is None:
            return 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        if rest in ("", "/revision/main", f"/revision/{self.commit}"):
            siblings = [_sibling(file, content) for file, content in files.items()]
            info = {"id": name, "sha": self.commit, "private": False, "gated": False, "disabled": False,
                    "downloads": 0, "likes": 0, "tags": [], "siblings": siblings}  # fmt: skip
            return 200, json.dumps(info).encode(), {}
        if rest in (f"/tree/{self.commit}", "/tree/main"):
            entries = [
                {"type": "file", "oid": _hash(files[file]), "size": len(files[file]), "path": file} for file in files
            ]
            return 200, json.dumps(entries).encode(), {}
        file = rest.removeprefix(f"/resolve/{self.commit}/")
        if file in files:
            self.asked.append(file)
            return 200, files[file], {"ETag": f'"{_hash(files[file])}"', "X-Repo-Commit": self.commit}
        if kind == "datasets" and not rest.startswith("/tree/"):  # optional files, such as a loading script
            return 404, b"{}", {"X-Error-Code": "EntryNotFound"}
        return 200, b"[]", {}


def hub_at(port: int) -> dict[str, str]:
    """Environment variables that make a child process look for the hub at a local port."""
    endpoint = f"http://127.0.0.1:{port}"
    return {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1"}


@contextmanager
def running_hub(
    models: dict[str, dict[str, bytes]] | None = None,
    commit: str = COMMIT,
    datasets: dict[str, dict[str, bytes]] | None = None,
) -> Iterator[Hub]:
    """A hub with these repositories, all at the same commit, for as long as the `with` block runs."""
    hub = Hub(models or {}, datasets or {}, commit)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self._send(with_body=False)

        def do_GET(self):
            self._send(with_body=True)

        def _send(self, with_body: bool):
            status, body, headers = hub.answer(self.path)
            asked = self.headers.get("Range")
            hub.authorizations.append(self.headers.get("Authorization"))
            if with_body and "/resolve/" in self.path:
                hub.ranges.append((self.path.rpartition("/")[2], asked))
            if asked and status == 200:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                end = min(int(last) + 1, len(body)) if last else len(body)
                headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(body)}"
                status, body = 206, body[int(first) : end]
            self.send_response(status)
            for header, value in headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body and hub.breaks_after is not None and "/resolve/" in self.path:
                self.wfile.write(body[: hub.breaks_after])
                self.close_connection = len(body) > hub.breaks_after
            elif with_body:
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()


def _sibling(file: str, content: bytes) -> dict:
    facts = {"rfilename": file, "size": len(content), "blobId": _hash(content)}
    if file.endswith(".safetensors"):
        facts["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return facts


def _hash(content: bytes) -> str:
    """Git's object id."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

"""A small server that answers as the Hugging Face hub does, for what fetching a model asks of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a" * 40


@dataclass
class Hub:
    """Models, each a file's name → its bytes; `acme/gated` is gated. `asked` remembers the files that were fetched."""

    models: dict[str, dict[str, bytes]]
    commit: str
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What makes a child process take this server for the hub."""
        endpoint = f"http://127.0.0.1:{self.port}"
        return {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1"}

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers for what is asked at `path`."""
        path = path.split("?")[0].removeprefix("/api/models")
        name = "/".join(path.split("/")[1:3])
        rest = path.removeprefix(f"/{name}")
        files = self.models.get(name)
        if name == "acme/gated":
            return 403, b"{}", {"X-Error-Code": "GatedRepo"}
        if files is None:
            return 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        if rest in ("", "/revision/main", f"/revision/{self.commit}"):
            siblings = [{"rfilename": file} for file in files]
            told = {"id": name, "sha": self.commit, "private": False, "tags": [], "siblings": siblings}
            return 200, json.dumps(told).encode(), {}
        if rest in (f"/tree/{self.commit}", "/tree/main"):
            entries = [
                {"type": "file", "oid": _etag(name, file), "size": len(files[file]), "path": file} for file in files
            ]
            return 200, json.dumps(entries).encode(), {}
        if rest.startswith(f"/resolve/{self.commit}/"):
            file = rest.removeprefix(f"/resolve/{self.commit}/")
            self.asked.append(file)
            return 200, files[file], {"ETag": f'"{_etag(name, file)}"', "X-Repo-Commit": self.commit}
        return 200, b"[]", {}


@contextmanager
def running_hub(models: dict[str, dict[str, bytes]], commit: str = COMMIT) -> Iterator[Hub]:
    """A hub with these models, each at this commit, until the body ends."""
    hub = Hub(models, commit)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self._send(with_body=False)

        def do_GET(self):
            self._send(with_body=True)

        def _send(self, with_body: bool):
            status, body, headers = hub.answer(self.path)
            self.send_response(status)
            for header, value in headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
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


def _etag(name: str, file: str) -> str:
    return f"{name}-{file}".encode().hex()[:40]

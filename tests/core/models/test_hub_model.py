"""A model of the hub: fetched as safetensors and JSON alone, and refused in words. The hub is a small server here."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMIT = "a" * 40
FETCH = """
import json, sys
from core.errors import TunewrightError
from core.models.loading import model_folder
from core.models.references import locate
for reference in sys.argv[1:]:
    try:
        folder = model_folder(locate(reference))
        print(json.dumps(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())))
    except TunewrightError as error:
        print(json.dumps([type(error).__name__, error.message, error.remedy]))
"""
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": b"weights",
    "tokenizer.model": b"pieces",
    "pytorch_model.bin": b"a pickle",
    "modeling_evil.py": b"print('run')",
    "original/consolidated.safetensors": b"the weights again",
}
MODELS = {
    "acme/good": FILES,
    "acme/pickled": {name: FILES[name] for name in ("config.json", "pytorch_model.bin")},
    "acme/evil": FILES | {"config.json": b'{"auto_map": {"AutoModelForCausalLM": "modeling_evil.Evil"}}'},
}


class Hub(BaseHTTPRequestHandler):
    """Three models, one that is gated, and a memory of what was asked for."""

    protocol_version = "HTTP/1.1"
    asked = []

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body: bool):
        path = self.path.split("?")[0].removeprefix("/api/models")
        name = "/".join(path.split("/")[1:3])
        rest = path.removeprefix(f"/{name}")
        files = MODELS.get(name)
        status, body, headers = 200, b"[]", {}
        if name == "acme/gated":
            status, body, headers = 403, b"{}", {"X-Error-Code": "GatedRepo"}
        elif files is None:
            status, body, headers = 404, b"{}", {"X-Error-Code": "RepoNotFound"}
        elif rest in ("", "/revision/main", f"/revision/{COMMIT}"):
            siblings = [{"rfilename": file} for file in files]
            body = json.dumps({"id": name, "sha": COMMIT, "private": False, "tags": [], "siblings": siblings}).encode()
        elif rest in (f"/tree/{COMMIT}", "/tree/main"):
            entries = [
                {"type": "file", "oid": _etag(name, file), "size": len(files[file]), "path": file} for file in files
            ]
            body = json.dumps(entries).encode()
        elif rest.startswith(f"/resolve/{COMMIT}/"):
            file = rest.removeprefix(f"/resolve/{COMMIT}/")
            self.asked.append(file)
            body, headers = files[file], {"ETag": f'"{_etag(name, file)}"', "X-Repo-Commit": COMMIT}
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def _entry(name: str, file: str, content: bytes) -> dict:
    return {"type": "file", "oid": _etag(name, file), "size": len(content), "path": file}


def _etag(name: str, file: str) -> str:
    return f"{name}-{file}".encode().hex()[:40]


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_only_safe_files_are_fetched_and_the_rest_is_refused_in_words(hub, tmp_path):
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf"),
                   "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_XET": "1"}  # fmt: skip
    references = ["acme/good", "acme/pickled", "acme/evil", "acme/gated", "acme/missing"]
    done = subprocess.run(
        [sys.executable, "-c", FETCH, *references], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    good, pickled, evil, gated, missing = (json.loads(line) for line in done.stdout.splitlines())
    assert good == ["config.json", "model.safetensors", "tokenizer.model"]
    assert pickled[0] == "InputError" and "acme/pickled has no weights in safetensors" in pickled[1]
    assert evil[0] == "InputError" and "Python code" in evil[1]
    assert gated[0] == "InputError" and "HF_TOKEN" in gated[2]
    assert missing[0] == "NotFoundError" and "acme/missing" in missing[1]
    assert set(Hub.asked) <= {"config.json", "model.safetensors", "tokenizer.model"}

"""The hub: real loading code against a small server that speaks its protocol, and quick words where there is none."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.data.sources.hub import open_hub
from core.errors import InputError
from core.models.folders import model_folder
from core.models.references import locate
from tests.core.data.conftest import good_rows

ROOT = Path(__file__).parents[4]
COMMIT, BLOB = "a" * 40, "b" * 40
PREPARE = """
import json, sys
from pathlib import Path
from core.data.sources.hub import write_head
from core.data.preparing.prepare import prepare
from core.errors import TunewrightError
from core.specs import PrepareSpec
for values in json.loads(sys.argv[1]):
    try:
        if "head" in values:
            write_head(values["dataset_name"], 5, Path(values["head"]))
            print("{}")
        else:
            print(json.dumps(prepare(PrepareSpec(source="hub", **values))))
    except TunewrightError as error:
        print(json.dumps({"error": type(error).__name__, "message": error.message, "remedy": error.remedy}))
"""


class Hub(BaseHTTPRequestHandler):
    """One dataset, acme/sums, with one file."""

    protocol_version = "HTTP/1.1"
    data = "".join(
        json.dumps({"question": row["instruction"], "answer": row["output"]}) + "\n" for row in good_rows(30)
    ).encode()

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body: bool):
        path, status, body, headers = self.path.split("?")[0], 200, b"{}", {}
        if path in ("/api/datasets/acme/sums", f"/api/datasets/acme/sums/revision/{COMMIT}"):
            body = json.dumps(
                {
                    "id": "acme/sums",
                    "sha": COMMIT,
                    "private": False,
                    "gated": False,
                    "disabled": False,
                    "downloads": 0,
                    "likes": 0,
                    "tags": [],
                    "siblings": [{"rfilename": "train.jsonl"}],
                }
            )
            body = body.encode()  # fmt: skip
        elif path == f"/api/datasets/acme/sums/tree/{COMMIT}":
            body = json.dumps([{"type": "file", "oid": BLOB, "size": len(self.data), "path": "train.jsonl"}]).encode()
        elif path.startswith(f"/api/datasets/acme/sums/tree/{COMMIT}/"):
            body = b"[]"
        elif path.endswith(f"/resolve/{COMMIT}/train.jsonl"):
            body, headers = self.data, {"ETag": f'"{BLOB}"', "X-Repo-Commit": COMMIT}
        elif path.startswith("/datasets/acme/sums/resolve/"):
            status, headers = 404, {"X-Error-Code": "EntryNotFound"}
        else:
            status, headers = 404, {"X-Error-Code": "RepoNotFound"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def prepare_in_child(tmp_path, endpoint, **asked: dict) -> tuple[dict[str, dict], str]:
    """The results by name and what was printed, in a new process: the hub's address is read when it is imported."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf"),
                   "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}  # fmt: skip
    specs = [{"name": name, "output_dir": str(tmp_path / "out"), **values} for name, values in asked.items()]
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, json.dumps(specs)],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(zip(asked, results, strict=True)), done.stderr


def test_datasets_of_the_hub(tmp_path, hub):
    results, _ = prepare_in_child(
        tmp_path, hub,
        whole={"dataset_name": "acme/sums"},
        part={"dataset_name": "acme/sums", "num_samples": 10},
        none={"dataset_name": "acme/none"},
        french={"dataset_name": "acme/sums:french"},
        look={"dataset_name": "acme/sums", "head": "head.jsonl"},
    )  # fmt: skip
    whole, part, french = results["whole"], results["part"], results["french"]
    assert whole["splits"] == {"train": 24, "validation": 3, "test": 3}
    assert whole["report"]["source"]["dataset"] == "acme/sums"
    assert whole["report"]["source"]["columns"] == {"instruction": "question", "output": "answer"}
    assert sum(part["splits"].values()) == part["report"]["counts"]["read"] == 10
    looked_at = [json.loads(line) for line in (tmp_path / "head.jsonl").read_text().splitlines()]
    assert [row["answer"] for row in looked_at] == [row["output"] for row in good_rows(5)]
    assert results["none"]["error"] == "NotFoundError"
    assert french["error"] == "InputError" and "default" in french["message"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part_dataset", "whole_dataset"]


def test_without_a_network_it_says_so_without_trying_again_and_again(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        results, printed = prepare_in_child(tmp_path, address, sums={"dataset_name": "acme/sums"})
    assert results["sums"]["error"] == "UnavailableError"
    assert "fetch a file of it elsewhere" in results["sums"]["remedy"]
    assert "retry" not in printed.lower()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../etc/passwd", "a/b/c", "", "a/../b", "owner/name:../x", "https://x.org/a", "a b"])
def test_what_is_no_id_is_refused_before_anything_is_asked(name):
    with pytest.raises(InputError, match="no dataset id"):
        open_hub(name, None)


def test_an_address_of_the_hub_with_a_person_in_it_is_refused_without_repeating_it(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://me:canary@127.0.0.1:1")
    for ask in (lambda: open_hub("acme/sums", None), lambda: model_folder(locate("acme/model"))):
        with pytest.raises(InputError, match="HF_ENDPOINT") as refused:
            ask()
        assert "canary" not in refused.value.message + refused.value.remedy


def test_a_local_folder_is_never_taken_for_a_hub_dataset(tmp_path, monkeypatch):
    (tmp_path / "acme" / "sums").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="file or folder here"):
        open_hub("acme/sums", None)

"""Hostile names, ids and bodies are refused in words and leave nothing on the disk."""

import shutil
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.waiting import PATIENCE_SECONDS

TRICKS = [
    "../../etc", "..%2fetc", "%2e%2e", "..\\etc", "x\u0000y", "/etc", "~root", ".", "..", "-rf", " ", "a/../b", "$(id)",
    "a;id", "`id`",
]  # fmt: skip


def what_stands(studio) -> tuple[list, list]:
    """Every file in and around the workspace, and every job."""
    # The worker that the studio starts a moment after itself writes its log whenever it likes.
    own = studio.home / "logs"
    everything = (path for path in studio.home.parent.rglob("*") if "studio.db" not in path.name)
    files = sorted(str(path) for path in everything if path != own and own not in path.parents)
    with studio.client() as client:
        return files, [job["id"] for job in client.get("/api/jobs").json()]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_path_in_a_name_or_reference_is_refused(studio, trick):
    before = what_stands(studio)
    sample = {"source": "sample", "domain": "healthcare", "num_samples": 20}
    asked = [
        ("prepare", sample | {"name": trick}),
        ("prepare", sample | {"exclude_dataset": trick}),
        ("prepare", {"source": "file", "upload": trick}),
        ("prepare", {"source": "hub", "dataset_name": trick}),
        ("prepare", {"source": "dataset", "parent": trick}),
        ("prepare", sample | {"compare_with": [trick]}),
        ("prepare", sample | {"model": trick}),
        ("synthesize", {"uploads": [trick]}),
        ("synthesize", {"task": "paraphrase", "dataset": "none", "compare_with": [trick]}),
        ("synthesize", {"task": "paraphrase", "dataset": trick}),
        ("synthesize", {"task": "paraphrase", "dataset": "none", "model": trick}),
        ("train", {"dataset": trick}),
        ("train", {"dataset": "none", "model": trick}),
        ("evaluate", {"dataset": "none", "model": trick}),
        ("export", {"model": trick}),
    ]
    with studio.client() as client:
        for kind, body in asked:
            answer = client.post(f"/api/jobs/{kind}", json=body)
            assert answer.status_code in (404, 422), (kind, body, answer.text)
            assert answer.json()["error"]["message"]
        for address in (
            "/api/datasets/{}", "/api/datasets/{}/examples", "/api/datasets/{}/table", "/api/datasets/{}/versions",
            "/api/datasets/{}/export?format=csv", "/api/jobs/{}", "/api/deployments/{}",
        ):  # fmt: skip
            assert client.get(address.format(quote(trick, safe=""))).status_code in (200, 404, 422)
        assert client.delete(f"/api/datasets/{quote(trick, safe='')}").status_code in (400, 404, 405, 422)
        assert client.post("/api/deployments", json={"model": trick}).status_code in (404, 422)
    assert what_stands(studio) == before


@pytest.mark.parametrize(
    "field", ["output_dir", "input_file", "documents", "resume_from_checkpoint", "spec_version", "api_key_env"]
)
def test_a_request_cannot_name_a_path_on_the_server(studio, field):
    body = {"source": "sample", "domain": "healthcare", "num_samples": 20, "dataset": "x", field: "/tmp/x"}
    with studio.client() as client:
        for kind in ("prepare", "synthesize", "train"):
            answer = client.post(f"/api/jobs/{kind}", json=body)
            assert answer.status_code == 422
            assert field in answer.json()["error"]["message"]


def test_a_name_is_never_a_folder_in_the_working_directory(studio):
    asked = [
        ("/api/jobs/train", {"dataset": "docs"}),
        ("/api/jobs/train", {"dataset": "none", "model": "core"}),
        ("/api/jobs/prepare", {"source": "dataset", "parent": "docs"}),
        ("/api/deployments", {"model": "core", "port": 0}),
    ]
    read_by_libraries = [
        ("/api/jobs/train", {"dataset": "none", "model": "core/models"}),
        ("/api/deployments", {"model": "starter", "reranker": "core", "port": 0}),
    ]
    with studio.client() as client:
        for address, body in asked:
            answer = client.post(address, json=body)
            assert answer.status_code == 404, (address, body, answer.text)
        for address, body in read_by_libraries:
            answer = client.post(address, json=body)
            assert answer.status_code == 422 and "not a path" in answer.text, (address, body, answer.text)


def test_a_field_of_100_megabytes_is_refused_before_it_is_read(studio):
    head = (
        f"POST /api/jobs/train HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 104857600\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", studio.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode() + b'{"name": "')
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]


def test_a_body_without_a_length_is_counted(studio):
    def endless():
        yield b'{"name": "'
        for _ in range(64):
            yield b"a" * (1 << 20)

    with studio.client() as client:
        # The server answers and closes while we still send: we see the answer, or the closed connection.
        with suppress(httpx.TransportError):
            assert client.post("/api/jobs/train", content=endless()).status_code == 413
        assert client.get("/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("x.csv", b""),
        ("x.csv", b"\x7fELF\x00\x00"),
        ("x.exe", b"a,b"),
        ("x.csv\x00.exe", b"a,b"),
        ("pickle.pkl", b"cos\nsystem\n"),
        ("x.pdf", b"MZ\x90\x00\x03"),
        ("x.parquet", b"a,b\n1,2\n"),
        ("x.zip", b"\x7fELF\x00\x00"),
    ],
)
def test_an_upload_that_is_not_text_is_not_kept(studio, filename, content):
    before = set((studio.home / "uploads").glob("*"))  # of other tests in the same studio
    with studio.client() as client:
        answer = client.post("/api/datasets/uploads", params={"filename": filename}, content=content)
    assert answer.status_code == 422
    assert set((studio.home / "uploads").glob("*")) == before


def test_an_upload_is_stored_in_the_uploads_folder_and_nowhere_else(studio):
    with studio.client() as client:
        answer = client.post("/api/datasets/uploads", params={"filename": "../../evil.csv"}, content=b"a,b\n1,2\n")
    upload = studio.home / "uploads" / answer.json()["id"] / "evil.csv"
    assert upload.read_bytes() == b"a,b\n1,2\n"
    assert list(studio.home.parent.rglob("evil*")) == [upload]
    shutil.rmtree(upload.parent)


def test_the_studio_listens_on_loopback_alone(studio):
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].rpartition(":")[2], 16) == studio.port
    ]
    assert listening == [f"0100007F:{studio.port:04X}"]

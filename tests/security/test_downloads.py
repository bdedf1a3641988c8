"""Downloads: registered artifacts only, whole or in byte ranges, and never so many ranges that the server chokes."""

import hashlib
import os

import httpx
import pytest

from core.specs import ArtifactKind, JobKind, JobState
from storage.actors import OWNER
from storage.artifacts import NewArtifact, add_artifact
from storage.database import open_store
from storage.rows import Job
from storage.settings import Settings

CONTENT = os.urandom(300_000)


@pytest.fixture(scope="module")
def artifact_id(studio):
    """A registered file in the workspace of the studio."""
    path = studio.home / "exports" / "model-q4_k_m.gguf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(CONTENT)
    store = open_store(Settings(home=studio.home))
    made = NewArtifact(ArtifactKind.GGUF, "x", str(path), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    with store.write() as session:
        job = Job(
            id="export-1", owner_id=OWNER.owner_id, kind=JobKind.EXPORT, name="x", state=JobState.SUCCEEDED, spec={},
            spec_version=1, max_attempts=1, output_dir=str(path.parent), log_path="",
        )  # fmt: skip
        session.add(job)
        return add_artifact(session, studio.home, job, made).id


def test_a_download_is_the_file_and_its_etag_the_hash(studio, artifact_id):
    with studio.client() as client:
        answer = client.get(f"/artifacts/{artifact_id}")
    assert answer.content == CONTENT
    assert answer.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_broken_download_resumes_where_it_stopped(studio, artifact_id):
    with studio.client() as client:
        answer = client.get(f"/artifacts/{artifact_id}", headers={"Range": "bytes=100000-"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[100_000:]
    assert answer.headers["content-range"] == f"bytes 100000-{len(CONTENT) - 1}/{len(CONTENT)}"


def test_ten_thousand_ranges_are_refused_at_once(studio, artifact_id):
    ranges = "bytes=" + ",".join(f"{start}-{start}" for start in range(0, 20_000, 2))
    for header in (ranges, "bytes=" + "0-1," * 17 + "5-6"):
        try:
            with studio.client() as client:
                answer = client.get(f"/artifacts/{artifact_id}", headers={"Range": header})
        except httpx.ReadError:
            # Headers over 64 KiB are refused unread; the reset of what was unread can overtake the refusal.
            assert len(header) > 65_536
        else:
            assert answer.status_code in (400, 416, 422, 431)
            assert len(answer.content) < 1000
    with studio.client() as client:
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../studio.db", "..%2fstudio.db", "%2e%2e/studio.db", "..%5cstudio.db", "%00", "x%00y", "/etc/passwd",
        "%2fetc%2fpasswd", "studio.db", "{id}/../../studio.db", "{id}.gguf", "{id}%00.gguf",
    ],
)  # fmt: skip
def test_downloads_are_named_by_id_only(studio, artifact_id, path):
    with studio.client() as client:
        answer = client.get(f"/artifacts/{path.format(id=artifact_id)}")
    # What the client itself resolves to another address reaches the pages' first document; nothing reaches a file.
    assert answer.status_code in (400, 404, 422) or answer.headers["content-type"].startswith("text/html")
    assert b"SQLite" not in answer.content
    assert b"root:" not in answer.content


def test_a_symlink_in_place_of_a_file_is_not_followed(studio, artifact_id):
    path = studio.home / "exports" / "model-q4_k_m.gguf"
    path.rename(path.with_suffix(".kept"))
    path.symlink_to("/etc/passwd")
    try:
        with studio.client() as client:
            answer = client.get(f"/artifacts/{artifact_id}")
        assert answer.status_code == 422
    finally:
        path.unlink()
        path.with_suffix(".kept").rename(path)

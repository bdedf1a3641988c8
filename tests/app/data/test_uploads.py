"""Uploads: stored, rejected with a message, or removed without a trace."""

import asyncio
import gzip
import os
import time

import pytest

from app.data import upload_cleanup
from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.data.upload_cleanup import discard_upload, sweep_uploads
from app.data.uploads import Upload, input_file, store_upload, upload_path
from app.jobs.queries import job
from app.jobs.stop_and_resume import cancel_job
from app.plumbing import server
from app.plumbing.studio import store
from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.errors import DiskFullError, InputError, NotFoundError
from core.full_disk import FULL_BELOW_BYTES
from core.specs import JobKind, PrepareSpec
from storage.actors import OWNER
from storage.claims import claim
from storage.endings import fail, succeed

HOUR, DAY = 3600, 24 * 3600


def uploads_in(home) -> list[str]:
    return sorted(path.name for path in (home / "uploads").glob("*"))


@pytest.mark.parametrize(
    ("filename", "content", "name"),
    [
        ("../../My data.CSV", b"a,b\n1,2\n", "My data.CSV"),
        ("C:\\Users\\me\\wide.csv", "a,b\nä,1\n".encode("utf-16"), "wide.csv"),
        ("wide.tsv", "a\tb\n你,1\n".encode("utf-16-le"), "wide.tsv"),
        ("rows.jsonl.gz", gzip.compress(b"{}", mtime=0), "rows.jsonl.gz"),
        ("Müllers Frühstück 你好.txt", b"some text", "Müllers Frühstück 你好.txt"),
        ("a.b.PDF", b"%PDF-1.7 ...", "a.b.PDF"),
        ("..\u202ebook?\n.docx", b"PK\x03\x04...", "_book__.docx"),
        ("/.gz", gzip.compress(b"x", mtime=0), "upload.gz"),
        ("ü" * 250 + ".txt", b"some text", "ü" * 100 + ".txt"),
    ],
)
def test_an_upload_is_stored_in_the_workspace_under_a_safe_name(here, filename, content, name):
    kept = store_upload(filename, [content[:3], content[3:]])
    assert kept["bytes"] == len(content)
    assert upload_path(kept["id"]) == str(here / "uploads" / kept["id"] / name)
    assert (here / "uploads" / kept["id"] / name).read_bytes() == content
    assert uploads_in(here) == [kept["id"]]


def test_rows_of_an_uploaded_document_show_its_original_name(here):
    text = "\n\n".join(f"Paragraph {number} tells what no other paragraph tells. " * 30 for number in range(9))
    path = upload_path(store_upload("Care notes.md", [text.encode()])["id"])
    made = prepare(PrepareSpec(name="notes", output_dir=str(here), source="file", input_file=path))
    assert {row["source"] for row in read_split(made.path, "train")} == {"Care notes.md"}
    assert made.report.source.root["file"] == "Care notes.md"


@pytest.mark.parametrize(
    ("filename", "pieces", "says"),
    [
        ("x.exe", [b"a"], "x.exe"),
        ("x", [b"a"], "unsupported file type"),
        ("x.csv", [], "empty"),
        ("x.csv", [b"a,b", b"\0\0"], "does not match its name"),
        ("x.pdf", [b"GIF89a"], "start like a .pdf"),
        ("x.json.gz", [b"{}"], "does not match its name"),
        ("x.csv", [b"12345"] * 3, "limit of 14 bytes"),
    ],
)
def test_an_invalid_upload_leaves_nothing(here, monkeypatch, filename, pieces, says):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", "14")
    with pytest.raises(InputError, match=says):
        store_upload(filename, pieces)
    assert uploads_in(here) == []


def test_a_file_announced_as_too_large_is_refused_before_it_arrives(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", "1000")
    with pytest.raises(InputError, match="limit of 1,000 bytes"):
        Upload("x.csv", announced_bytes=1001)


def test_a_file_larger_than_the_free_disk_is_refused_before_it_arrives(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", str(1 << 62))
    with pytest.raises(DiskFullError, match="free") as refused, Upload("x.csv", announced_bytes=1 << 60):
        pass
    assert refused.value.needed_bytes == (1 << 60) + FULL_BELOW_BYTES


def test_partial_files_of_a_killed_server_are_removed_but_not_those_arriving(here):
    (here / "uploads").mkdir()
    (here / "uploads" / "0123456789abcdef.csv.partial").write_bytes(b"a,b\n1,")
    kept = store_upload("x.csv", [b"a,b\n"])["id"]
    with Upload("y.csv") as arriving:
        arriving.take(b"a,b\n")
        sweep_uploads()
        assert uploads_in(here) == sorted([kept, f"{arriving.id}.partial"])
        arriving.keep()
    assert uploads_in(here) == sorted([kept, arriving.id])


def an_upload(home, age_seconds: float = 0) -> str:
    """The id of an upload that was last used this long ago."""
    upload = store_upload("x.csv", [b"question,answer\n1,2\n"])["id"]
    grow_old(home, upload, age_seconds)
    return upload


def grow_old(home, upload: str, age_seconds: float) -> None:
    os.utime(home / "uploads" / upload, (time.time() - age_seconds,) * 2)


def begun(kind: JobKind = JobKind.PREPARE):
    return claim(store(), "worker", [kind])


def test_a_used_upload_is_removed_and_a_needed_one_stays(here):
    used, unused, both, failed, running, waiting, written = (an_upload(here) for _ in range(7))
    for upload in (used, both):
        start_preparing(OWNER, upload=upload)
        done = begun()
        succeed(store(), done.id, done.attempt, {})
    start_preparing(OWNER, upload=failed)
    broken = begun()
    fail(store(), broken.id, broken.attempt, "no row can be used")
    start_preparing(OWNER, upload=running)
    begun()
    start_preparing(OWNER, upload=both)
    start_preparing(OWNER, upload=waiting)
    start_synthesizing(OWNER, uploads=[written, waiting])
    everything = sorted([used, unused, both, failed, running, waiting, written])
    sweep_uploads()
    assert uploads_in(here) == everything  # a person may still look at them
    for upload in everything:
        grow_old(here, upload, 2 * HOUR)
    sweep_uploads()
    assert uploads_in(here) == sorted(set(everything) - {used})
    for upload in set(everything) - {used}:
        grow_old(here, upload, 8 * DAY)
    sweep_uploads()
    assert uploads_in(here) == sorted([both, running, waiting, written])
    with pytest.raises(NotFoundError, match="no upload"):
        start_preparing(OWNER, upload=used)


def test_a_discarded_upload_is_removed_unless_a_job_will_read_it(here):
    kept, read = (store_upload("rows.csv", [b"question,answer\nWhat?,That.\n"])["id"] for _ in range(2))
    asked = start_preparing(OWNER, upload=read)
    for upload in (kept, read, "../jobs"):
        discard_upload(upload)
    assert uploads_in(here) == [read]
    cancel_job(OWNER, asked.id)
    discard_upload(read)
    assert uploads_in(here) == []


def test_an_upload_of_a_cancelled_job_stays_for_a_week(here):
    upload = an_upload(here)
    cancel_job(OWNER, start_preparing(OWNER, upload=upload).id)
    grow_old(here, upload, 6 * DAY)
    sweep_uploads()
    again = start_preparing(OWNER, upload=upload)  # which is looking at it: the week begins anew
    cancel_job(OWNER, again.id)
    sweep_uploads()
    assert uploads_in(here) == [upload]
    assert job(OWNER, again.id).spec["input_file"] == upload_path(upload)


def test_a_long_running_studio_cleans_up_regularly(here, monkeypatch):
    monkeypatch.setattr(server, "_TIDY_SECONDS", 0.01)
    kept, _ = an_upload(here), an_upload(here, age_seconds=8 * DAY)

    async def until_tidy() -> None:
        tidying = asyncio.create_task(server._keep_tidy())
        async with asyncio.timeout(20):
            while uploads_in(here) != [kept]:
                await asyncio.sleep(0.01)
        tidying.cancel()

    asyncio.run(until_tidy())
    assert uploads_in(here) == [kept]


def test_an_upload_used_while_it_is_being_removed_is_restored(here, monkeypatch):
    upload = an_upload(here, age_seconds=8 * DAY)
    asked = upload_cleanup.states_of_jobs_naming

    def somebody_comes(*arguments):
        states = asked(*arguments)
        upload_path(upload)
        return states

    monkeypatch.setattr(upload_cleanup, "states_of_jobs_naming", somebody_comes)
    sweep_uploads()
    assert uploads_in(here) == [upload]
    assert start_preparing(OWNER, upload=upload).state == "queued"


@pytest.mark.parametrize("name", ["../x.csv", "0123456789abcdef.exe", "0123456789abcdef", "x", "", "\0"])
def test_an_id_is_never_treated_as_a_path(here, name):
    (here / "x.csv").write_text("a,b")
    with pytest.raises(NotFoundError):
        upload_path(name)


def test_a_local_file_or_folder_is_used_in_place(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").touch()
    assert input_file(str(tmp_path / "x.csv")) == str(tmp_path / "x.csv")
    assert input_file(str(tmp_path)) == str(tmp_path)
    with pytest.raises(InputError, match="empty"):
        input_file(str(tmp_path / "empty.csv"))
    with pytest.raises(NotFoundError):
        input_file(str(tmp_path / "gone"))

"""Files on their way into the workspace: kept under a name of ours, refused in words, or gone without a trace."""

import gzip

import pytest

from app.uploads import Upload, input_file, store_upload, sweep_uploads, upload_path
from core.errors import DiskFullError, InputError, NotFoundError


def uploads_in(home) -> list[str]:
    return sorted(path.name for path in (home / "uploads").glob("*"))


@pytest.mark.parametrize(
    ("filename", "content", "suffix"),
    [
        ("../../My data.CSV", b"a,b\n1,2\n", ".csv"),
        ("wide.csv", "a,b\nä,1\n".encode("utf-16"), ".csv"),
        ("wide.tsv", "a\tb\n你,1\n".encode("utf-16-le"), ".tsv"),
        ("rows.jsonl.gz", gzip.compress(b"{}", mtime=0), ".jsonl.gz"),
        ("pasted.txt", b"some text", ".txt"),
        ("a.b.PDF", b"%PDF-1.7 ...", ".pdf"),
        ("book.docx", b"PK\x03\x04...", ".docx"),
        ("no-name.gz", gzip.compress(b"x", mtime=0), ".gz"),
    ],
)
def test_an_upload_is_kept_under_a_name_of_ours(here, filename, content, suffix):
    kept = store_upload(filename, [content[:3], content[3:]])
    assert kept["bytes"] == len(content)
    assert kept["id"][16:] == suffix
    assert upload_path(kept["id"]) == str(here / "uploads" / kept["id"])
    assert (here / "uploads" / kept["id"]).read_bytes() == content
    assert uploads_in(here) == [kept["id"]]


@pytest.mark.parametrize(
    ("filename", "pieces", "says"),
    [
        ("x.exe", [b"a"], "x.exe"),
        ("x", [b"a"], "no file of a kind"),
        ("x.csv", [], "empty"),
        ("x.csv", [b"a,b", b"\0\0"], "not what its name says"),
        ("x.pdf", [b"GIF89a"], "begin like a .pdf"),
        ("x.json.gz", [b"{}"], "not what its name says"),
        ("x.csv", [b"12345"] * 3, "larger than 14 bytes"),
    ],
)
def test_an_upload_that_cannot_be_used_leaves_nothing(here, monkeypatch, filename, pieces, says):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", "14")
    with pytest.raises(InputError, match=says):
        store_upload(filename, pieces)
    assert uploads_in(here) == []


def test_a_file_announced_as_too_large_is_refused_before_it_comes(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", "1000")
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        Upload("x.csv", announced_bytes=1001)


def test_a_file_larger_than_the_disk_is_refused_before_it_comes(here, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_UPLOAD_LIMIT_BYTES", str(1 << 62))
    with pytest.raises(DiskFullError, match="free") as refused, Upload("x.csv", announced_bytes=1 << 60):
        pass
    assert refused.value.needed_bytes == 1 << 60


def test_what_a_killed_server_had_received_is_swept_and_what_arrives_is_not(here):
    (here / "uploads").mkdir()
    (here / "uploads" / "0123456789abcdef.csv.partial").write_bytes(b"a,b\n1,")
    kept = store_upload("x.csv", [b"a,b\n"])["id"]
    with Upload("y.csv") as arriving:
        arriving.take(b"a,b\n")
        sweep_uploads()
        assert uploads_in(here) == sorted([kept, f"{arriving.id}.partial"])
        arriving.keep()
    assert uploads_in(here) == sorted([kept, arriving.id])


@pytest.mark.parametrize("name", ["../x.csv", "0123456789abcdef.exe", "0123456789abcdef.csv", "x", "", "\0"])
def test_an_id_is_never_taken_for_a_path(here, name):
    (here / "x.csv").write_text("a,b")
    with pytest.raises(NotFoundError):
        upload_path(name)


def test_a_file_or_folder_is_pointed_at_where_it_lies(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").touch()
    assert input_file(str(tmp_path / "x.csv")) == str(tmp_path / "x.csv")
    assert input_file(str(tmp_path)) == str(tmp_path)
    with pytest.raises(InputError, match="empty"):
        input_file(str(tmp_path / "empty.csv"))
    with pytest.raises(NotFoundError):
        input_file(str(tmp_path / "gone"))

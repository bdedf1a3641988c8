"""Folders and archives are read as one; harmful archives are refused before anything is read from them."""

import io
import json
import re
import struct
import tarfile
import zipfile
import zlib

import pytest

from core.data.reading import look, open_path
from core.data.reading.bundles.bundle import open_any
from core.data.reading.bundles.file_names import split_of
from core.data.reading.content import Content
from core.data.reading.meter import Meter
from core.errors import CorruptArtifactError, InputError, TunewrightError
from tests.core.data.reading import made

TRAIN = [{"question": f"What is {n}?", "answer": f"It is {n}."} for n in range(5)]
TEST = [{"question": f"What was {n}?", "answer": f"It was {n}."} for n in range(3)]
FILES = {
    "qa/train.csv": made.csv_bytes(TRAIN),
    "qa/test-00000-of-00001.parquet": made.parquet_bytes(TEST),
    "README.md": b"# About this data\n\nIt is, as data goes, good.",
    "qa/.hidden.csv": b"a,b\n1,2\n",
    "__MACOSX/qa/._train.csv": b"\0\5\x16\7",
    "qa/meta.json": b'{"version": "1.0"}',
}


def read(path) -> list[tuple]:
    return list(open_any(path, Meter(on_progress=lambda: None)).rows)


def packed(tmp_path, name: str, files: dict = FILES):
    path = tmp_path / name
    if name == "folder":
        for inner, content in files.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(content)
    elif name.endswith(".zip"):
        path.write_bytes(made.zip_bytes(files))
    else:
        path.write_bytes(made.tar_bytes(files, way=name.split(".tar")[1].strip(".")))
    return path


@pytest.mark.parametrize("name", ["folder", "a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
def test_all_tables_of_a_bundle(tmp_path, name):
    source = open_path(packed(tmp_path, name))
    rows = list(source.rows)
    assert source.columns == ["question", "answer", "source", "split"]
    assert {row.values["split"]: row.values["source"] for row in rows} == {
        "train": "qa/train.csv", "test": "qa/test-00000-of-00001.parquet",
    }  # fmt: skip
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    assert len(rows) == len(TRAIN) + len(TEST)
    notes = " ".join(source.facts["notes"])
    assert "README.md" in notes and "qa/meta.json" in notes and "hidden" not in notes


def test_a_folder_saved_by_the_datasets_library(tmp_path):
    """Its metadata and caches are not read as rows."""
    files = {
        "x/dataset_dict.json": b'{"splits": ["train", "test"]}',
        "x/train/dataset_info.json": json.dumps(
            {"features": {f"c{n}": {"dtype": "string"} for n in range(99)}}
        ).encode(),
        "x/train/state.json": b'{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}',
        "x/train/data-00000-of-00001.arrow": made.arrow_bytes(TRAIN),
        "x/train/cache-0123456789abcdef.arrow": made.arrow_bytes(TRAIN[:2]),
        "x/test/state.json": b"{}",
        "x/test/data-00000-of-00001.arrow": made.arrow_bytes(TEST),
        "x/data_report.json": b'{"question": "What?", "answer": "That."}',
    }
    for name in ("folder", "a.zip"):
        source = open_path(packed(tmp_path, name, files))
        rows = list(source.rows)
        assert [row.values["split"] for row in rows] == ["test"] * len(TEST) + ["train"] * len(TRAIN)
        assert [row.values["question"] for row in rows[len(TEST) :]] == [row["question"] for row in TRAIN]
        assert source.facts["notes"] == [] and source.columns == ["question", "answer", "split"]


def test_a_zip_without_its_beginning_is_reported_as_damaged(tmp_path):
    data = made.zip_bytes({"a.csv": b"question,answer\nWho is it?,It is me.\n" * 9, "b.csv": b"question,answer\n"})
    with pytest.raises(CorruptArtifactError, match="'a.csv' at byte 0 has no header there"):
        read(packed_file(tmp_path, "cut.zip", data[:4] + data[13:]))


@pytest.mark.parametrize("as_file", [False, True])
def test_forged_arrow_offsets_are_refused_before_they_are_followed(tmp_path, as_file):
    """The offsets of a text column point far beyond its data."""
    data = bytearray(made.arrow_bytes([{"question": "What is it?", "answer": "A" * 100}] * 8, as_file))
    assert len(read(packed_file(tmp_path, "whole", data))) == 8
    offsets = data.index(struct.pack("<6i", *range(0, 600, 100)))
    struct.pack_into("<i", data, offsets + 16, 1 << 30)
    with pytest.raises(InputError, match="damaged, after row 0"):
        read(packed_file(tmp_path, "broken", data))


def packed_file(tmp_path, name: str, data: bytes):
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def test_all_documents_of_a_bundle_except_damaged_ones(tmp_path):
    files = {
        "one.txt": b"The first of the documents.",
        "two.docx": made.docx_bytes(["The second."]),
        "dir/three.pdf": made.pdf_bytes([["The third."]]),
        "four.html": made.html_bytes(["The fourth."]),
        "a locked.pdf": b"%PDF-1.4 and nothing more",
        "a.txt": b"\0\1\2",
    }
    source = open_path(packed(tmp_path, "a.zip", files))
    assert {row.values["source"]: row.values["text"] for row in source.rows} == {
        "one.txt": "The first of the documents.", "two.docx": "The second.", "dir/three.pdf": "The third.",
        "four.html": "The fourth.",
    }  # fmt: skip
    assert [note.partition(" was left out")[0] for note in source.facts["notes"]] == ["a locked.pdf", "a.txt"]


@pytest.mark.parametrize(
    "name, split",
    [("train.csv", "train"), ("a/val.jsonl.gz", "validation"), ("alpaca_dev.json", "validation"),
     ("test/1.csv", "test"), ("test_of_train.csv", None), ("contest.csv", None), ("test.txt", "test"),
     ("a test of strength.txt", None)],
)  # fmt: skip
def test_splits_are_recognized_by_file_names(name, split):
    content = Content(name, 1, Meter(on_progress=lambda: None), io.BytesIO)
    assert split_of(content) == split


def test_a_damaged_table_in_a_bundle_is_located(tmp_path):
    path = packed(tmp_path, "a.zip", {"a.csv": made.csv_bytes(TRAIN), "b.json": b'[{"question": 1}, {"answer" 2}]'})
    with pytest.raises(InputError, match=r"b\.json is not valid JSON: at line 1, column 29 \(row 2\)"):
        list(open_path(path).rows)


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret.csv").write_bytes(made.csv_bytes(TEST))
    folder = packed(tmp_path, "folder", {"a.csv": made.csv_bytes(TRAIN)})
    (folder / "b.csv").symlink_to(tmp_path / "secret.csv")
    assert {row[1]["source"] for row in read(folder)} == {"a.csv"}


def with_entry(name: str, mode: int = 0o100644, content: bytes = b"q,a\n1,2\n") -> bytes:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = entry.orig_filename = name
    entry.external_attr = mode << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, content)
    return file.getvalue()


def overlapping() -> bytes:
    """A zip with two directory entries for the same data."""
    data = bytearray(made.zip_bytes({"a.csv": b"q,a\n1,2\n" * 9, "b.csv": b"q,a\n1,2\n" * 9}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(data)


def with_false_size(field_from_start: int, in_header_too: bool, size: int) -> bytes:
    data = bytearray(made.zip_bytes({"a.csv": b"q,a\n" + b"1,2\n" * 999}))
    central = data.index(b"PK\x01\x02")
    data[central + field_from_start : central + field_from_start + 4] = struct.pack("<L", size)
    if in_header_too:
        data[field_from_start - 2 : field_from_start + 2] = struct.pack("<L", size)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(with_entry("a.csv"))
    for start, offset in ((0, 6), (data.index(b"PK\x01\x02"), 8)):
        data[start + offset] |= 1
    return bytes(data)


def tar_with(name: str, kind: bytes, target: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return file.getvalue()


_LAUGHS = '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "' + "&l;" * 99 + '"><!ENTITY n "' + "&m;" * 99 + '">]>'


def excel_with_entities() -> bytes:
    files = made.excel_parts([{"a": "b"}])
    return made.zip_bytes(files | {made.SHEET: _LAUGHS + files[made.SHEET]})


BOMBS = {
    "an absolute path": (lambda: with_entry("/tmp/a.csv"), "outside"),
    "a way out": (lambda: with_entry("../../a.csv"), "outside"),
    "a Windows path": (lambda: with_entry("C:\\a.csv"), "outside"),
    "a way out in Windows": (lambda: with_entry("a\\..\\..\\b.csv"), "outside"),
    "a symbolic link": (lambda: with_entry("a.csv", 0o120777, b"/etc/passwd"), "link"),
    "a device": (lambda: with_entry("a.csv", 0o060666), "device"),
    "overlapping entries": (overlapping, "overlaps|no header"),
    "more real bytes than told": (lambda: with_false_size(24, True, 9), "damaged"),
    "fewer real bytes than told": (lambda: with_false_size(24, True, 9_999), "header says 9999 bytes"),
    "two sizes": (lambda: with_false_size(24, False, 9), "different size"),
    "a password": (encrypted, "password"),
    "too many entries": (lambda: made.zip_bytes({f"{n}.txt": b"" for n in range(2_001)}), "2,000"),
    "a zip bomb": (lambda: made.zip_bytes({"a.csv": b"q,a\n" + bytes(20 << 20)}), "100 times"),
    "a gzip bomb": (lambda: made.COMPRESS["gz"](b"q,a\n" + b"1,2\n" * (5 << 20)), "100 times"),
    "an xz bomb": (lambda: made.COMPRESS["xz"](b'[{"a": "' + b"x" * (20 << 20) + b'"}]'), "100 times"),
    "a bomb in a tar": (lambda: made.tar_bytes({"a.csv": b"1,2\n" * (5 << 20)}, "gz"), "100 times"),
    "a zip in a zip": (lambda: made.zip_bytes({"a": made.zip_bytes({"a.csv": b"q,a\n1,2"})}), "archive inside another"),
    "a gzip in a zip": (lambda: made.zip_bytes({"a.csv.gz": made.COMPRESS["gz"](b"q,a\n1,2")}), "compressed twice"),
    "gzip twice": (lambda: made.COMPRESS["gz"](made.COMPRESS["gz"](b"q,a\n1,2")), "compressed twice"),
    "a tar with a way out": (lambda: tar_with("../a.csv", tarfile.REGTYPE), "outside"),
    "a tar with a symbolic link": (lambda: tar_with("a.csv", tarfile.SYMTYPE, "/etc/passwd"), "link"),
    "a tar with a hard link": (lambda: tar_with("a.csv", tarfile.LNKTYPE, "/etc/passwd"), "link"),
    "a tar with a device": (lambda: tar_with("a.csv", tarfile.CHRTYPE), "device"),
    "a cut tar": (lambda: made.tar_bytes({"a.csv": b"q,a\n" + b"1,2\n" * 999})[:1500], "truncated|damaged tar"),
    "XML entities in Word": (lambda: made.docx_bytes(["&n;"], before=_LAUGHS), "entities"),
    "a bomb in Word": (lambda: made.docx_bytes(["a" * (50 << 20)]), "100 times"),
    "XML entities in Excel": (excel_with_entities, "entities"),
    "a bomb in Excel": (lambda: made.excel_bytes([{"a": "b" * (50 << 20)}]), "100 times"),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_harmful_archives_are_refused_with_a_reason(tmp_path, bomb):
    make, says = BOMBS[bomb]
    path = tmp_path / "given"
    path.write_bytes(make())
    before = set(tmp_path.rglob("*"))
    with pytest.raises(TunewrightError, match=says) as caught:
        read(path)
    assert caught.value.remedy
    assert re.search(r"row \d|byte", caught.value.message)
    assert set(tmp_path.rglob("*")) == before


def test_a_file_that_needs_too_much_memory_ends_only_its_reader(tmp_path):
    """A sheet with only its first and last cell, and 17 billion cells in between."""
    files = made.excel_parts([{"a": "b"}])
    files[made.SHEET] = files[made.SHEET].replace('<row r="2"><c r="A2"', '<row r="1048576"><c r="XFD1048576"')
    (tmp_path / "a.xlsx").write_bytes(made.zip_bytes(files))
    with pytest.raises(InputError, match="memory"):
        look(tmp_path / "a.xlsx")


def test_a_hanging_reader_is_ended(tmp_path, monkeypatch):
    """A pipe that nobody writes to, with a limit of one second."""
    import os

    from core.data.reading import opening, reader_process

    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(opening, "_check", lambda path: None)
    monkeypatch.setattr(reader_process, "_CHILD", [*reader_process._CHILD[:-1], "tests.core.data.reading.hasty_child"])
    with pytest.raises(InputError, match="made no progress for .* before its first row"):
        look(tmp_path / "pipe")


@pytest.mark.long
def test_a_pdf_page_that_unpacks_without_end_ends_only_its_reader(tmp_path):
    page = made.pdf_bytes([["x"]])
    packed = zlib.compress(b"q " * (400 << 20))
    start, end = page.index(b"<< /Length"), page.index(b"endstream")
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\n" % (len(packed), packed)
    (tmp_path / "a.pdf").write_bytes(page[:start] + stream + page[end:])
    with pytest.raises(InputError, match="before its first row"):
        look(tmp_path / "a.pdf")

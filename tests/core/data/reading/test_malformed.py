"""Malformed files of every format load, or are refused with an error that names the place; none affects another."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.data.reading import open_path
from core.errors import TunewrightError
from tests.core.data.reading import made

ROOT = Path(__file__).parents[4]
PLACE = re.compile(r"\b(row|byte|line|page) \d|first \d+ bytes|column \d", re.IGNORECASE)
ROWS = [{"instruction": f"What is {n}, “so”?", "input": "", "output": f"It is {n},\nas one knows."} for n in range(20)]
CHATS = [
    {"messages": [{"role": "user", "content": f"Hi {n}"}, {"role": "assistant", "content": "é"}]} for n in range(9)
]
TEXTS = [f"Paragraph {n} of a text, which goes on for a while. " * 9 for n in range(9)]
SEEDS = {
    "a.csv": made.csv_bytes(ROWS),
    "utf16.csv": made.csv_bytes(ROWS, "utf-16"),
    "cp1252.csv": made.csv_bytes(ROWS, "cp1252", delimiter=";"),
    "a.tsv": made.csv_bytes(ROWS, delimiter="\t"),
    "a.json": made.json_bytes(CHATS),
    "wrapped.json": made.json_bytes({"data": ROWS}, indent=1),
    "a.jsonl": made.jsonl_bytes(CHATS),
    "a.parquet": made.parquet_bytes(CHATS),
    "a.arrow": made.arrow_bytes(CHATS),
    "a.feather": made.arrow_bytes(CHATS, as_file=True),
    "a.xlsx": made.excel_bytes(ROWS),
    "a.docx": made.docx_bytes(TEXTS),
    "a.pdf": made.pdf_bytes([TEXTS[:3], TEXTS[3:]]),
    "a.html": made.html_bytes(TEXTS),
    "a.txt": "\n\n".join(TEXTS).encode(),
    "a.md": ("# Title\n\n" + "\n\n".join(TEXTS)).encode(),
    "a.zip": made.zip_bytes({"train.csv": made.csv_bytes(ROWS), "test.jsonl": made.jsonl_bytes(CHATS)}),
    "texts.zip": made.zip_bytes({"a.docx": made.docx_bytes(TEXTS), "b.html": made.html_bytes(TEXTS)}),
    "a.tar": made.tar_bytes({"a.csv": made.csv_bytes(ROWS), "b.txt": b"text"}),
    "a.tar.gz": made.tar_bytes({"a.csv": made.csv_bytes(ROWS)}, "gz"),
    **{f"a.csv.{way}": compress(made.csv_bytes(ROWS)) for way, compress in made.COMPRESS.items()},
}
# Of these it is what is inside that is spoilt, before it is packed: behind sums that are right again.
PACKED = {
    "inside.docx": (made.docx_parts(TEXTS)["word/document.xml"].encode(),
                    lambda data: made.zip_bytes(made.docx_parts(TEXTS) | {"word/document.xml": data})),
    "inside.xlsx": (made.excel_parts(ROWS)[made.SHEET].encode(),
                    lambda data: made.zip_bytes(made.excel_parts(ROWS) | {made.SHEET: data})),
    "inside.zip": (made.csv_bytes(ROWS), lambda data: made.zip_bytes({"a.csv": data, "b.csv": made.csv_bytes(ROWS)})),
    "inside.json.gz": (made.json_bytes(CHATS), made.COMPRESS["gz"]),
}  # fmt: skip
TELLING = [
    b"\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b'"', b"\n", b"[" * 2000, b"{", b"\\u", b"\xef\xbb\xbf",
    b"&#x110000;", b"<", b"PK\x03\x04", b"]]", b"\xd8\x00", b"1e999", b"-1", b"99999999999",
]  # fmt: skip


@st.composite
def malformed(draw) -> tuple[str, bytes]:
    """A file with some bytes changed, cut, doubled or moved; sometimes random bytes."""
    name = draw(st.sampled_from(sorted({**SEEDS, **PACKED})))
    whole, pack = PACKED[name] if name in PACKED else (SEEDS[name], bytes)
    data = bytearray(whole)
    if draw(st.integers(0, 9)) == 0:
        return name, pack(bytes(data[: draw(st.sampled_from([0, 2, 4, 8, 64]))]) + draw(st.binary(max_size=300)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        end = min(len(data), start + draw(st.sampled_from([1, 1, 2, 4, 16, 200])))
        change = draw(st.sampled_from(["bits", "put", "insert", "cut", "double", "end", "move"]))
        if change == "bits":
            data[start:end] = bytes(byte ^ draw(st.integers(1, 255)) for byte in data[start : min(end, start + 4)])
        elif change == "put":
            new = draw(st.sampled_from(TELLING))
            data[start : start + len(new)] = new
        elif change == "insert":
            data[start:start] = draw(st.sampled_from(TELLING) | st.binary(max_size=8))
        elif change == "cut":
            del data[start:end]
        elif change == "double":
            data[start:start] = data[start:end]
        elif change == "end":
            del data[max(start, len(data) // 2) :]
        else:
            piece = data[start:end]
            del data[start:end]
            place = draw(st.integers(0, len(data)))
            data[place:place] = piece
    return name, pack(bytes(data))


class Trials:
    """Reads many files in one child; a file that kills it is read again through the ordinary reader."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.deaths = self.refused = self.loaded = 0
        self._child = None

    def read(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.write_bytes(data)
        came = self._answer(path) or self._alone(path)
        assert not came["writes"]
        if "message" in came:
            self.refused += 1
            assert PLACE.search(came["message"]), came["message"]
            assert came["remedy"]
        else:
            self.loaded += 1
        path.unlink()
        assert list(self.folder.rglob("*")) == [self.temporary]

    def _answer(self, path: Path) -> dict | None:
        if not self._child:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "tests.core.data.reading.trial_child"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True,
                env={"TMPDIR": str(self.temporary), "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        print(path, file=self._child.stdin, flush=True)
        answer = self._child.stdout.readline()
        if not answer:
            self.deaths += 1
            self.end()
            return None
        return json.loads(answer)

    def _alone(self, path: Path) -> dict:
        try:
            return {"rows": sum(1 for _ in open_path(path).rows), "writes": []}
        except TunewrightError as error:
            return {"message": error.message, "remedy": error.remedy, "writes": []}

    def end(self) -> None:
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None


def try_out(trials: Trials, count: int) -> None:
    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(malformed())
    def each(case):
        trials.read(*case)

    each()
    assert trials.loaded and trials.refused


@pytest.fixture
def trials(tmp_path):
    made_here = Trials(tmp_path)
    yield made_here
    made_here.end()


def test_whole_files_load(trials):
    for name, data in SEEDS.items():
        trials.read(name, data)
    assert (trials.loaded, trials.refused) == (len(SEEDS), 0)


def test_three_hundred_malformed_files(trials):
    try_out(trials, 300)


@pytest.mark.long
def test_ten_thousand_malformed_files(trials):
    try_out(trials, 10_000)

"""`prepare` beside a plain `datasets` script on two processes: read, clean, filter by words, deduplicate, split, save.

Made rows of about 0.9 KB in JSON Lines: 1,000,000 without near duplicates, 100,000 with (datasketch on the plain side,
128 permutations of word 3-shingles at the same threshold). One in twenty is an exact copy, one in twenty has a word
more, one in five has tags, web addresses, decomposed accents or odd white space. Each run is a process of its own, in
turns; the clock starts when its libraries are loaded, and memory is the sum of PSS over its process tree. The plain
script cleans as a notebook would: it mends no broken encoding, spares no code, and reports nothing.
"""

import hashlib
import html
import json
import multiprocessing
import random
import re
import statistics
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from core.specs import PrepareSpec

REPEATS, THRESHOLD = 3, 0.6
CASES = {"1M rows": (1_000_000, False), "100k rows, near duplicates": (100_000, True)}
_TAG, _URL, _WORD = re.compile(r"<[^<>]+>"), re.compile(r"https?://\S+"), re.compile(r"\w+")
_SPACE, _LINES = re.compile(r"[ \t\f\v]+"), re.compile(r"\s*\n\s*\n\s*")
_COLUMNS = ("instruction", "input", "output")


def measure() -> dict[str, dict[str, float]]:
    """Medians of both sides: rows a second, peak memory, rows kept."""
    sides = {"ours": _ours, "plain datasets": _plain}
    runs: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in sides}
    with tempfile.TemporaryDirectory() as place:
        for case, (count, near) in CASES.items():
            source = Path(place) / f"{count}.jsonl"
            _write_rows(source, count)
            for _ in range(REPEATS):
                for side, prepare_rows in sides.items():
                    with tempfile.TemporaryDirectory(dir=place) as folder:
                        seconds, kept, peak = _run(prepare_rows, source, Path(folder), near)
                    runs[side][f"{case}: rows_per_second"].append(count / seconds)
                    runs[side][f"{case}: peak_bytes"].append(peak)
                    runs[side][f"{case}: rows kept"].append(kept)
            source.unlink()
    return {side: {name: statistics.median(values) for name, values in of.items()} for side, of in runs.items()}


def _run(prepare_rows: Callable, source: Path, folder: Path, near: bool) -> tuple[float, int, int]:
    """Seconds, rows kept and peak bytes of one preparation in a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=prepare_rows, args=(source, folder, near, there))
    child.start()
    there.close()
    peak = 0
    while not here.poll(0.3):
        peak = max(peak, _pss(child.pid))
    seconds, kept = here.recv()
    child.join()
    return seconds, kept, peak


def _pss(pid: int) -> int:
    """Bytes of a process and its descendants, each shared page counted once."""
    total = 0
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _ours(source: Path, folder: Path, near: bool, answer: Connection) -> None:
    from core.data.preparing.prepare import prepare

    dedupe = "near" if near else "exact"
    spec = PrepareSpec(
        name="rows", output_dir=str(folder), source="file", input_file=str(source), dedupe=dedupe,
        near_threshold=THRESHOLD,
    )  # fmt: skip
    began = time.perf_counter()
    splits = prepare(spec).splits
    answer.send((time.perf_counter() - began, sum(splits.values())))


def _plain(source: Path, folder: Path, near: bool, answer: Connection) -> None:
    import datasets

    datasets.disable_progress_bars()
    began = time.perf_counter()
    rows = datasets.load_dataset("json", data_files=str(source), split="train", cache_dir=str(folder / "cache"))
    rows = rows.map(_cleaned, batched=True, num_proc=2).filter(_long_enough, batched=True, num_proc=2)
    digests = rows.map(_digested, batched=True, num_proc=2, remove_columns=list(_COLUMNS))["digest"]
    first = {digest: number for number, digest in reversed(list(enumerate(digests)))}
    rows = rows.select(sorted(first.values()))
    if near:
        rows = rows.select(_unlike([_joined(row) for row in rows]))
    train, rest = rows.train_test_split(test_size=0.2, seed=42).values()
    validation, test = rest.train_test_split(test_size=0.5, seed=42).values()
    datasets.DatasetDict(train=train, validation=validation, test=test).save_to_disk(str(folder / "rows_dataset"))
    answer.send((time.perf_counter() - began, len(rows)))


def _cleaned(batch: dict[str, list[str]]) -> dict[str, list[str]]:
    return {column: [_tidy(text) for text in batch[column]] for column in _COLUMNS}


def _tidy(text: str) -> str:
    text = _URL.sub(" ", _TAG.sub(" ", html.unescape(unicodedata.normalize("NFC", text))))
    return _LINES.sub("\n\n", _SPACE.sub(" ", text)).strip()


def _long_enough(batch: dict[str, list[str]]) -> list[bool]:
    return [10 <= len(_joined(row).split()) <= 2048 for row in _rows(batch)]


def _digested(batch: dict[str, list[str]]) -> dict[str, list[bytes]]:
    return {"digest": [hashlib.blake2b(_joined(row).encode(), digest_size=16).digest() for row in _rows(batch)]}


def _rows(batch: dict[str, list[str]]) -> list[dict[str, str]]:
    return [dict(zip(_COLUMNS, texts, strict=True)) for texts in zip(*map(batch.get, _COLUMNS), strict=True)]


def _joined(row: dict[str, str]) -> str:
    return " ".join(row[column] for column in _COLUMNS)


def _unlike(texts: list[str]) -> list[int]:
    """The numbers of the texts that are like none before them."""
    from datasketch import MinHash, MinHashLSH

    index, kept = MinHashLSH(threshold=THRESHOLD, num_perm=128), []
    for number, text in enumerate(texts):
        words = _WORD.findall(text.lower())
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
        if not index.query(sketch):
            index.insert(number, sketch)
            kept.append(number)
    return kept


def _write_rows(path: Path, count: int) -> None:
    draw = random.Random(42)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(4_000)]
    recent: list[dict[str, str]] = []

    def text(length: int) -> str:
        return " ".join(draw.choices(words, k=length))

    def dirty(answer: str) -> str:
        return draw.choice((
            f"<p>{answer}</p><br/>", f"{answer} See https://example.org/{text(1)} for more.",
            answer.replace(" ", "  ", 5) + "\n\n\n\n", unicodedata.normalize("NFD", f"{answer} café naïve"),
        ))  # fmt: skip

    def row() -> dict[str, str]:
        kind = draw.random()
        if kind < 0.1 and recent:
            twin = dict(draw.choice(recent))
            if kind < 0.05:
                twin["output"] = twin["output"].replace(" ", f" {text(1)} ", 1)
            return twin
        answer = text(draw.randint(60, 160))
        asked = {"instruction": f"{text(10)}?", "input": text(15) if kind < 0.4 else ""}
        return asked | {"output": dirty(answer) if kind > 0.8 else answer}

    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            made = row()
            place = draw.randrange(20_000)
            recent[place : place + 1] = [made]
            file.write(json.dumps(made, ensure_ascii=False) + "\n")

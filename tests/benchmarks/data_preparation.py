"""Rows a second of `prepare` beside a plain `datasets` script: read, clean, filter, deduplicate, split, save.

20,000 made rows of about 0.9 KB in JSON Lines, some with tags, web addresses, odd white space or a twin. Both sides
run in one process, in turns; libraries are loaded and the file is in the system's cache before the clock starts. The
plain script cleans as a notebook would: it mends no broken encoding, spares no code, and reports nothing.
"""

import html
import json
import random
import re
import statistics
import tempfile
import time
import unicodedata
from pathlib import Path

import datasets

from core.data.prepare import prepare
from core.jobs import PrepareSpec

ROWS, REPEATS = 20_000, 3
_TAG, _URL, _SPACE = re.compile(r"<[^<>]+>"), re.compile(r"https?://\S+"), re.compile(r"\s+")
_COLUMNS = ("instruction", "input", "output")


def measure() -> dict[str, dict[str, float]]:
    """Medians of both sides. Raises ValueError when they keep different numbers of rows: then the work differed."""
    sides = {"ours": _ours, "plain datasets": _plain}
    runs: dict[str, list[float]] = {side: [] for side in sides}
    kept = set()
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "rows.jsonl"
        _write_rows(source)
        for number in range(REPEATS):
            for side, prepare_rows in sides.items():
                folder = Path(place) / f"{number} {side}"
                folder.mkdir()
                began = time.perf_counter()
                kept.add(prepare_rows(source, folder))
                runs[side].append(ROWS / (time.perf_counter() - began))
    if len(kept) > 1:
        raise ValueError(f"the sides kept different numbers of rows: {kept}")
    return {side: {"rows_per_second": statistics.median(rates)} for side, rates in runs.items()}


def _ours(source: Path, folder: Path) -> int:
    spec = PrepareSpec(name="rows", output_dir=str(folder), source="file", input_file=str(source))
    return sum(prepare(spec)["splits"].values())


def _plain(source: Path, folder: Path) -> int:
    datasets.disable_progress_bars()
    rows = datasets.load_dataset("json", data_files=str(source), split="train", cache_dir=str(folder / "cache"))
    rows = rows.map(lambda row: {column: _cleaned(row[column]) for column in _COLUMNS})
    rows = rows.filter(lambda row: 10 <= sum(len(row[column].split()) for column in _COLUMNS) <= 2048)
    seen = set()

    def is_new(row: dict) -> bool:
        known = len(seen)
        seen.add(tuple(row[column] for column in _COLUMNS))
        return len(seen) > known

    rows = rows.filter(is_new)
    train, rest = rows.train_test_split(test_size=0.2, seed=42).values()
    validation, test = rest.train_test_split(test_size=0.5, seed=42).values()
    datasets.DatasetDict(train=train, validation=validation, test=test).save_to_disk(str(folder / "rows_dataset"))
    return len(rows)


def _cleaned(text: str) -> str:
    text = _TAG.sub("", html.unescape(unicodedata.normalize("NFC", text)))
    return _SPACE.sub(" ", _URL.sub("", text)).strip()


def _write_rows(path: Path) -> None:
    draw = random.Random(42)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(4_000)]

    def text(count: int) -> str:
        return " ".join(draw.choices(words, k=count))

    def dirt() -> str:
        return draw.choice((f"<p>{text(3)}</p>", f"see https://example.org/{text(1)}", f"{text(1)}  \t {text(1)}"))

    rows: list[dict] = []
    for number in range(ROWS):
        if number % 100 == 99:
            rows.append(draw.choice(rows))
            continue
        answer = f"{text(100)} {dirt()} {text(10)}" if number % 5 == 0 else text(110)
        rows.append({"instruction": f"{text(10)}?", "input": text(15) if number % 3 == 0 else "", "output": answer})
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

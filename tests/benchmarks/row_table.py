"""The table of a dataset of 1,000,000 rows of 0.9 KB, asked over REST: seconds until a page of 50 is there.

Each question is asked for the first time, so nothing of it is at hand; the first page includes the start of the
process that looks into data. Memory is what the web process grew by at its worst; for the upload, by a file of 2 GB.
"""

import tempfile
import time
from pathlib import Path

import httpx

from tests.large import RARE, make_million, watched_memory
from tests.studio import running_studio

QUESTIONS = {
    "first page": {},
    "search: one row": {"search": RARE},
    "search: every row": {"search": "Lazy DOG"},
    "search: no row": {"search": "not in any row"},
    "search: no row, Cyrillic": {"search": "Привет"},
    "filter: topic": {"topic": "topic 3"},
    "filter: tag": {"tag": "hard"},
    "filter: rows of a finding": {"rows": list(range(1, 1_000_000, 5_000))},
    "filter: length": {"min_length": 800},
    "sort: answers": {"sort": "output"},
    "sort: length": {"sort": "length"},
    "sort: rows, last first": {"sort": "row", "descending": True},
    "last page, sorted": {"sort": "output", "offset": 999_950},
}


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each question, and bytes."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "workspace"
        make_million(home)
        with running_studio(home) as studio, studio.client() as client:
            with watched_memory(studio.process.pid) as table:
                figures = {f"{name}: seconds": _seconds(client, query) for name, query in QUESTIONS.items()}
            with watched_memory(studio.process.pid) as upload:
                began = time.perf_counter()
                client.post("/api/datasets/uploads", params={"filename": "2gb.csv"}, content=_two_gigabytes())
                figures["upload of 2 GB: seconds"] = time.perf_counter() - began
    grown = {"table: web_bytes": table["grown_bytes"], "upload of 2 GB: web_bytes": upload["grown_bytes"]}
    return {"ours": figures | grown}


def _seconds(client: httpx.Client, query: dict) -> float:
    began = time.perf_counter()
    client.get("/api/datasets/million/table", params=query).raise_for_status()
    return time.perf_counter() - began


def _two_gigabytes():
    piece = (b"x" * 999 + b"\n") * 1000
    for _ in range(2000):
        yield piece

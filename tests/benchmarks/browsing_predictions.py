"""The examples behind an evaluation of 100,000 predictions by three models: seconds until a page of 25 is there.

Over REST, and drawn in a real Chromium (which works on the same cores) from click to settled page. Memory is what the
web process grew by at its worst. `whole_file` reads and validates all of predictions.json for each page, as version 1
did, in a process of its own. `indexing` is what an evaluation of that version pays once, in a process of its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from app.install.browser import find_browser
from tests.benchmarks.redraw import SETTLED
from tests.browsed import RARE, browsed
from tests.browser.conftest import FLAGS
from tests.large import watched_memory
from tests.seeded import working_on
from tests.studio import ROOT, Studio, running_studio

PREDICTIONS = 100_000
QUESTIONS = {
    "first page": {},
    "last page": {"offset": PREDICTIONS - 25},
    "largest gain": {"order": "gain"},
    "largest loss by f1": {"order": "loss", "metric": "f1"},
    "random": {"order": "random"},
    "missed": {"outcome": "missed"},
    "models disagree": {"disagree": True},
    "topic and source": {"topic": "skin", "source": "report-3.pdf"},
    "search: one row": {"search": RARE},
    "search: every row": {"search": "CASE"},
    "search: no row": {"search": "not in any row"},
    "search: no row, Chinese": {"search": "医生"},
    "with differences": {"order": "worst", "differences": True},
}
_WHOLE_FILE = """
import json, sys, time, psutil
from pydantic import TypeAdapter
from core.specs.results.evaluate import Prediction
process = psutil.Process()
before, began = process.memory_info().rss, time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    rows = TypeAdapter(list[Prediction]).validate_python(json.load(file), extra="ignore")
page = sorted(rows, key=lambda row: row.scores["Tuned"]["rougeL"])[:25]
print(json.dumps([time.perf_counter() - began, process.memory_info().rss - before]))
"""


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each question and click, and bytes."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "workspace"
        home.mkdir()
        with working_on(home):
            evaluation = browsed(PREDICTIONS)
        predictions = Path(evaluation.output_dir, "predictions.json")
        figures = {
            "predictions_bytes": predictions.stat().st_size,
            "index_bytes": predictions.with_name("predictions.index").stat().st_size,
        }
        with running_studio(home) as studio, studio.client() as client:
            client.get("/api/jobs").raise_for_status()
            with watched_memory(studio.process.pid) as memory:
                for name, query in QUESTIONS.items():
                    figures[f"{name}: seconds"] = _seconds(client, evaluation.id, query)
                figures |= _drawn(studio, evaluation.id)
            figures["web_bytes"] = memory["grown_bytes"]
        figures["indexing: seconds"] = _indexing(predictions)
        whole_seconds, whole_bytes = json.loads(_run("-c", _WHOLE_FILE, predictions))
    names = [name for name in figures if name.endswith("seconds") and not name.startswith("indexing")]
    return {"ours": figures, "whole_file": dict.fromkeys(names, whole_seconds) | {"web_bytes": whole_bytes}}


def _seconds(client: httpx.Client, evaluation_id: str, query: dict) -> float:
    began = time.perf_counter()
    client.get(f"/api/evaluations/{evaluation_id}/examples", params={"limit": 25} | query).raise_for_status()
    return time.perf_counter() - began


def _drawn(studio: Studio, evaluation_id: str) -> dict[str, float]:
    """Seconds until the page is drawn: opened for the first time, opened again, the next page, another order."""
    figures = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{studio.url}/settings")  # the browser compiles Streamlit's scripts
        page.wait_for_function(SETTLED)
        for name in ("drawn: evaluation, first time", "drawn: evaluation, again"):
            began = time.perf_counter()
            page.goto(f"{studio.url}/evaluate?job={evaluation_id}")
            page.get_by_text("Example 1 ·").wait_for()
            page.wait_for_function(SETTLED)
            figures[f"{name}: seconds"] = time.perf_counter() - began
        figures["drawn: next page: seconds"] = _clicked(page, "button", "Page 2", "Example 6 ·")
        figures["drawn: largest loss: seconds"] = _clicked(page, "radio", "Largest loss", "Example 10 ·")
        browser.close()
    return figures


def _clicked(page: Page, role: str, name: str, shown: str) -> float:
    began = time.perf_counter()
    page.get_by_role(role, name=name, exact=True).click()
    page.get_by_text(shown).wait_for()
    page.wait_for_function(SETTLED)
    return time.perf_counter() - began


def _indexing(predictions: Path) -> float:
    began = time.perf_counter()
    _run("-m", "core.evaluation.browsing.making", predictions)
    return time.perf_counter() - began


def _run(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()[-1]

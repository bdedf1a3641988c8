"""The studio's server: small, keeps a supervisor alive, and says why it cannot start."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from storage import workers
from storage.database import open_store
from storage.settings import Settings
from tests.studio import Studio, end_processes_of, processes_of, running_studio
from tests.waiting import PATIENCE_SECONDS, until

ROOT = Path(__file__).resolve().parents[3]
ML = {"torch", "transformers", "datasets", "llama_cpp", "trl", "peft", "bitsandbytes", "accelerate", "evaluate",
      "sentence_transformers"}  # fmt: skip

OPEN_EVERY_PAGE = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
import app.plumbing.server

opened = AppTest.from_file(str(Path("Home.py").absolute()), default_timeout=600).run()
for page in sorted(Path("pages").glob("[a-z]*.py")):
    opened.switch_page(str(page)).run()
    assert not opened.exception, (page, opened.exception)
    print("opened", page.stem)
print("loaded", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.long
def test_opening_every_page_and_the_server_loads_no_ml_library(workspace):
    ran = subprocess.run([sys.executable, "-c", OPEN_EVERY_PAGE], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    said = dict(line.split(" ", 1) for line in ran.stdout.splitlines() if line.startswith("loaded "))
    assert ran.stdout.count("opened ") == 9
    assert ML & set(said["loaded"].split()) == set()


def test_the_running_server_maps_no_ml_library_and_stays_small(studio):
    with studio.client() as client:
        for path in ("/", "/health", "/metrics", "/docs", "/openapi.json", "/api/jobs", "/api/models", "/api/datasets"):
            assert client.get(path).status_code == 200, path
    maps = Path(f"/proc/{studio.process.pid}/maps").read_text()
    assert [name for name in ("libtorch", "libllama", "libggml", "bitsandbytes", "tokenizers") if name in maps] == []
    assert psutil.Process(studio.process.pid).memory_info().rss < 300e6


def test_small_responses_on_one_connection_are_not_delayed(studio):
    """Each used to wait 40 ms for an acknowledgement; a page needs seventy responses."""
    seconds = []
    with studio.client() as client:
        for _ in range(40):
            began = time.monotonic()
            assert client.get("/_stcore/health").status_code == 200
            seconds.append(time.monotonic() - began)
    assert min(seconds[20:]) < 0.03  # the first receipts of a connection come at once


def test_health_and_metrics(studio):
    with studio.client() as client:
        health = client.get("/health").json()
        figures = client.get("/metrics").text
    assert health["status"] == "ok"
    assert 'tunewright_jobs{kind="train",state="queued"} 0.0' in figures
    assert "tunewright_supervisor_alive" in figures
    assert "process_resident_memory_bytes" in figures


def test_pages_load_nothing_from_other_origins(studio):
    with studio.client() as client:
        policy = client.get("/").headers["content-security-policy"]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert "http" not in policy and "*" not in policy
    assert "unsafe" not in allowed["script-src"]
    assert allowed["frame-ancestors"] == "'none'"
    assert allowed["img-src"] == "'self' data: blob:"


def supervisor_of(studio: Studio, other_than: int | None = None) -> int:
    """The process id of the supervisor, once it differs from `other_than`."""
    with closing(open_store(Settings(home=studio.home))) as store:

        def another() -> int | None:
            found = workers.supervisor(store)
            return found.process_id if found and found.process_id != other_than else None

        return until(another, lost=lambda: studio.process.poll() is not None and "the studio has ended")


def test_a_killed_supervisor_is_replaced_in_ten_seconds_or_thrice_what_the_first_took(tmp_path):
    began = time.monotonic()
    with running_studio(tmp_path / "workspace") as studio:
        first = supervisor_of(studio)
        first_after = time.monotonic() - began
        os.kill(first, signal.SIGKILL)
        killed_at = time.monotonic()
        second = supervisor_of(studio, other_than=first)
        assert time.monotonic() - killed_at < max(10, 3 * first_after)  # the second on a machine that is busy
        assert psutil.Process(second).cmdline()[1:] == ["-m", "workers", "supervisor"]
        assert os.getsid(second) != os.getsid(studio.process.pid)
        studio.process.send_signal(signal.SIGKILL)
        studio.process.wait()
        assert psutil.pid_exists(second)


@pytest.mark.long
def test_an_idle_studio_leaves_no_process_when_stopped(tmp_path):
    with running_studio(tmp_path / "workspace", ends_all=False) as studio:
        supervisor_of(studio)
    try:
        until(lambda: not processes_of(studio.home))
    finally:
        end_processes_of(studio.home)


@pytest.mark.long
def test_a_port_in_use_is_reported_in_one_line(studio, workspace):
    ran = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--port", str(studio.port)],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert ran.returncode == 1
    assert f"127.0.0.1:{studio.port}" in ran.stderr
    assert "--port" in ran.stderr
    assert "Traceback" not in ran.stderr

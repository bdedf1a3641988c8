"""Following a job on the terminal: progress and time left, for every kind of job."""

import threading

import pytest

from app.cli import follow as following
from app.data.start_preparing import start_preparing
from app.data.start_synthesizing import start_synthesizing
from app.data.uploads import store_upload
from app.plumbing.studio import store
from core.errors import DiskFullError
from core.full_disk import disk_full
from core.specs import JobKind
from storage.actors import OWNER
from storage.claims import claim
from storage.disk_holds import hold_for_disk
from storage.endings import succeed
from storage.leases import Report, renew
from tests.waiting import until


@pytest.fixture
def impatient(monkeypatch):
    """Every line is shown, and only the test runs the job."""
    monkeypatch.setattr(following, "_PLAIN_LINE_SECONDS", 0)
    monkeypatch.setattr(following, "_POLL_SECONDS", 0.02)
    monkeypatch.setattr(following, "ensure_supervisor", lambda until_idle: None)


def test_a_job_waiting_for_disk_space_says_how_much_and_how_it_resumes(here, impatient):
    asked = start_preparing(OWNER, source="sample", domain="legal", num_samples=20)
    claim(store(), "worker", [JobKind.PREPARE])
    hold_for_disk(store(), asked.id, 1, disk_full(here, 5_000_000))
    with pytest.raises(DiskFullError, match=r"at least 6,048,576 bytes") as raised:
        following.follow(asked)
    assert "Delete datasets" in raised.value.remedy and f"jobs resume {asked.id}" in raised.value.remedy


def test_a_synthesis_shows_its_figures_and_the_time_left(here, impatient, capsys):
    upload = store_upload("manual.txt", [b"Some text to write from."])["id"]
    asked = start_synthesizing(OWNER, uploads=[upload], num_samples=40)
    assert asked.name == "manual-written"
    claim(store(), "worker", [JobKind.SYNTHESIZE])
    told = []

    def has_said(words: str) -> None:
        until(lambda: told.append(capsys.readouterr().err) or words in "".join(told), progress=lambda: "".join(told))

    follower = threading.Thread(target=following.follow, args=(asked,))
    follower.start()
    for accepted in (0, 1, 2):
        stage = f"writing: {accepted} accepted, {accepted * 100} tokens, $0.0{accepted}"
        renew(store(), asked.id, 1, "worker", Report(progress=(accepted, 40, stage)))
        has_said(stage)
    has_said("2 accepted, 200 tokens, $0.02 · 5% · about ")
    succeed(store(), asked.id, 1, {})
    follower.join()
    assert " left" in "".join(told)

"""One supervisor at a time, and the next one as soon as it is gone."""

import subprocess
import sys
import time

import pytest

from core.errors import LeaseLostError
from storage import workers
from storage.database import open_store
from storage.processes import Fate, ProcessIdentity, fate_of, identify, this_process
from storage.rows import Worker
from storage.settings import Settings


def take_place(store, worker_id, process=None) -> bool:
    return workers.become_supervisor(store, worker_id, process or this_process(), {"slots": 1})


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_the_second_is_turned_away(store):
    assert take_place(store, "a") and not take_place(store, "b")
    assert workers.supervisor(store).worker_id == "a" and workers.supervisor_alive(store)
    workers.renew_supervision(store, "a")
    with pytest.raises(LeaseLostError):
        workers.renew_supervision(store, "b")


def test_a_place_that_was_left_is_free(store):
    take_place(store, "a")
    workers.leave_supervision(store, "a")
    assert not workers.supervisor_alive(store) and workers.last_supervisor(store) is None
    assert take_place(store, "b")


def test_the_place_of_the_dead_is_free_at_once(store, sleeper):
    assert take_place(store, "a", identify(sleeper.pid))
    assert not take_place(store, "b")
    sleeper.kill()
    while fate_of(workers.last_supervisor(store)) == Fate.ALIVE:  # not reaped: a zombie is dead too
        time.sleep(0.01)
    assert not workers.supervisor_alive(store)
    assert take_place(store, "b")
    with pytest.raises(LeaseLostError):
        workers.renew_supervision(store, "a")


def test_the_place_of_the_silent_is_free_after_its_lease(workspace):
    store = open_store(Settings(supervisor_lease_seconds=0.05))
    take_place(store, "a")
    while workers.supervisor_alive(store):
        time.sleep(0.01)
    assert take_place(store, "b")


def row(process: ProcessIdentity, **changed) -> Worker:
    values = {"process_id": process.process_id, "process_started": process.process_started, "boot_id": process.boot_id}
    return Worker(**(values | changed))


def test_a_process_is_known_by_number_start_and_boot(sleeper):
    process = identify(sleeper.pid)
    boot, _, space = process.boot_id.partition(".")
    assert fate_of(row(process)) == Fate.ALIVE
    assert fate_of(row(process, process_started=process.process_started - 1)) == Fate.GONE  # its number, used again
    assert fate_of(row(process, boot_id=f"another.{space}")) == Fate.MACHINE_RESTARTED
    assert fate_of(row(process, boot_id=f"{boot}.1")) == Fate.UNKNOWN  # another container: only its lease can tell
    assert fate_of(Worker()) == Fate.UNKNOWN

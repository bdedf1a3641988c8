"""Deaths are named after what the kernel and the log say."""

import signal

import pytest

from core.specs import DeathCause
from workers.children import name_death, name_disappearance
from workers.machine import cores, out_of_memory_kills, parse_gpu_list


@pytest.mark.parametrize(
    ("status", "out_of_memory", "cause", "word"),
    [
        (-signal.SIGKILL, True, DeathCause.OUT_OF_MEMORY, "memory"),
        (-signal.SIGKILL, False, DeathCause.KILLED, "SIGKILL"),
        (-signal.SIGTERM, True, DeathCause.KILLED, "SIGTERM"),
        (-signal.SIGSEGV, False, DeathCause.NATIVE_CRASH, "SIGSEGV"),
        (-signal.SIGABRT, True, DeathCause.NATIVE_CRASH, "SIGABRT"),
        (1, False, DeathCause.ERROR, "status 1"),
    ],
)
def test_an_exit_status_has_a_name(status, out_of_memory, cause, word):
    death = name_death(status, out_of_memory)
    assert death.cause == cause and word in death.message and death.remedy


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("attempt 2 begins, process 7\nFatal Python error: Segmentation fault\n", DeathCause.NATIVE_CRASH),
        ("attempt 1 begins\nFatal Python error: Aborted\nattempt 2 begins, process 7\n", DeathCause.KILLED),
        ("", DeathCause.KILLED),
    ],
)
def test_without_an_exit_status_the_log_tells(tmp_path, log, cause):
    path = tmp_path / "job.log"
    path.write_text(log)
    death = name_disappearance(path, 2, out_of_memory=False)
    assert death.cause == cause and "SIGKILL" not in death.message, "nobody was there to see the signal"
    assert name_disappearance(path, 2, out_of_memory=True).cause in (cause, DeathCause.OUT_OF_MEMORY)


def test_the_kernels_word_on_memory_can_be_read_here():
    assert out_of_memory_kills() >= 0


def test_the_machine_has_cores():
    assert cores() >= 1


def test_gpus_and_their_slices_are_told_apart():
    listing = """GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1)
GPU 1: NVIDIA H200 (UUID: GPU-bbbb-2)
  MIG 1g.18gb     Device  0: (UUID: MIG-cccc-3)
  MIG 1g.18gb     Device  1: (UUID: MIG-dddd-4)
"""
    assert parse_gpu_list(listing) == {"0": ["GPU-aaaa-1"], "1": ["MIG-cccc-3", "MIG-dddd-4"]}
    assert parse_gpu_list("No devices found.\n") == {}

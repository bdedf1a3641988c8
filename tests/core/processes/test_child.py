"""How the end of a child process is reported: its own words, its signal, its time limit."""

import pytest

from core.errors import DiskFullError
from core.processes.child import ChildError, run_child
from core.reporting import Reporter


def run(script: str, **limits) -> None:
    run_child(["-c", script], "Trying", Reporter(), **limits)


def test_a_successful_child_prints_nothing(capfd):
    run("print('chatter')")
    assert capfd.readouterr() == ("", "")


def test_a_failure_quotes_its_error_line_and_logs_all_output(capfd):
    with pytest.raises(ChildError, match=r"Trying failed. It said: ValueError: the tokenizer is odd") as caught:
        run("print('step 1'); raise ValueError('the tokenizer is odd')")
    assert caught.value.remedy
    assert "step 1" in capfd.readouterr().err


@pytest.mark.parametrize(("signal", "remedy"), [("SIGABRT", "set-up"), ("SIGSEGV", "set-up"), ("SIGKILL", "memory")])
def test_a_crash_is_named_by_its_signal(signal, remedy):
    with pytest.raises(ChildError, match=rf"Trying crashed \({signal}\)") as caught:
        run(f"import os, signal; os.kill(os.getpid(), signal.{signal})")
    assert remedy in caught.value.remedy


def test_a_full_disk_is_recognized():
    with pytest.raises(DiskFullError):
        run("import errno, os; raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))")


def test_a_child_that_takes_too_long_is_stopped():
    with pytest.raises(ChildError, match="stopped after"):
        run("import time; time.sleep(600)", limit_seconds=0.3)


def test_endless_output_never_blocks_the_child():
    run("print('x' * 5_000_000)")

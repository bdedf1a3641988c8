"""Child processes that answer JSON lines: requests, deadlines, deaths and restarts."""

import json
import sys

import pytest

from core.processes.line_child import LineChild, LineChildError

ECHO = """
import json, os, sys, time
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if request.get("sleep"):
        time.sleep(request["sleep"])
    if request.get("die"):
        os._exit(3)
    print(json.dumps({"echo": request, "process": os.getpid()}), flush=True)
print("end of input", file=sys.stderr)
"""


@pytest.fixture
def child():
    one = LineChild([sys.executable, "-I", "-c", ECHO], start_seconds=60)
    yield one
    one.close()


def test_it_answers_and_stays_alive(child):
    odd = {"text": 'quotes " \\ newline \n unicode ☃' + "x" * 300_000}
    first, second = child.ask(odd, 30, "echoing"), child.ask({}, 30, "echoing")
    assert first["echo"] == odd and first["process"] == second["process"]


def test_a_deadline_kills_it_and_the_next_request_is_answered(child):
    first = child.ask({}, 30, "echoing")
    with pytest.raises(LineChildError, match=r"was stopped after 0\.3 s of sleeping"):
        child.ask({"sleep": 60}, 0.3, "sleeping")
    assert child.ask({}, 30, "echoing")["process"] != first["process"]


def test_a_death_is_reported_and_the_next_request_is_answered(child):
    child.ask({}, 30, "echoing")
    with pytest.raises(LineChildError, match="ended by itself while dying"):
        child.ask({"die": True}, 30, "dying")
    assert child.ask({"n": 1}, 30, "echoing")["echo"] == {"n": 1}


def test_it_ends_with_its_input(child):
    child.ask({}, 30, "echoing")
    child._process.stdin.close()
    assert child._process.wait(timeout=10) == 0
    assert child.ask({}, 30, "echoing"), "one that has gone is started anew"


def test_a_child_that_does_not_start_says_so():
    with pytest.raises(LineChildError, match="ended by itself while starting"):
        LineChild([sys.executable, "-I", "-c", "raise SystemExit(1)"], 30).ask(json.loads("{}"), 30, "echoing")

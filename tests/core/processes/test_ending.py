"""A child that ends at once keeps its exit status and everything it printed or logged."""

import subprocess
import sys

ENDING = """
import logging, sys, threading, time
from core.processes.ending import end

logging.basicConfig(stream=sys.stderr)
threading.Thread(target=time.sleep, args=(3600,)).start()
print("printed")
logging.warning("logged")
end(3)
"""


def test_it_keeps_its_status_and_output_and_waits_for_no_thread():
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (3, "printed\n")
    assert "logged" in ended.stderr

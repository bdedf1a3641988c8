"""A file that does not fit on the disk: refused in words, with nothing of it left."""

import os
import subprocess
import sys
from contextlib import closing

from tests.faults.test_disk_full import MEGABYTE, SmallDisk
from tests.workers.fleet import ROOT

UPLOADING = """
from app.uploads import store_upload
from core.errors import DiskFullError

try:
    store_upload("x.csv", [b"a" * 1_000_000] * 5)
except DiskFullError as error:
    print(error.message, error.remedy)
"""


def test_a_disk_that_runs_full_is_named_and_nothing_is_kept(workspace):
    environment = os.environ | {"TUNEWRIGHT_HOME": str(workspace), "PYTHONPATH": str(ROOT)}
    with closing(SmallDisk(workspace / "uploads", 3 * MEGABYTE)) as disk:
        command = disk.command(sys.executable, "-c", UPLOADING)
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert "The disk is full: nothing more could be written after" in ended.stdout, ended.stderr
        assert "Free space" in ended.stdout
        assert list(disk.seen_from_outside.iterdir()) == []

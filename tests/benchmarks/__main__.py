"""`make bench`: how fast the studio starts, what it weighs, how long the whole way takes on this machine.

Prints one JSON object. Nothing is asserted: figures belong to a machine, and docs/benchmarks.md says which.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.studio import ROOT, running_studio

IDLE_SECONDS = 10


def studio_figures(home: Path) -> dict[str, float]:
    """Seconds until the studio answers, and the resident bytes of its web process when nothing happens."""
    began = time.monotonic()
    with running_studio(home) as studio:
        answers_s = time.monotonic() - began
        studio.client().get("/")
        time.sleep(IDLE_SECONDS)
        return {
            "answers_s": round(answers_s, 2),
            "idle_bytes": psutil.Process(studio.process.pid).memory_info().rss,
        }


def demo_figures(home: Path) -> dict:
    """What `demo --json` says of the whole way, its seconds by stage among it; raises when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--json"],
        cwd=ROOT,
        env=os.environ | {"TUNEWRIGHT_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "machine": {"cores": os.cpu_count(), "memory_bytes": psutil.virtual_memory().total},
            "studio": studio_figures(Path(folder) / "studio"),
            "demo": demo_figures(Path(folder) / "demo"),
        }
    print(json.dumps(figures, indent=2))

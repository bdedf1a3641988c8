"""Seconds of each stage of `demo --model starter`: from samples to an answer of a quantized model of one's own."""

import json
import os
import subprocess
import sys
import tempfile

from tests.studio import ROOT


def measure() -> dict[str, dict[str, float]]:
    """What one run says of itself; raises CalledProcessError when it fails."""
    with tempfile.TemporaryDirectory() as home:
        finished = subprocess.run(
            [sys.executable, "-m", "app", "demo", "--model", "starter", "--json"],
            cwd=ROOT,
            env=os.environ | {"TUNEWRIGHT_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    seconds = json.loads(finished.stdout.splitlines()[-1])["seconds"]
    return {"demo": {f"{stage}_s": value for stage, value in seconds.items()} | {"all_s": sum(seconds.values())}}

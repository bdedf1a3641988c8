"""Downloads a base model to this machine, as a child process: `python -m core.models.fetching NAME`.

NAME is a model of the catalogue or a hub id. Progress goes to standard output, as one JSON object a line.
"""

import json
import sys

from core.models.catalogue import SMOLLM2
from core.models.folders import model_folder
from core.models.references import locate
from core.models.smollm2.fetch import fetch_smollm2
from core.processes.reported_failure import run_and_report
from core.reporting import Reporter


class _ToStandardOutput(Reporter):
    def progress(self, done: float, total: float, stage: str = "") -> None:
        print(json.dumps({"done": done, "total": total, "stage": stage}), flush=True)


def fetch(reference: str, reporter: Reporter) -> None:
    """Download the model unless it is here. Raises what `model_folder` and `fetch_smollm2` raise."""
    if reference == SMOLLM2.reference:
        fetch_smollm2()
    else:
        model_folder(locate(reference), reporter)


if __name__ == "__main__":
    sys.exit(run_and_report(lambda: fetch(sys.argv[1], _ToStandardOutput())))

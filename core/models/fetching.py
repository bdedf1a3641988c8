"""Downloads a model of the catalogue to this machine, as a child process: `python -m core.models.fetching NAME`."""

import sys

from core.models.catalogue import SMOLLM2
from core.models.folders import model_folder
from core.models.references import locate
from core.models.smollm2.fetch import fetch_smollm2
from core.processes.reported_failure import run_and_report


def fetch(reference: str) -> None:
    """Download the model unless it is here. Raises UnavailableError, InputError or NotFoundError."""
    if reference == SMOLLM2.reference:
        fetch_smollm2()
    else:
        model_folder(locate(reference))  # into the hub's cache


if __name__ == "__main__":
    sys.exit(run_and_report(lambda: fetch(sys.argv[1])))

"""Brings a model of the catalogue onto this machine: `python -m core.models.fetching NAME`, in a process of its own."""

import sys

from core.models.catalogue import SMOLLM2
from core.models.folders import model_folder
from core.models.references import locate
from core.models.smollm2 import fetch_smollm2
from core.processes import errands


def fetch(reference: str) -> None:
    """Fetch it unless it is here. Raises UnavailableError, InputError, NotFoundError in words."""
    if reference == SMOLLM2.reference:
        fetch_smollm2()
    else:
        model_folder(locate(reference))  # into the hub's cache


if __name__ == "__main__":
    sys.exit(errands.run(lambda: fetch(sys.argv[1])))

"""Makes a dataset: read, clean, validate, leave out duplicates, split, look for what is wrong, publish whole.

Rows are read once and kept on disk, not in memory: only some numbers about each stay, so a file may be larger than
memory. In a notebook:

```python
from core.data.prepare import prepare
from core.jobs import PrepareSpec

made = prepare(PrepareSpec(name="support", output_dir="datasets", source="file", input_file="tickets.csv"))
made["path"], made["splits"], made["report"]["verdict"]
```
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.artifacts import naming_full_disks, publish, staging_folder
from core.data.datasets import REPORT, SPEC, write_dataset
from core.data.drops import REMEDIES, Drop
from core.data.findings import findings, verdict
from core.data.kept import Kept
from core.data.leakage import Leaks, find_leaks
from core.data.measuring import measure
from core.data.planning import Parent, Planned, plan
from core.data.report import Tally, lengths, most_common
from core.data.rows import Row, Source
from core.data.screening import Screen, Screened, screened
from core.data.selection import NEAR_ROWS, Selection, assign_splits, exact_copies, in_order, near_copies
from core.errors import ConflictError, InputError
from core.jobs import PrepareSpec, Split
from core.reporting import Reporter, Stopped

_ROWS_A_BATCH = 2_000
_BYTES_A_BATCH = 16 << 20
_ROWS_A_PIECE = 20_000
_KEPT = "kept.arrow"


def prepare(spec: PrepareSpec, reporter: Reporter | None = None) -> dict:
    """Make the dataset that `spec` asks for and publish its folder.

    Returns its path, the examples of each split, the duplicates found, the rows dropped by reason, and the report.
    Raises a TunewrightError in words for the person; then nothing is left behind.
    """
    reporter = reporter or Reporter()
    final = dataset_folder(spec)
    if final.exists():
        raise ConflictError(f"{final} exists already.", "Choose another name or output folder, or delete it first.")
    planned = plan(spec)
    with ExitStack() as stack:
        staged = staging_folder(final, reporter.attempt)
        stack.callback(shutil.rmtree, staged, ignore_errors=True)
        with naming_full_disks(final):
            tally = Tally()
            kept = _screen(staged / _KEPT, planned, tally, reporter)
            _check_any_left(tally, len(kept), spec)
            selection = _select(kept, planned, tally, reporter)
            ...
'''

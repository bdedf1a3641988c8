"""Screens a source, up to the number of examples asked for."""

from collections.abc import Iterator
from pathlib import Path

from core.data.screening.plan import Planned
from core.data.screening.screened import Screened
from core.data.screening.screening import Screen, rows_of, screened

_LARGE_BYTES = 32 << 20
"""A file this large is screened in several processes from the start."""


def screened_rows(planned: Planned, folder: Path) -> Iterator[Screened]:
    """Screens the batches of a source; stops early once `num_samples` examples passed. Texts go into `folder`."""
    spec = planned.spec
    if spec.num_samples and spec.source != "dataset":
        return _until(spec.num_samples, planned, folder, distinct=spec.dedupe != "off")
    is_large = planned.source.packets is not None and planned.source.position()[1] > _LARGE_BYTES
    return screened(planned.plan, planned.batches, folder, is_large)


def _until(limit: int, planned: Planned, folder: Path, distinct: bool) -> Iterator[Screened]:
    """Screens until `limit` examples passed, counting copies only if not `distinct`."""
    screen, seen, left = Screen(planned.plan, folder), set(), limit
    for batch in planned.batches:
        done = screen(batch)
        counted = []
        for position, digest in zip(done.positions.tolist(), done.digests.tolist(), strict=True):
            if not distinct or digest not in seen:
                seen.add(digest)
                counted.append(position)
        if len(counted) >= left:
            yield screen(rows_of(batch)[: counted[left - 1] + 1])
            return
        left -= len(counted)
        yield done

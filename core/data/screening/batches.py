"""Reads the rows of a source in batches."""

from collections.abc import Iterator
from itertools import chain, islice

from core.data.reading import unpack
from core.data.rows import Packet, Row, Source
from core.data.screening.plan import Batch

_ROWS_PER_BATCH, _ROWS_AT_ONCE = 2_000, 100
_BYTES_PER_BATCH = 1 << 20


def opened(source: Source, rows: int) -> tuple[list[Row], Iterator[Batch]]:
    """The first `rows` rows of a source, and batches of all its rows."""
    if source.packets is None:
        head = list(islice(source.rows, rows))
        return head, batches_of(chain(head, source.rows), source)
    packets, head = [], []
    for packet in source.packets:
        packets.append(packet)
        head += unpack(packet)
        if len(head) >= rows:
            break
    return head[:rows], _packets(chain(packets, source.packets))


def batches_of(rows: Iterator[Row], source: Source) -> Iterator[list[Row]]:
    """The rows in batches, which are smaller where rows are long."""
    while batch := list(islice(rows, 1)):
        read, _ = source.position()
        while len(batch) < _ROWS_PER_BATCH and source.position()[0] - read < _BYTES_PER_BATCH:
            more = list(islice(rows, _ROWS_AT_ONCE))
            if not more:
                break
            batch += more
        yield batch


def _packets(packets: Iterator[Packet]) -> Iterator[list[Packet]]:
    batch, size = [], 0
    for packet in packets:
        batch.append(packet)
        size += packet.size_bytes
        if size >= _BYTES_PER_BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch

"""Reads the first rows of a source without consuming them."""

from dataclasses import replace
from itertools import chain, islice

from core.data.reading import unpack
from core.data.rows import Source


def peek(source: Source, rows: int) -> tuple[list[dict], Source]:
    """The values of at least the first `rows` readable rows, if there are as many, and a source that still has all."""
    if source.packets is None:
        head = list(islice(source.rows, rows))
        source = replace(source, rows=chain(head, source.rows))
    else:
        packets, head = [], []
        while len(head) < rows and (packet := next(source.packets, None)):
            packets.append(packet)
            head += unpack(packet)
        rest = chain(packets, source.packets)
        source = replace(source, packets=rest, rows=(row for packet in rest for row in unpack(packet)))
    return [row.values for row in head if not row.problem], source

"""The rows of Parquet and Arrow files."""

from collections.abc import Iterator

from core.data.reading.content import Content
from core.errors import InputError

_READ_BUFFER_BYTES = 1 << 20
_ROWS_AT_ONCE = 500
ARROW_FILE, ARROW_STREAM = b"ARROW1", b"\xff\xff\xff\xff"
"""How the two Arrow formats begin: the file format (Feather), and the stream format that `datasets` uses."""


def open_parquet(content: Content) -> tuple[list[str], Iterator[tuple]]:
    """The columns and rows of a Parquet file. Raises InputError where it is damaged; so do the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        file = pq.ParquetFile(content.seekable(), buffer_size=_READ_BUFFER_BYTES, memory_map=False, pre_buffer=False)
        columns = file.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise unreadable(content, "not a readable Parquet file", 0, error) from None
    return columns, _parquet_rows(file, content)


def _parquet_rows(file, content: Content) -> Iterator[tuple]:
    import pyarrow as pa

    number, total = 0, max(1, file.metadata.num_rows)
    try:
        for batch in file.iter_batches(_ROWS_AT_ONCE, use_threads=False):
            for values in batch.to_pylist(maps_as_pydicts="lossy"):
                number += 1
                yield number, values
            content.meter.at(min(content.meter.total, content.size_bytes * number // total))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(content, "damaged", number, error) from None


def open_arrow(content: Content) -> tuple[list[str], Iterator[tuple]]:
    """The columns and rows of Arrow data in either format. Raises InputError where it is damaged; so do the rows."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    options = pa.ipc.IpcReadOptions(use_threads=False)
    try:
        if content.head(len(ARROW_FILE)) == ARROW_FILE:
            file = pa.ipc.open_file(content.seekable(), options=options)
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
        else:
            file = batches = pa.ipc.open_stream(content.open(), options=options)
        columns = file.schema.names
    except (pa.ArrowException, OSError) as error:
        raise unreadable(content, "not a readable Arrow file", 0, error) from None
    return columns, _arrow_rows(batches, content)


def _arrow_rows(batches: Iterator, content: Content) -> Iterator[tuple]:
    """Rows, once Arrow has validated a batch: reading a forged batch could go outside its memory."""
    import pyarrow as pa

    number = 0
    try:
        for batch in batches:
            batch.validate(full=True)
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                for values in batch.slice(start, _ROWS_AT_ONCE).to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    yield number, values
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(content, "damaged", number, error) from None


def unreadable(content: Content, what: str, row: int, error: Exception) -> InputError:
    """The error for a file that a library cannot read beyond `row`."""
    text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(
        f"{content.name} is {what}, after row {row}: {text}.", "Save it again, or export it as CSV instead."
    )

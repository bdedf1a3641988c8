"""Limits on what reading one file may cost, whatever is in it."""

MEMORY_BYTES = 2 << 30
"""Address space of the reader process."""
SECONDS_WITHOUT_PROGRESS = 10
ROW_BYTES = 64 << 20
"""The largest row. Rows are held in memory whole."""
ARCHIVE_ENTRIES = 2_000
UNPACKED_BYTES = 4 << 30
"""Total decompressed size of an archive or a compressed file."""
UNPACKED_RATIO = 100
"""Decompressed bytes per compressed byte, checked beyond SMALL_BYTES."""
SMALL_BYTES = 1 << 20
FOLDER_FILES = 100_000

"""How much reading may cost: what a file may make its reader do, whatever is in it."""

MEMORY_BYTES = 2 << 30
"""Address space of the child that reads."""
SECONDS_WITHOUT_PROGRESS = 10
ROW_BYTES = 64 << 20
"""The largest row; a row is the least that is held in memory whole."""
ARCHIVE_ENTRIES = 2_000
UNPACKED_BYTES = 4 << 30
"""Real bytes of all that comes out of an archive or a compressed file."""
UNPACKED_RATIO = 100
"""Real bytes for each compressed one, once there are more than SMALL_BYTES."""
SMALL_BYTES = 1 << 20
FOLDER_FILES = 100_000

"""Many files read as one: folders and archives; and the single file, the simplest of them."""

from pathlib import Path

from core.data.reading.content import Meter, file_content, unpacked
from core.data.reading.formats import Opened, open_content


def open_any(path: Path, meter: Meter) -> Opened:
    """The rows of a file, of a folder, or of an archive."""
    content = file_content(path, path.name, meter)
    meter.total = content.size_bytes
    content, way = unpacked(content)
    opened = open_content(content)
    if way:
        opened.format = f"{opened.format}, {way}"
    return opened

"""llama.cpp's converter and quantizer on a full disk: told as one, with what was written so far removed."""

from contextlib import closing

import pytest

from core.models.references import locate
from tests.small_disk import MEGABYTE, SmallDisk

pytestmark = pytest.mark.small_disk
TRYING = """
import sys
from pathlib import Path
from core.errors import DiskFullError
from core.gguf.convert import convert_to_gguf
from core.gguf.quantize import quantize_gguf

try:
    {call}
except DiskFullError as error:
    print(error.needed_bytes, error.place)
"""


def asked_for(disk: SmallDisk, call: str, source: object) -> tuple[int, str]:
    needed, place = disk.run(TRYING.format(call=call), str(source), str(disk.place / "model.gguf")).split()
    assert list(disk.seen.iterdir()) == []
    return int(needed), place


def test_a_quantizer_without_room_is_told_as_a_full_disk(tmp_path, starter_gguf):
    with closing(SmallDisk(tmp_path / "small", 3 * MEGABYTE)) as disk:
        call = "quantize_gguf(Path(sys.argv[1]), Path(sys.argv[2]), 'q8_0')"
        needed, place = asked_for(disk, call, starter_gguf("f16"))
    assert needed > 3 * MEGABYTE and place == str(disk.place)


@pytest.mark.long
def test_a_converter_without_room_is_told_as_a_full_disk(tmp_path):
    source = locate("starter").path
    with closing(SmallDisk(tmp_path / "small", 8 * MEGABYTE)) as disk:
        needed, place = asked_for(disk, "convert_to_gguf(Path(sys.argv[1]), Path(sys.argv[2]))", source)
    assert needed > MEGABYTE and place == str(disk.place)

"""A full disk is recognized in any library's words, and nothing else is mistaken for one."""

import errno
import subprocess
import sys
from contextlib import closing

import pytest

from core.disk_space import size_bytes
from core.errors import CorruptArtifactError, DiskFullError, InputError
from core.full_disk import FULL_BELOW_BYTES, disk_full, means_full_disk, naming_full_disks
from tests.small_disk import MEGABYTE, SmallDisk

WRITERS = {
    "python": "open(path, 'wb', buffering=0).write(bytes(2 << 20)); open(path + '2', 'w').write('x' * (2 << 20))",
    "numpy": "import numpy; numpy.zeros(1 << 20).tofile(open(path, 'wb'))",
    "safetensors": "import torch, safetensors.torch as s; s.save_file({'a': torch.zeros(1 << 20)}, path)",
    "arrow": """
import pyarrow as pa
table = pa.table({"a": list(range(1 << 18))})
with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
""",
    "parquet": """
import os, pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"a": [os.urandom(9 << 20)]}), path)
""",
    "zip": "import zipfile, os\nwith zipfile.ZipFile(path, 'w') as file: file.writestr('a', os.urandom(2 << 20))",
    "sqlite": """
from storage.sqlite import sound_sqlite
connection = sound_sqlite().connect(path)
connection.execute("CREATE TABLE a (b)")
connection.execute("INSERT INTO a VALUES (zeroblob(2000000))")
connection.commit()
""",
    "tempfile": """
import os, tempfile
os.environ["TMPDIR"] = os.path.dirname(path)
tempfile._candidate_tempdir_list = lambda: [os.environ["TMPDIR"]]
open(path, "wb", buffering=0).write(bytes(2 << 20))
tempfile.gettempdir()
""",
}
COMING_AND_GOING = """
import shutil, sys
from pathlib import Path
folder = Path(sys.argv[1])
print("begun", flush=True)
while True:
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "empty").touch()
    shutil.rmtree(folder)
"""
TRYING = """
import sys
from core.full_disk import means_full_disk
path = sys.argv[1]
try:
    exec(sys.argv[2])
except Exception as error:
    print(means_full_disk(error), type(error), error)
else:
    print("nothing was said")
"""


def test_files_that_vanish_while_counting_do_not_count(tmp_path):
    going = subprocess.Popen(
        [sys.executable, "-c", COMING_AND_GOING, str(tmp_path / "going")], stdout=subprocess.PIPE, text=True
    )
    try:
        going.stdout.readline()
        (tmp_path / "stays").write_bytes(bytes(1000))
        assert {size_bytes(tmp_path) for _ in range(2000)} == {1000}
    finally:
        going.kill()
        going.communicate()


@pytest.mark.small_disk
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_recognized_in_any_librarys_words(tmp_path, writer):
    with closing(SmallDisk(tmp_path / "small", MEGABYTE)) as disk:
        said = disk.run(TRYING, str(disk.place / "file"), WRITERS[writer])
    assert said.startswith("True "), said


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "no"),
        ValueError("28 rows"),
        InputError("Row 3 asks: what means 'No space left on device'?"),
        FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/nowhere']"),
    ],
)
def test_nothing_else_is_mistaken_for_a_full_disk(error, tmp_path):
    assert not means_full_disk(error)
    with pytest.raises(type(error)) as raised, naming_full_disks(tmp_path):
        raise error
    assert raised.value is error


def test_the_causes_of_an_error_count(tmp_path):
    with pytest.raises(DiskFullError), naming_full_disks(tmp_path):
        try:
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        except OSError as error:
            raise RuntimeError("could not be saved") from error


@pytest.mark.small_disk
def test_a_silent_writers_failure_is_blamed_on_the_disk_only_if_it_is_full(tmp_path):
    with pytest.raises(CorruptArtifactError), naming_full_disks(tmp_path, silent=(CorruptArtifactError,)):
        raise CorruptArtifactError("cut short")
    with closing(SmallDisk(tmp_path / "small", MEGABYTE)) as disk:
        disk.fill()
        with pytest.raises(DiskFullError), naming_full_disks(disk.seen, silent=(CorruptArtifactError,)):
            raise CorruptArtifactError("cut short")


def test_the_error_names_what_is_needed_what_is_free_and_what_to_do(tmp_path):
    staged = tmp_path / ".model.1.partial"
    staged.mkdir()
    (staged / "weights").write_bytes(bytes(1000))
    with pytest.raises(DiskFullError) as raised, naming_full_disks(staged / "not/there/yet", staged):
        raise OSError(errno.ENOSPC, "No space left on device")
    error = raised.value
    assert error.needed_bytes == 1000 + FULL_BELOW_BYTES and error.place == str(tmp_path)
    assert f"{error.needed_bytes:,} bytes are needed in {tmp_path}" in error.message and "are free" in error.message
    assert error.remedy.startswith("Delete datasets") and disk_full(tmp_path, then="wait").remedy.endswith("then wait.")

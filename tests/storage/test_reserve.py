"""The database on a disk without room: what is refused leaves nothing, and what ends things has the reserve."""

from contextlib import closing

import pytest

from tests.small_disk import MEGABYTE, SmallDisk

pytestmark = pytest.mark.small_disk

BEGIN = """
import sys
from pathlib import Path

from app.disk.trash import delete_for_good
from app.export.start_exporting import start_exporting
from app.plumbing import places
from app.serve.deployments import start_deployment
from app.plumbing.studio import home, store
from core.errors import DiskFullError
from core.specs import ArtifactKind, ExportSpec, HoldReason, JobKind, PrepareSpec, StopRequest
from storage import claims, deployments, endings, jobs
from storage.actors import OWNER
from storage.artifacts import NewArtifact, list_artifacts
from storage.database import Store
from storage.transitions import log_event

def ask(name="one", kind=JobKind.PREPARE):
    spec = PrepareSpec(name=name, output_dir=str(home() / "datasets"), source="sample", num_samples=20)
    return jobs.enqueue(store(), OWNER, spec, kind)

def fill(leaving=0):
    import os
    there = os.statvfs(home())
    with (home() / "filler").open("ab") as file:
        file.seek(0, 2)
        if there.f_bavail * there.f_frsize > leaving:
            os.posix_fallocate(file.fileno(), file.tell(), there.f_bavail * there.f_frsize - leaving)

def refused(call):
    try:
        call()
    except DiskFullError as error:
        assert error.needed_bytes and error.remedy
        return True

def exhaust(job):
    # Writes to the journal until not one page more finds room. It is refused in words, never with SQLite's own error.
    fill()
    for size in (100_000, 10_000, 1):
        while not refused(lambda: claims.note(store(), job.id, "x" * size)):
            fill()
"""


@pytest.fixture
def disk(workspace):
    with closing(SmallDisk(workspace, 40 * MEGABYTE)) as small:
        yield small


def test_on_a_full_disk_nothing_more_is_taken_in_and_what_is_there_can_still_be_stopped(disk):
    disk.run(f"""{BEGIN}
job = ask()
store().reserve.keep()
fill()
assert refused(lambda: ask("two")) and refused(lambda: jobs.release(store(), OWNER, job.id))
reserve = home() / "studio.db.reserve"
whole = reserve.stat().st_size
assert whole, "a refusal costs no reserve"
jobs.request_stop(store(), OWNER, job.id, StopRequest.PAUSE)
assert jobs.get_job(store(), OWNER, job.id).hold_reason == HoldReason.PERSON
assert reserve.stat().st_size == 0
assert refused(lambda: ask("two")), "what was released is for what runs"
jobs.request_stop(store(), OWNER, job.id, StopRequest.CANCEL)
(home() / "filler").unlink()
ask("two")
store().reserve.keep()
assert reserve.stat().st_size == whole
""")


def test_when_sqlite_itself_has_no_room_nothing_is_left_behind(disk):
    """The look at what is free comes before; another process may take it in between."""
    disk.run(f"""{BEGIN}
job = ask()
start_exporting(OWNER, model="starter")
exhaust(job)
Store.require_room = lambda self: None
places.require_room = lambda place: None
before = set(home().rglob("*"))
assert refused(lambda: start_exporting(OWNER, model="starter"))
assert refused(lambda: start_deployment(OWNER, "starter", port=0))
assert refused(lambda: jobs.request_stop(store(), OWNER, job.id, StopRequest.CANCEL))
assert {{path for path in home().rglob("*") if path.is_file()}} == {{path for path in before if path.is_file()}}
assert set((home() / "exports").iterdir()) == {{path for path in before if path.parent.name == "exports"}}
assert jobs.list_jobs(store(), OWNER) and deployments.list_deployments(store(), OWNER) == []
""")


def test_a_dataset_is_deleted_where_not_even_its_row_could_be(disk):
    disk.run(f"""{BEGIN}
ask()
job = claims.claim(store(), "w", [JobKind.PREPARE])
folder = home() / "datasets/one_dataset"
folder.mkdir(parents=True)
(folder / "data").write_bytes(bytes(2_000_000))
(folder / "data_report.json").write_text('{{"splits": {{}}}}')
endings.succeed(store(), job.id, 1, {{}}, [NewArtifact(ArtifactKind.DATASET, "one", str(folder), 2_000_000)])
exhaust(job)
delete_for_good(OWNER, "dataset", f"{{job.id}}-1")
assert list(folder.parent.iterdir()) == [] and list_artifacts(store(), OWNER) == []
""")

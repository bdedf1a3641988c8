"""What is published is whole, provable and never overwrites."""

import json
from contextlib import contextmanager

import pytest

from core.artifacts import (
    MANIFEST,
    publish,
    publish_file,
    remove_folders,
    sha256_of,
    staging_folder,
    verify_manifest,
)
from core.errors import ConflictError, CorruptArtifactError, LeaseLostError
from core.reporting import Reporter


def staged(final, **files):
    folder = staging_folder(final, "attempt-1")
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_published_folder_proves_itself_after_a_move(tmp_path):
    final = tmp_path / "thing"
    digest = publish(staged(final, a="one", b="two"), final, Reporter(), step=7)
    moved = final.rename(tmp_path / "elsewhere")
    assert verify_manifest(moved)["step"] == 7
    assert digest == sha256_of(moved / MANIFEST)
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


@pytest.mark.parametrize("length", [0, 1, 50, 99])
def test_a_cut_file_is_found_out(tmp_path, length):
    final = tmp_path / "thing"
    publish(staged(final, weights="x" * 100), final, Reporter())
    with (final / "weights").open("r+") as file:
        file.truncate(length)
    with pytest.raises(CorruptArtifactError, match="weights"):
        verify_manifest(final)


def test_a_changed_byte_or_a_torn_manifest_is_found_out(tmp_path):
    final = tmp_path / "thing"
    publish(staged(final, weights="abc"), final, Reporter())
    (final / "weights").write_text("abd")
    with pytest.raises(CorruptArtifactError):
        verify_manifest(final)
    for torn in ("", '{"files"', json.dumps(["no"])):
        (final / MANIFEST).write_text(torn)
        with pytest.raises(CorruptArtifactError):
            verify_manifest(final)


def test_nothing_is_overwritten(tmp_path):
    final = tmp_path / "thing"
    publish(staged(final, a="first"), final, Reporter())
    with pytest.raises(ConflictError, match="exists"):
        publish(staged(final, a="second"), final, Reporter())
    assert (final / "a").read_text() == "first"


class Watched(Reporter):
    """Notes what lies in a folder whenever the right to publish is given back."""

    attempt = "a-job.2"

    def __init__(self, folder):
        self.folder, self.seen = folder, []

    @contextmanager
    def fenced(self):
        yield
        self.seen.append(sorted(path.relative_to(self.folder).name for path in self.folder.rglob("*")))


def test_nobody_waits_while_folders_are_deleted(tmp_path):
    for name in ("checkpoint-5", ".checkpoint-9.a-job.1.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").touch()
    reporter = Watched(tmp_path)
    remove_folders(list(tmp_path.iterdir()), reporter)
    [at_the_end_of_the_fence] = reporter.seen
    assert at_the_end_of_the_fence.count("weights") == 2  # renamed by then, and nothing deleted yet
    assert "checkpoint-5" not in at_the_end_of_the_fence
    assert list(tmp_path.iterdir()) == []


class TakenOver(Reporter):
    """A reporter whose job belongs to another attempt by now."""

    @contextmanager
    def fenced(self):
        raise LeaseLostError("taken over")
        yield


def test_a_writer_that_lost_its_job_publishes_nothing(tmp_path):
    final = tmp_path / "thing"
    with pytest.raises(LeaseLostError):
        publish(staged(final, a="late"), final, TakenOver())
    file = tmp_path / "late.partial"
    file.write_text("late")
    with pytest.raises(LeaseLostError):
        publish_file(file, tmp_path / "late.json", TakenOver())
    assert not final.exists()
    assert not (tmp_path / "late.json").exists()
    with pytest.raises(LeaseLostError):
        remove_folders([tmp_path], TakenOver())
    assert file.exists()

"""Published folders are complete and verifiable, and nothing is overwritten."""

import json

import pytest

from core.artifacts import publish, publish_file, remove_folders, revoke_staged, staging_folder
from core.errors import ConflictError, CorruptArtifactError, LeaseLostError
from core.manifests import MANIFEST, sha256_of, verify_manifest
from core.reporting import Reporter


def staged(final, **files):
    folder = staging_folder(final, "attempt-1")
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_published_folder_can_be_verified_after_a_move(tmp_path):
    final = tmp_path / "thing"
    digest = publish(staged(final, a="one", b="two"), final, Reporter(), step=7)
    moved = final.rename(tmp_path / "elsewhere")
    assert verify_manifest(moved)["step"] == 7
    assert digest == sha256_of(moved / MANIFEST)
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


@pytest.mark.parametrize("length", [0, 1, 50, 99])
def test_a_truncated_file_is_detected(tmp_path, length):
    final = tmp_path / "thing"
    publish(staged(final, weights="x" * 100), final, Reporter())
    with (final / "weights").open("r+") as file:
        file.truncate(length)
    with pytest.raises(CorruptArtifactError, match="weights"):
        verify_manifest(final)


def test_a_changed_byte_or_a_corrupt_manifest_is_detected(tmp_path):
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


class TakenOver(Reporter):
    """A reporter whose job another attempt has taken over."""

    def confirm(self):
        raise LeaseLostError("taken over")


def test_a_writer_that_lost_its_lease_publishes_nothing(tmp_path):
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


class StoppedInBetween(Reporter):
    """An attempt whose process is stopped once its lease is confirmed, taken over, and continued."""

    attempt = "a-job.1"

    def __init__(self, folder):
        self.folder = folder

    def confirm(self):
        revoke_staged(self.folder, "a-job.2")


def test_who_is_taken_over_after_it_confirmed_its_lease_changes_nothing(tmp_path):
    reporter, checkpoint = StoppedInBetween(tmp_path), tmp_path / "checkpoint-5"
    publish(staged(checkpoint, weights="x"), checkpoint, Reporter())
    folder = staging_folder(tmp_path / "checkpoint-10", reporter.attempt)
    (folder / "weights").write_text("late")
    with pytest.raises(LeaseLostError):
        publish(folder, tmp_path / "checkpoint-10", reporter)
    file = tmp_path / f".spec.{reporter.attempt}.partial"
    file.write_text("late")
    with pytest.raises(LeaseLostError):
        publish_file(file, tmp_path / "spec.json", reporter)
    with pytest.raises(LeaseLostError):
        remove_folders([checkpoint], reporter)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-5"]


def test_only_earlier_attempts_of_the_same_job_lose_what_they_staged(tmp_path):
    for name in (".x.a-job.9.partial", ".x.a-job.10.partial", ".x.a-job.11.partial", ".x.b-job.1.partial", "x", ".x"):
        (tmp_path / name).mkdir()
    (tmp_path / ".removed.a-job.2.0badcafe.partial").mkdir()
    revoke_staged(tmp_path, "a-job.10")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".x", ".x.a-job.10.partial", ".x.a-job.11.partial", ".x.b-job.1.partial", "x"]


def test_another_job_may_publish_in_the_same_place_meanwhile(tmp_path):
    final = tmp_path / "thing"

    class Slow(Reporter):
        def confirm(self):
            publish(staged(final, a="theirs"), final, Reporter())

    mine = staging_folder(final, "mine")
    (mine / "a").write_text("mine")
    with pytest.raises(ConflictError, match="exists"):
        publish(mine, final, Slow())
    assert (final / "a").read_text() == "theirs"

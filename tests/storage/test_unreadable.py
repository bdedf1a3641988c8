"""Rows that hold what no version of ours writes: read as stand-ins, so that lists, the queue and the pages go on."""

from datetime import UTC, datetime

import pytest

from core.specs import ArtifactKind, JobKind, JobState, StopRequest
from core.specs.deployments import Purpose
from storage import claims, deployments, endings, jobs, serving
from storage.actors import OWNER
from storage.artifacts import NewArtifact, list_artifacts
from storage.rows import Event

DAMAGE = {
    "half a character in the spec": 'UPDATE jobs SET spec = \'{"stratify_by": "\\ud800"}\' WHERE id = ?',
    "no JSON": "UPDATE jobs SET spec = '{' WHERE id = ?",
    "JSON that is no object": "UPDATE jobs SET spec = '[1]', result = '1' WHERE id = ?",
    "too deep": f"UPDATE jobs SET spec = '{'[' * 100_000}' WHERE id = ?",
    "no number in JSON": "UPDATE jobs SET result = '{\"loss\": NaN}' WHERE id = ?",
    "no UTF-8": "UPDATE jobs SET name = CAST(x'ff00ed' AS TEXT) WHERE id = ?",
    "a kind of the future": "UPDATE jobs SET kind = 'distil' WHERE id = ?",
    "a state of the future": "UPDATE jobs SET state = 'archived' WHERE id = ?",
    "a reason of the future": "UPDATE jobs SET hold_reason = 'too hot', stop_requested = 'maybe' WHERE id = ?",
    "no date": "UPDATE jobs SET created_at = 'yesterday', ended_at = 'x' WHERE id = ?",
    "no numbers": "UPDATE jobs SET attempt = 'x', progress_done = 'y' WHERE id = ?",
}


def damage(store, statement: str, row_id: str) -> None:
    with store.write() as session:
        assert session.connection().exec_driver_sql(statement, (row_id,)).rowcount == 1


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_a_bad_row_takes_no_list_with_it(store, enqueue, statement):
    good, bad = enqueue("good"), enqueue("bad")
    damage(store, statement, bad.id)
    assert {job.id for job in jobs.list_jobs(store, OWNER)} == {good.id, bad.id}
    assert {row[0] for row in jobs.standings(store, OWNER)} == {good.id, bad.id}
    assert sum(jobs.count_jobs(store, OWNER).values()) == 2
    assert jobs.get_job(store, OWNER, bad.id).id == bad.id
    assert isinstance(jobs.get_job(store, OWNER, bad.id).created_at, datetime)
    assert [event.message for event in jobs.events_of(store, OWNER, bad.id)] == ["asked for"]


def test_what_cannot_be_read_says_so_and_the_rest_stands(store, enqueue):
    bad = enqueue("bad")
    damage(store, DAMAGE["no JSON"], bad.id)
    assert jobs.get_job(store, OWNER, bad.id).spec == {"unreadable": "{"}
    damage(store, DAMAGE["half a character in the spec"], bad.id)
    assert jobs.get_job(store, OWNER, bad.id).spec == {"stratify_by": "\ufffd"}
    damage(store, DAMAGE["no date"], bad.id)
    assert jobs.get_job(store, OWNER, bad.id).created_at == datetime(1970, 1, 1, tzinfo=UTC)
    damage(store, DAMAGE["a state of the future"], bad.id)
    assert jobs.get_job(store, OWNER, bad.id).state == JobState.FAILED


@pytest.mark.parametrize("what", ["no JSON", "no date", "half a character in the spec", "no UTF-8"])
def test_a_bad_row_does_not_hold_up_the_queue(store, enqueue, what):
    bad, good = enqueue("bad"), enqueue("good")
    damage(store, DAMAGE[what], bad.id)
    claimed = {claims.claim(store, "w", [JobKind.PREPARE]).id for _ in range(2)}
    assert claimed == {bad.id, good.id}
    assert jobs.request_stop(store, OWNER, bad.id, StopRequest.CANCEL).id == bad.id


def test_bad_artifacts_and_deployments_are_listed(store, enqueue, claim):
    job = claim()
    made = [
        NewArtifact(ArtifactKind.DATASET, name, str(store.settings.home / "datasets" / name), 1) for name in ("a", "b")
    ]
    endings.succeed(store, job.id, 1, {}, made)
    first = list_artifacts(store, OWNER)[0].id
    damage(store, "UPDATE artifacts SET facts = '{', kind = 'hologram', created_at = '?' WHERE id = ?", first)
    assert len(list_artifacts(store, OWNER)) == 2
    served = [
        deployments.create_deployment(store, OWNER, name=name, purpose=Purpose.SERVE, model="starter")
        for name in ("a", "b")
    ]
    damage(store, "UPDATE deployments SET settings = '{', state = 'dreaming', port = 'x' WHERE id = ?", served[0].id)
    assert len(deployments.list_deployments(store, OWNER)) == len(serving.unsettled_deployments(store)) == 2


def test_half_a_character_from_inside_is_mended_as_it_is_written(store, claim):
    job = claim()
    claims.note(store, job.id, "a model wrote \ud800", row={"\ud83d": ["\udc00"]})
    event = jobs.events_of(store, OWNER, job.id)[-1]
    assert (event.message, event.details) == ("a model wrote \ufffd", {"row": {"\ufffd": ["\ufffd"]}})
    with store.read() as session:
        assert session.get(Event, event.id).details == event.details

"""Owners: another owner's rows are not found, not listed, not changed. One test per table."""

import inspect

import pytest

from core.errors import ConflictError, NotFoundError
from core.specs import ArtifactKind, JobKind, PrepareSpec, StopRequest, TrainSpec
from core.specs.chats import AnswerState
from core.specs.deployments import DesiredState, Purpose
from core.specs.keeping import ThingKind
from core.specs.kinds import Preferred
from storage import (
    answers,
    artifacts,
    chat_messages,
    chats,
    claims,
    deployments,
    endings,
    jobs,
    leases,
    metrics,
    needs,
    preferences,
    queue,
    ratings,
    remarks,
    runs,
    serving,
    sweeps,
    trash,
    visits,
    votes,
)
from storage.actors import OWNER, Actor
from storage.artifacts import NewArtifact
from storage.leases import Report
from storage.metrics import MetricPoint
from storage.needs import Thing
from storage.rows import Conversation, Deployment, Job, Message, Owner, Trash

OTHER = Actor("other")
FOR_EVERYBODY = {
    "refuse_full_queue": "the queue's limit is the machine's",
    "count_all_jobs": "monitoring",
    "unfinished_jobs": "folders and names are the workspace's",
    "output_folders": "deleting a folder must not take another job's with it",
    "states_of_jobs_naming": "uploads and base models in use by anybody stay",
    "rewind": "the attempt that holds the lease",
    "whole_series": "the attempt that holds the lease",
    "keep_text": "the process that writes the answer",
    "end_answer": "the process that writes the answer",
    "take_question_back": "the process that writes the answer",
    "chats_with": "servers of a model that is going away",
    "places_in_trash": "folders and names are the workspace's",
    "free_old": "the sweep",
    "finish_interrupted": "the sweep",
    "note_visit": "by browser",
    "visit_before": "by browser",
}
"""Functions without an actor in the modules that people's requests reach, and why."""


@pytest.fixture
def store(store):
    with store.write() as session:
        session.add(Owner(id=OTHER.owner_id, name="Other"))
    return store


@pytest.fixture
def theirs(store):
    """A job of the other owner, running, with a metric."""
    spec = PrepareSpec(name="theirs", output_dir=str(store.settings.home), source="sample", num_samples=10)
    jobs.enqueue(store, OTHER, spec, JobKind.PREPARE)
    job = claims.claim(store, "w", [JobKind.PREPARE])
    leases.renew(store, job.id, 1, "w", Report([MetricPoint(1, "loss", 2.0)]))
    return job


def row(store, table, key):
    """All columns of a row, to compare before and after."""
    with store.read() as session:
        found = session.get(table, key)
        return {column.key: getattr(found, column.key) for column in table.__table__.columns}


@pytest.mark.parametrize(
    "module",
    [
        answers, artifacts, chat_messages, chats, deployments, jobs, metrics, needs, preferences, queue, ratings,
        remarks, runs, sweeps, trash, visits, votes,
    ],
)  # fmt: skip
def test_whatever_a_person_reaches_takes_an_actor(module):
    functions = inspect.getmembers(module, lambda one: inspect.isfunction(one) and one.__module__ == module.__name__)
    for name, function in functions:
        takes = list(inspect.signature(function).parameters)
        if not name.startswith("_") and takes[:1] == ["store"] and name not in FOR_EVERYBODY:
            assert takes[1] == "actor", f"{module.__name__}.{name}"


def test_jobs(store, theirs):
    before = row(store, Job, theirs.id)
    assert jobs.list_jobs(store, OWNER) == jobs.standings(store, OWNER) == jobs.events_of(store, OWNER, theirs.id) == []
    assert jobs.count_jobs(store, OWNER) == {}
    for act in (
        lambda: jobs.get_job(store, OWNER, theirs.id),
        lambda: jobs.list_jobs(store, OWNER, before=theirs.id),
        lambda: jobs.request_stop(store, OWNER, theirs.id, StopRequest.CANCEL),
        lambda: jobs.release(store, OWNER, theirs.id),
    ):
        with pytest.raises(NotFoundError, match="no job"):
            act()
    assert row(store, Job, theirs.id) == before
    assert [job.id for job in jobs.list_jobs(store, OTHER)] == [theirs.id]
    assert jobs.count_all_jobs(store) == jobs.count_jobs(store, OTHER)


def test_votes(store, theirs):
    votes.cast_vote(store, OTHER, theirs.id, 0, "base", "tuned", Preferred.LEFT)
    (cast,) = votes.votes_on(store, OTHER, theirs.id)
    assert votes.votes_on(store, OWNER, theirs.id) == []
    votes.take_vote_back(store, OWNER, cast.id)
    with pytest.raises(NotFoundError, match="no job"):
        votes.cast_vote(store, OWNER, theirs.id, 0, "base", "tuned", Preferred.RIGHT)
    assert [one.preferred for one in votes.votes_on(store, OTHER, theirs.id)] == [Preferred.LEFT]


def test_ratings(store, theirs):
    ratings.store_rating(store, OTHER, theirs.id, "r", 0, "tuned", 4)
    (given,) = ratings.ratings_of(store, OTHER, theirs.id, "r")
    assert ratings.ratings_of(store, OWNER, theirs.id, "r") == []
    ratings.take_rating_back(store, OWNER, given.id)
    with pytest.raises(NotFoundError, match="no job"):
        ratings.store_rating(store, OWNER, theirs.id, "r", 0, "tuned", 1)
    assert [one.mark for one in ratings.ratings_of(store, OTHER, theirs.id, "r")] == [4]


def test_metrics(store, theirs):
    assert metrics.series(store, OWNER, theirs.id) == {}
    assert metrics.series(store, OWNER, theirs.id, ["loss"]) == {"loss": []}
    assert metrics.series(store, OTHER, theirs.id) == {"loss": [(1, 2.0)]}
    assert metrics.lowest(store, OWNER, [theirs.id], "loss") == {}
    assert metrics.lowest(store, OTHER, [theirs.id], "loss") == {theirs.id: (1, 2.0)}


def test_runs_sweeps_and_the_queue(store):
    sweep = sweeps.add_sweep(store, OTHER, "theirs", {"vary": {}})
    spec = TrainSpec(name="theirs", output_dir=str(store.settings.home / "theirs"), dataset="/d")
    run = jobs.enqueue(store, OTHER, spec, JobKind.TRAIN, sweep.id)
    before = row(store, Job, run.id)
    assert queue.waiting_jobs(store, OWNER) == runs.list_runs(store, OWNER) == sweeps.list_sweeps(store, OWNER) == []
    assert runs.count_runs(store, OWNER) == 0
    assert runs.tags_in_use(store, OWNER) == runs.newest_names(store, OWNER) == {}
    for act in (
        lambda: queue.move_in_queue(store, OWNER, run.id, queue.Place.FIRST),
        lambda: runs.annotate(store, OWNER, [run.id], add_tags=("mine",)),
        lambda: sweeps.get_sweep(store, OWNER, sweep.id),
        lambda: sweeps.runs_of_sweep(store, OWNER, sweep.id),
        lambda: sweeps.remove_sweep(store, OWNER, sweep.id),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert row(store, Job, run.id) == before
    assert [one.id for one in sweeps.runs_of_sweep(store, OTHER, sweep.id)] == [run.id]


def test_artifacts(store, theirs):
    made = NewArtifact(ArtifactKind.DATASET, "theirs", str(store.settings.home / "x"), 10)
    endings.succeed(store, theirs.id, 1, {}, [made])
    [found] = artifacts.list_artifacts(store, OTHER)
    assert artifacts.list_artifacts(store, OWNER) == artifacts.list_artifacts(store, OWNER, job_id=theirs.id) == []
    with pytest.raises(NotFoundError):
        artifacts.get_artifact(store, OWNER, found.id)
    assert found.owner_id == OTHER.owner_id  # its job's, not its worker's


def test_deployments(store):
    theirs = deployments.create_deployment(store, OTHER, name="x", purpose=Purpose.SERVE, model="starter")
    before = row(store, Deployment, theirs.id)
    assert deployments.list_deployments(store, OWNER) == []
    for act in (
        lambda: deployments.get_deployment(store, OWNER, theirs.id),
        lambda: deployments.set_desired(store, OWNER, theirs.id, DesiredState.STOPPED),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert row(store, Deployment, theirs.id) == before
    assert serving.find_deployment(store, theirs.id).owner_id == OTHER.owner_id


def test_conversations_and_their_messages(store):
    chats.begin_conversation(store, OTHER, "talk", "Secret", {}, {})
    chat_messages.add_question(store, OTHER, "talk", "secret?", {"/m": "m"}, {})
    question, answer = chat_messages.messages(store, OTHER, "talk")

    def state():
        return [row(store, Conversation, "talk"), *(row(store, Message, one.id) for one in (question, answer))]

    before = state()
    chats.begin_conversation(store, OWNER, "talk", "Mine", {}, {})
    assert chats.list_conversations(store, OWNER, "secret") == chat_messages.messages(store, OWNER, "talk") == []
    assert chats.last_change(store, OWNER) == (None, 0)
    assert not chat_messages.can_bring_back(store, OWNER, "talk")
    assert answers.next_waiting(store, OWNER, "talk") is None
    refused = {
        "get": lambda: chats.get_conversation(store, OWNER, "talk"),
        "rename": lambda: chats.rename(store, OWNER, "talk", "Mine"),
        "delete": lambda: chats.delete_conversation(store, OWNER, "talk"),
        "restore": lambda: chats.restore(store, OWNER, "talk"),
        "ask": lambda: chat_messages.add_question(store, OWNER, "talk", "?", {"/m": "m"}, {}),
        "edit": lambda: chat_messages.replace_question(store, OWNER, question.id, "?", {"/m": "m"}, {}),
        "again": lambda: chat_messages.replace_answers(store, OWNER, question.id, {"/m": "m"}, {}),
        "bring back": lambda: chat_messages.bring_back(store, OWNER, "talk"),
        "stop": lambda: answers.stop_answers(store, OWNER, "talk"),
        "orphans": lambda: answers.break_off_orphans(store, OWNER, "talk", written_here=False),
    }
    for act in refused.values():
        with pytest.raises(NotFoundError):
            act()
    assert before == [
        row(store, Conversation, "talk"),
        row(store, Message, question.id),
        row(store, Message, answer.id),
    ]
    assert answers.next_waiting(store, OTHER, "talk").state == AnswerState.ANSWERING
    chats.delete_conversation(store, OTHER, "talk")
    assert chats.last_deleted(store, OWNER) is None and chats.last_deleted(store, OTHER).id == "talk"


def test_preferences(store):
    preferences.prefer(store, OTHER, "default_model", "/theirs")
    assert preferences.preference(store, OWNER, "default_model") is None
    preferences.prefer(store, OWNER, "default_model", "/mine")
    preferences.prefer(store, OWNER, "default_model", None)
    assert preferences.preference(store, OTHER, "default_model") == "/theirs"


def test_the_trash(store, theirs):
    folder = store.settings.home / "theirs"
    folder.mkdir()
    thing = Thing(ThingKind.RUN, "theirs", (endings.cancel_running(store, theirs.id, 1),), (folder,))
    with pytest.raises(NotFoundError):
        trash.throw_away(store, OWNER, thing)
    assert folder.exists() and jobs.get_job(store, OTHER, theirs.id)
    entry = trash.throw_away(store, OTHER, thing)
    before = row(store, Trash, entry.id)
    assert trash.list_trash(store, OWNER) == []
    for act in (trash.bring_back, trash.free):
        with pytest.raises(NotFoundError):
            act(store, OWNER, entry.id)
    assert row(store, Trash, entry.id) == before
    trash.free_old(store, 0)  # the sweep frees everybody's
    assert trash.list_trash(store, OTHER) == []


def test_what_anybody_needs_is_not_deleted_and_others_are_not_named(store, theirs):
    folder = store.settings.home / "shared"
    folder.mkdir()
    thing = Thing(ThingKind.DATASET, "shared", (), (folder,))
    deployments.create_deployment(store, OTHER, name="their model", purpose=Purpose.SERVE, model=str(folder))
    with pytest.raises(ConflictError, match="served as somebody else"):
        needs.refuse_needed(store, OWNER, thing)
    with pytest.raises(ConflictError, match="served as their model"):
        needs.refuse_needed(store, OTHER, thing)
    assert needs.users_of(store, OWNER, thing) == ([], [])


def test_news_of_ended_jobs(store, theirs):
    endings.fail(store, theirs.id, 1, "out of luck")
    assert visits.ended_since(store, OWNER, theirs.created_at) == []
    assert [job.id for job in visits.ended_since(store, OTHER, theirs.created_at)] == [theirs.id]

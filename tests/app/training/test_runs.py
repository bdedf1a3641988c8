"""What a person does with runs: finds, tags, archives, deletes, compares, clones, continues and sweeps them."""

from pathlib import Path

import pytest

from app.evaluation.judged_models import judged_models
from app.jobs.queries import job
from app.jobs.stop_and_resume import discard_job
from app.training import comparing
from app.training import sweeps as asking
from app.training.comparing import compare_runs
from app.training.continuing import checkpoints_of, clone_run, continue_run
from app.training.runs import (
    RunFilter,
    RunOrder,
    archive_runs,
    delete_runs,
    note_run,
    runs,
    runs_counted,
    tag_runs,
    tags,
    what_deleting_frees,
)
from app.training.start_training import start_training
from app.training.sweeps import start_sweep, sweep_standing, sweeps
from core.errors import InputError, NotFoundError, TooManyError
from core.specs import JobState
from core.training.sweep import Range, SweepPlan
from storage.actors import OWNER, Actor
from tests.finished import evaluated, rewarded, trained

ALL = RunFilter()


def names(which: RunFilter = ALL, **how) -> list[str]:
    return [run.name for run in runs(OWNER, which, **how)]


def test_sorted_by_validation_loss_runs_that_have_none_come_last(shop):
    rewarded(shop, "earned")
    trained(shop, "learned")
    start_training(OWNER, dataset=shop, name="waiting")
    assert names(order=RunOrder.LOSS) == ["learned", "waiting", "earned"], "a reward is no loss"


def test_runs_are_found_by_words_state_and_tag_and_sorted(shop):
    first, second = trained(shop, "alpha"), trained(shop, "Beta_50")
    waiting = start_training(OWNER, dataset=shop, name="gamma")
    assert names() == ["gamma", "Beta_50", "alpha"]
    assert names(order=RunOrder.NAME) == ["alpha", "Beta_50", "gamma"]
    assert names(order=RunOrder.LOSS) == ["Beta_50", "alpha", "gamma"], "runs without a loss come last"
    assert names(limit=1, offset=1) == ["Beta_50"]
    assert names(RunFilter("beta_50")) == ["Beta_50"] and names(RunFilter("alp")) == ["alpha"]
    assert names(RunFilter("shop")) and not names(RunFilter("datasets")), "folders above a dataset are not searched"
    assert names(RunFilter(states=(JobState.QUEUED,))) == ["gamma"]
    tag_runs(OWNER, [first.id, second.id], ["good", "try  again"])
    tag_runs(OWNER, [first.id], ["good"], remove=["try again"])
    assert tags(OWNER) == {"good": 2, "try again": 1}
    assert names(RunFilter(tags=("good",))) == ["Beta_50", "alpha"]
    assert names(RunFilter(tags=("good", "try again"))) == names(RunFilter("again")) == ["Beta_50"]
    note_run(OWNER, waiting.id, "  the learning rate was too high\n")
    assert (
        names(RunFilter("TOO high")) == ["gamma"] and job(OWNER, waiting.id).notes == "the learning rate was too high"
    )
    archive_runs(OWNER, [first.id])
    assert (runs_counted(OWNER, ALL), names(RunFilter(archived=True))) == (2, ["alpha"])
    archive_runs(OWNER, [first.id], archived=False)
    assert runs_counted(OWNER, ALL) == 3
    assert runs(Actor("somebody"), ALL) == [] and tags(Actor("somebody")) == {}


def test_what_cannot_be_a_tag_or_a_run_changes_nothing(shop):
    run = trained(shop)
    for tag in ("", " ", "a,b", "x" * 41, "a\x00b"):
        with pytest.raises(InputError):
            tag_runs(OWNER, [run.id], [tag])
    with pytest.raises(NotFoundError):
        tag_runs(OWNER, [run.id, "train-nobody"], ["good"])
    assert job(OWNER, run.id).tags == ()
    with pytest.raises(InputError):
        note_run(OWNER, run.id, "x" * 4001)


def test_several_runs_are_deleted_and_those_that_are_needed_stay(shop):
    old, waiting = trained(shop, "old"), start_training(OWNER, dataset=shop, name="waiting")
    Path(old.output_dir, "final", "weights").write_bytes(bytes(1000))
    assert what_deleting_frees(OWNER, [old.id]) >= 1000
    thrown, refused = delete_runs(OWNER, [old.id, waiting.id])
    assert [entry.name for entry in thrown] == ["old"] and "waiting has not ended" in refused[0].message
    assert names() == ["waiting"]


def test_a_queued_run_is_discarded_with_its_folder(shop):
    run = start_training(OWNER, dataset=shop)
    assert discard_job(OWNER, run.id).state == JobState.CANCELLED and not Path(run.output_dir).exists()


def test_a_comparison_shows_what_differs_and_the_scores(shop):
    first, second = trained(shop, "first"), trained(shop, "second", keep="last")
    compared = compare_runs(OWNER, [first.id, second.id])
    assert compared.settings == {"keep": ("best", "last")}
    assert compared.scores["best validation loss"] == (2.8, 2.8) and compared.scores["steps"] == (160, 160)
    with pytest.raises(InputError, match="1 run cannot be compared"):
        compare_runs(OWNER, [first.id])


def test_a_comparison_shows_each_runs_newest_evaluation_and_reads_it_once(shop, monkeypatch):
    first, second, unjudged = (trained(shop, name) for name in ("first", "second", "unjudged"))
    for run, close in ((first, 30), (second, 60), (first, 90)):
        evaluated(f"{run.output_dir}/final", shop, close)
    looked_at = []
    monkeypatch.setattr(comparing, "judged_models", lambda one: looked_at.append(one.id) or judged_models(one))
    scores = compare_runs(OWNER, [first.id, second.id, unjudged.id]).scores
    assert scores["rougeL on unseen examples"] == (pytest.approx(0.6), pytest.approx(0.4), None)
    assert len(looked_at) == len(set(looked_at)) == 3


def test_rewards_are_not_shown_as_losses(shop):
    learned, other = rewarded(shop, "rewarded"), trained(shop, "supervised")
    scores = compare_runs(OWNER, [learned.id, other.id]).scores
    assert scores["best mean reward"] == (0.5, None) and scores["mean reward at the start"] == (0.2, None)
    assert scores["best validation loss"] == (None, 2.8) and scores["last validation loss"] == (None, 3.4)
    found = checkpoints_of(OWNER, learned.id)
    assert [(one.step, one.validation_loss, one.mean_reward) for one in found] == [(80, None, 0.5), (160, None, 0.4)]
    assert [one.is_best for one in found] == [True, False], "the higher reward is the better one"


def test_a_clone_has_the_same_settings_but_those_that_are_changed(halted):
    again = clone_run(OWNER, halted.id, learning_rate=1e-4)
    differing = {field for field in again.spec if again.spec[field] != halted.spec[field]}
    assert differing == {"name", "output_dir", "learning_rate"}


def test_a_run_starts_again_from_any_checkpoint_with_changed_settings(halted):
    assert [one.step for one in checkpoints_of(OWNER, halted.id)] == [5, 10]
    for step, found in ((5, 5), (None, 10)):
        started = continue_run(OWNER, halted.id, step, epochs=3, learning_rate=1e-4)
        assert started.spec["resume_from_checkpoint"].endswith(f"/checkpoint-{found}")
        assert (started.spec["epochs"], started.spec["lora_r"]) == (3, halted.spec["lora_r"])
    with pytest.raises(NotFoundError, match="step 7") as raised:
        continue_run(OWNER, halted.id, 7)
    assert "5, 10" in raised.value.remedy
    with pytest.raises(InputError, match="lora_r: the checkpoint was trained with 32"):
        continue_run(OWNER, halted.id, 5, lora_r=8)
    with pytest.raises(InputError, match="epochs: .* 10 steps already") as raised:
        continue_run(OWNER, halted.id, 10, epochs=1)
    assert "2 epochs" in raised.value.remedy


def test_a_sweep_queues_all_its_runs_or_none(shop):
    plan = SweepPlan(vary={"learning_rate": (1e-4, 3e-4, 1e-3), "lora_r": (8, 16)})
    sweep = start_sweep(OWNER, plan, dataset=shop, model="starter", epochs=1)
    standing = sweep_standing(OWNER, sweep.id)
    assert [run.varied for run in standing.runs] == plan.points()
    assert [run.job.name for run in standing.runs] == [f"shop sweep {number}" for number in range(1, 7)]
    assert {run.job.spec["epochs"] for run in standing.runs} == {1} and standing.best is None
    assert [(one.name, count) for one, count in sweeps(OWNER)] == [("shop sweep", 6)]
    assert runs_counted(OWNER, RunFilter(sweep_id=sweep.id)) == 6
    with pytest.raises(InputError, match="lora_r"):
        start_sweep(OWNER, SweepPlan(vary={"lora_r": (8, 0)}), dataset=shop)
    many = SweepPlan(vary={"learning_rate": Range(low=1e-5, high=1e-3)}, runs=95)
    with pytest.raises(TooManyError, match="95 more jobs"):
        start_sweep(OWNER, many, dataset=shop)
    assert runs_counted(OWNER, ALL) == 6 and len(sweeps(OWNER)) == 1


def test_a_sweep_that_cannot_be_queued_whole_leaves_nothing(shop, monkeypatch):
    queued = iter((start_training, start_training))

    def start(*given, **values):
        if (ask := next(queued, None)) is None:
            raise TooManyError("100 jobs are already waiting.", "Cancel some.")
        return ask(*given, **values)

    monkeypatch.setattr(asking, "start_training", start)
    with pytest.raises(TooManyError):
        start_sweep(OWNER, SweepPlan(vary={"lora_r": (4, 8, 16)}), dataset=shop, model="starter")
    assert runs_counted(OWNER, ALL) == 0 and sweeps(OWNER) == [] and not list(Path(shop).parents[1].glob("runs/*"))

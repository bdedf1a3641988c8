"""The run card: steps, memory and time of a training before it starts, what speaks against it, and what to lower."""

import json

import pytest

from app.data.start_preparing import start_preparing
from app.jobs.forecast import Forecast
from app.plumbing.studio import home, store
from app.training import machine_speed as timing
from app.training import run_card as cards
from app.training.dataset_lengths import known_lengths
from app.training.run_card import run_card
from app.training.start_training import start_training, training_defaults
from core.forecast.speed import MachineSpeed
from core.machine import Machine, processor_and_cores
from storage.actors import OWNER
from storage.rows import Job
from tests.app.working import ended, work_off
from tests.core.forecast.speeds import SPEED as A_MACHINE

SPEED = A_MACHINE.model_copy(update={"processor": processor_and_cores()})


@pytest.fixture
def dataset(here):
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=100, name="rows"))


def asked(dataset: dict, model: str = "starter", **values) -> dict:
    values = {"model": model, "dataset": dataset["path"], "epochs": 4, "batch_size": 8, **values}
    return training_defaults(model, None, None) | values


def timed(speed: MachineSpeed = SPEED) -> None:
    (home() / "machine_speed.json").write_text(speed.model_dump_json())


def test_the_card_says_what_a_run_reads_writes_and_needs(dataset):
    card = run_card(OWNER, dataset, asked(dataset, gradient_accumulation_steps=2))
    assert (card.examples, card.effective_batch, card.steps, card.exact) == (80, 16, 20, True)
    assert card.tokens == pytest.approx(dataset["report"].tokens.mean * 320, rel=0.02)
    assert 0.5e9 < card.memory.peak < 2e9
    assert card.lower == {} and card.problems == ()
    assert card.download_bytes == 0 and 10e6 < card.disk_bytes < 100e6
    assert run_card(OWNER, dataset, asked(dataset, "qwen3-8b")).download_bytes == 2 * 8_190_735_360
    few = run_card(OWNER, dataset, asked(dataset, max_steps=5))
    assert (few.steps, few.tokens) == (5, pytest.approx(dataset["report"].tokens.mean * 40, rel=0.02))


def test_a_run_that_does_not_fit_is_offered_smaller_settings(dataset, monkeypatch):
    values = asked(dataset, batch_size=64, load_in_4bit=False)
    needed = run_card(OWNER, dataset, values).memory.training
    monkeypatch.setattr(cards, "this_machine", lambda: Machine(needed, 0))
    card = run_card(OWNER, dataset, values)
    assert card.problems[0].weight == "ask" and "Lower the settings" in card.problems[0].remedy
    assert card.lower["batch_size"] * card.lower["gradient_accumulation_steps"] == 64
    assert run_card(OWNER, dataset, values | card.lower).lower == {}


def test_what_would_stop_or_spoil_a_run_is_said_before(dataset, monkeypatch):
    monkeypatch.setattr(cards, "free_bytes", lambda place: 1_000_000)
    cut_off = run_card(OWNER, dataset, asked(dataset, max_seq_length=16))
    assert [problem.weight for problem in cut_off.problems] == ["stop", "ask"]
    assert "the question alone fills the maximum length" in cut_off.problems[0].message
    assert "disk" in cut_off.problems[1].message


def test_answers_that_would_be_cut_are_counted_before(dataset):
    limit = max(one.tokens for one in known_lengths(dataset["report"], "starter").sample) - 1
    (cut,) = run_card(OWNER, dataset, asked(dataset, max_seq_length=limit)).problems
    assert cut.weight == "note" and "of 80 would lose the end of an answer" in cut.message
    assert f"about {limit + 1} tokens" in cut.remedy
    assert not run_card(OWNER, dataset, asked(dataset, max_seq_length=limit + 1)).problems
    assert not run_card(OWNER, dataset, asked(dataset, max_seq_length=limit, method="pretrain")).problems


def test_time_comes_from_this_machines_speed_and_is_corrected_by_its_runs(dataset):
    values = asked(dataset)
    for method in ("sft", "grpo"):
        assert run_card(OWNER, dataset, values | {"method": method}).time == Forecast(measuring=True)
    timed(SPEED.model_copy(update={"processor": "another machine"}))
    assert run_card(OWNER, dataset, values).time.seconds is None
    timed()
    before = run_card(OWNER, dataset, values).time
    assert before.earlier == 0 and before.seconds > 8 and not before.measuring
    assert run_card(OWNER, dataset, values | {"epochs": 8}).time.seconds == pytest.approx(
        2 * before.seconds - 8, rel=0.03
    )
    twice = 2 * (before.seconds - 8)
    run = start_training(OWNER, **values | {"dataset": "rows"})
    ended(run, twice + 20, steps=40, train_tokens=10_000, seconds=twice)
    after = run_card(OWNER, dataset, values).time
    assert (after.earlier, after.seconds) == (1, pytest.approx(twice + 20, rel=0.05))
    assert run_card(OWNER, dataset, values | {"load_in_4bit": not values["load_in_4bit"]}).time.earlier == 0
    with store().write() as session:
        session.get(Job, run.id).attempt = 2  # an interrupted run says nothing about duration
    assert run_card(OWNER, dataset, values).time.earlier == 0


def test_until_the_machine_is_timed_earlier_runs_tell_the_time(dataset):
    values = asked(dataset)
    ended(start_training(OWNER, **values | {"dataset": "rows"}), 130, steps=3, train_tokens=10_000, seconds=100.0)
    card = run_card(OWNER, dataset, values)
    assert card.time.seconds == pytest.approx(30 + card.tokens / 100, rel=0.02) and card.time.measuring


def test_a_machine_timed_by_another_calibration_is_timed_again(here):
    timed()
    assert timing.machine_speed() == SPEED
    for version in ({}, {"version": SPEED.version + 1}):
        figures = SPEED.model_dump(mode="json", exclude={"version"}) | version
        (home() / "machine_speed.json").write_text(json.dumps(figures))
        timing._wanted.clear()
        assert timing.machine_speed() is None and timing._wanted.is_set()


def test_a_machine_is_timed_once_and_only_when_asked(here, monkeypatch):
    asked_for = []
    monkeypatch.setattr(timing, "run_errand", lambda *arguments, **_: asked_for.append(arguments) or timed())
    timing._wanted.clear()
    timing.measure_if_wanted()
    assert not asked_for
    assert timing.machine_speed() is None
    timing.measure_if_wanted()
    timing.measure_if_wanted()
    assert len(asked_for) == 1 and timing.machine_speed() == SPEED

"""Sample answers: the same questions at each validation, kept through a resume, without a trace in the training."""

import json
from pathlib import Path

import pytest
import torch

from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs.results.sample_answers import SAMPLE_ANSWERS, read_sample_answers
from core.training.run.checkpoints import RunState, is_of_run, load_state
from core.training.train import train
from core.training.watching import answer_length, sample_answers
from core.training.watching.answer_length import LARGEST_SHARE, affordable_tokens
from core.training.watching.sample_answers import choose_questions
from tests.core.training.runs import Recorder, changed, rows_about_illnesses

MEASURES = ("loss", "grad_norm", "learning_rate", "eval_loss")


class Killed(BaseException):
    """Simulates a SIGKILL: no code of ours catches it."""


class KilledAt(Recorder):
    def __init__(self, step: int):
        super().__init__()
        self.step = step

    def progress(self, done, total, stage=""):
        if done == self.step:
            raise Killed


def test_answers_at_each_validation_change_no_number_and_survive_a_kill(spec, recorder, monkeypatch):
    """LoRA dropout draws random numbers at every step, and rows are packed: both would show any trace."""
    monkeypatch.setattr(answer_length, "LARGEST_SHARE", 1e9)
    spec = changed(spec, merge_adapters=False, eval_steps=1, save_steps=3, keep="last")
    train(spec, recorder)
    asking = changed(spec, sample_answers=2, output_dir=f"{spec.output_dir}-asking")
    again = KilledAt(5)
    with pytest.raises(Killed):
        train(asking, again)
    assert [one.step for one in read_sample_answers(Path(asking.output_dir))][-2:] == [4, 4]
    again.step = None
    train(asking, again)

    for name in MEASURES:
        assert again.steps_of(name) == recorder.steps_of(name)
    ours, theirs = (Path(one.output_dir, "final", "adapter_model.safetensors") for one in (asking, spec))
    assert ours.read_bytes() == theirs.read_bytes()

    state = load_state(Path(asking.output_dir, "final"))
    assert 0 < state.answer_tokens <= 7 * 16 and state.answer_seconds > 0
    given = read_sample_answers(Path(asking.output_dir))
    assert [one.step for one in given] == [step for step in range(7) for _ in range(2)]
    questions = {one.question for one in given}
    assert len(questions) == 2 and all("What is" in question for question in questions)
    assert all("what the doctor asks" in one.expected for one in given)
    assert len({one.answer for one in given}) > 1, "the model has learned, so its answers must change"
    assert not Path(spec.output_dir, SAMPLE_ANSWERS).exists()
    assert is_of_run(Path(asking.output_dir, "final"), changed(asking, sample_answers=0))


@pytest.mark.parametrize("error", [MemoryError(), None], ids=["Python", "PyTorch"])
def test_a_run_ends_without_answers_where_they_do_not_fit_into_memory(spec, recorder, monkeypatch, error):
    def too_large(*_):
        if error:
            raise error
        torch.empty(1 << 60, dtype=torch.uint8)  # refused by the allocator of the CPU

    monkeypatch.setattr(sample_answers, "generate_batch", too_large)
    train(changed(spec, sample_answers=2, merge_adapters=False, max_steps=2), recorder)
    assert sum("No more sample answers" in event for event in recorder.events) == 1
    assert Path(spec.output_dir, "final").is_dir() and not Path(spec.output_dir, SAMPLE_ANSWERS).exists()


def test_any_other_failure_to_answer_fails_the_run(spec, recorder, monkeypatch):
    monkeypatch.setattr(sample_answers, "generate_batch", lambda *_: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match="size"):
        train(changed(spec, sample_answers=2, merge_adapters=False, max_steps=2), recorder)


def test_answers_take_at_most_a_twentieth_of_the_training_time():
    """Steps of 0.1 s, answers of 0.02 s a token, a validation each 20 steps; those to the base model come first."""
    state, lengths = RunState(), {}
    for step in range(0, 401, 20):
        state.step, state.seconds = step, 0.1 * step
        lengths[step] = affordable_tokens(state, 16, is_last=step == 400)
        state.answer_tokens += lengths[step]
        state.answer_seconds += 0.02 * lengths[step]
        assert step in (0, 400) or state.answer_seconds <= max(0.32, LARGEST_SHARE * state.seconds)
    assert lengths[0] == 16 and lengths[20] == 0 and lengths[400] >= 8
    assert sum(length > 0 for length in lengths.values()) > 8 and max(lengths.values()) == 16


def test_answers_are_as_long_as_allowed_where_they_cost_little_and_the_last_is_never_left_out():
    assert affordable_tokens(RunState(step=50, seconds=500, answer_tokens=48, answer_seconds=2), 48, False) == 48
    short = RunState(step=6, seconds=0.3, answer_tokens=16, answer_seconds=0.2)
    assert affordable_tokens(short, 16, is_last=False) == 0
    assert affordable_tokens(short, 16, is_last=True) == 8


def test_the_questions_are_the_same_every_time_and_fit(tiny_model):
    tokenizer, rows = load_tokenizer(locate(str(tiny_model))), rows_about_illnesses(30)
    first, again = (choose_questions(rows, tokenizer, 3, 200, seed=42) for _ in range(2))
    assert first == again and len({one.text for one in first}) == 3
    assert choose_questions(rows, tokenizer, 3, 200, seed=1) != first
    rows[0]["instruction"] = "why " * 500
    assert all(len(one.ids) < 200 for one in choose_questions(rows, tokenizer, 30, 248, seed=42))
    assert choose_questions([], tokenizer, 3, 200, seed=42) == []


def test_every_shape_has_questions(tiny_model):
    tokenizer = load_tokenizer(locate(str(tiny_model)))
    asked = [{"role": "user", "content": "Who is ill?"}]
    answered = [*asked, {"role": "assistant", "content": "The doctor."}]
    text = "The doctor asks who is ill, and the doctor answers that it is what the doctor asks and answers."
    shapes = [
        {"messages": json.dumps(answered * 2), "tools": ""},
        {"messages": json.dumps(asked), "chosen": "The doctor.", "rejected": "Nobody."},
        {"messages": json.dumps(asked), "output": "The doctor.", "label": "good"},
    ]
    for row in shapes:
        [question] = choose_questions([row], tokenizer, 3, 200, seed=0)
        assert "Who is ill?" in question.text and question.expected == "The doctor."
    [opening] = choose_questions([{"text": text}], tokenizer, 3, 200, seed=0)
    assert text.startswith(opening.text) and text.endswith(opening.expected.strip()) and opening.expected

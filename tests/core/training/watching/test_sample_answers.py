"""Sample answers: the same questions at each validation, kept through a resume, without a trace in the training."""

import json
from pathlib import Path

import pytest

from core.models.loading import load_tokenizer
from core.models.references import locate
from core.specs.results.sample_answers import SAMPLE_ANSWERS, read_sample_answers
from core.training.run.checkpoints import is_of_run
from core.training.train import train
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


def test_answers_at_each_validation_change_no_number_and_survive_a_kill(spec, recorder):
    """LoRA dropout draws random numbers at every step, and rows are packed: both would show any trace."""
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

    given = read_sample_answers(Path(asking.output_dir))
    assert [one.step for one in given] == [step for step in range(7) for _ in range(2)]
    questions = {one.question for one in given}
    assert len(questions) == 2 and all("What is" in question for question in questions)
    assert all("what the doctor asks" in one.expected for one in given)
    assert len({one.answer for one in given}) > 1, "the model has learned, so its answers must change"
    assert not Path(spec.output_dir, SAMPLE_ANSWERS).exists()
    assert is_of_run(Path(asking.output_dir, "final"), changed(asking, sample_answers=0))


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

"""Every method, trained on the starter model, improves its own measure on rows it has not seen.

The rows go the way of a person's file: written, prepared, split, trained on with the preset's settings for the method.
"""

from collections.abc import Callable
from math import exp
from pathlib import Path

import pytest

from core.specs import TrainSpec
from core.training.by_method import for_method
from core.training.presets import PRESETS
from core.training.train import train
from tests.core.training.public_rows import alpaca, c4, judged, prepared, sharegpt
from tests.core.training.runs import Recorder

pytestmark = pytest.mark.long


def _learned(folder: Path, method: str, rows: Callable[[], list[dict]], **settings) -> tuple[dict, dict]:
    """What is measured on the validation split before training and for the step kept, by name."""
    values = for_method(PRESETS["starter"], method) | {"epochs": 3, "merge_adapters": False} | settings
    recorder = Recorder()
    spec = TrainSpec(
        name="run", output_dir=str(folder / "run"), dataset=prepared(folder, rows), method=method, **values
    )  # fmt: skip
    kept = train(spec, recorder).kept_step
    names = {name.removeprefix("eval_") for name, _ in recorder.series if name.startswith("eval_")}
    before, after = ({name: recorder.steps_of(f"eval_{name}")[step] for name in names} for step in (0, kept))
    return before, after


@pytest.mark.parametrize(("method", "rows"), [("sft", alpaca), ("pretrain", c4)])
def test_the_perplexity_of_unseen_texts_falls(tmp_path, method, rows):
    before, after = _learned(tmp_path, method, rows)
    assert exp(after["loss"]) < exp(before["loss"]) / 4
    assert after["token_accuracy"] > before["token_accuracy"] + 0.1


@pytest.mark.parametrize("method", ["dpo", "orpo", "simpo"])
def test_unseen_pairs_are_ranked_right(tmp_path, method):
    before, after = _learned(tmp_path, method, sharegpt)
    assert before["reward_accuracy"] < 0.7 and after["reward_accuracy"] > 0.9
    assert after["reward_margin"] > before["reward_margin"] and after["loss"] < before["loss"]


@pytest.mark.parametrize("rows", [sharegpt, judged])
def test_good_unseen_answers_gain_on_bad_ones_by_kto(tmp_path, rows):
    before, after = _learned(tmp_path, "kto", rows)
    assert after["reward_margin"] > before["reward_margin"] + 0.5 and after["loss"] < before["loss"]


def test_answers_to_unseen_questions_earn_more_by_grpo(tmp_path):
    before, after = _learned(
        tmp_path, "grpo", alpaca, rewards=("length", "ends"), reward_min_words=5, reward_max_words=12, max_steps=20,
        batch_size=4, eval_steps=10, max_new_tokens=32,
    )  # fmt: skip
    assert after["reward"] > before["reward"] + 0.2

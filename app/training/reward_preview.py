"""What rewards give to a dataset's own answers and to wrong ones, before a run learns from them."""

from collections.abc import Mapping
from typing import Any

from app.plumbing.inspection import ask

FIELDS = (
    "rewards", "reward_weights", "reward_pattern", "reward_schema", "reward_min_words", "reward_max_words",
    "judge_endpoint", "judge_model", "judge_instructions", "judge_api_key_env", "seed",
)  # fmt: skip
"""The fields of TrainSpec that decide it."""
_SECONDS, _JUDGE_SECONDS = 30, 120


def preview_rewards(
    folder: str, settings: Mapping[str, Any], ask_judge: bool = False, questions: int = 6
) -> list[dict]:
    """Some questions of the dataset in `folder`, each with its answer and wrong ones, and what they earn.

    `settings` are values of FIELDS. A judge scores only if `ask_judge`: it is sent these answers. Each item is
    as `core.training.rewards.shown` makes it. Raises InputError for rewards that cannot be given.
    """
    seconds = _JUDGE_SECONDS if ask_judge else _SECONDS
    return ask("rewards", seconds, folder=folder, settings=dict(settings), count=questions, ask_judge=ask_judge)

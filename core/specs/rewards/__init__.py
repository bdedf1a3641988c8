"""The rewards that GRPO can be asked for, and the settings that some of them need. Light: no ML library."""

from typing import Literal

RewardName = Literal["answer_equals", "number_equals", "pattern", "json_schema", "length", "ends", "judge"]

NEEDED_BY: dict[str, RewardName] = {
    "reward_pattern": "pattern",
    "reward_schema": "json_schema",
    "judge_endpoint": "judge",
    "judge_model": "judge",
}
"""The settings without which a reward cannot be given."""

"""Before a run, rewards score the dataset's own answers and wrong ones, so that a person sees what earns what."""

from core.specs import TrainSpec
from core.training.rewards.shown import scored_examples
from tests.core.training.runs import rows_about_illnesses, save_dataset


def test_right_and_wrong_answers_are_scored_by_each_reward(tmp_path):
    dataset = str(save_dataset(tmp_path / "ill", train=rows_about_illnesses(12)))
    judged = {"judge_endpoint": "http://127.0.0.1:1/v1", "judge_model": "m"}
    spec = TrainSpec(
        name="r", output_dir="", dataset=dataset, method="grpo", rewards=("answer_equals", "ends", "judge"),
        reward_weights=(1.0, 0.5, 2.0), **judged,
    )  # fmt: skip
    shown = scored_examples(spec, 3)
    kinds = ["reference", "of another question", "cut in half", "empty"]
    assert [one["kind"] for one in shown] == kinds * 3
    assert [one["reward"] for one in shown[:4]] == [1.5, 0.5, 0.0, 0.5]
    assert shown[0]["scores"] == {"answer_equals": 1.0, "ends": 1.0}, "the judge was not asked"
    assert "What is" in shown[0]["question"] and shown[1]["answer"] != shown[0]["answer"]
    only = spec.model_copy(update={"rewards": ("judge",), "reward_weights": ()})
    assert {one["reward"] for one in scored_examples(only, 3)} == {None}

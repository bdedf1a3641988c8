"""GRPO on the Train page: rewards are chosen, checked at their field, and shown on the dataset's own answers."""

import pytest

from app.data.start_preparing import start_preparing
from app.jobs.queries import jobs
from app.training.start_training import start_training
from core.errors import InputError
from storage.actors import OWNER
from tests.app.working import work_off
from tests.framed import framed
from tests.pages.test_forms import labelled, told

GIVEN = {"model": "starter", "dataset": "rows", "method": "grpo"}


@pytest.fixture
def rows():
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))


@pytest.mark.long
def test_rewards_are_chosen_checked_and_started_with(rows):
    app = framed("train")
    labelled(app.segmented_control, "Method").set_value("grpo").run()
    start = labelled(app.button, "Start training")
    assert start.disabled and "Choose what is rewarded" in start.help
    labelled(app.pills, "What is rewarded").set_value(["pattern", "ends"]).run()
    assert "it is empty." in told(app)
    labelled(app.text_input, "Pattern").set_value("(a").run()
    assert "not a regular expression" in told(app)
    labelled(app.text_input, "Pattern").set_value("law|court").run()
    labelled(app.number_input, "Weight of “Ends by itself”").set_value(0.5).run()
    assert not app.error
    assert "Pack examples" not in [toggle.label for toggle in app.toggle], "TRL packs no rows"
    assert labelled(app.segmented_control, "Adapter to keep").options == ["Highest mean reward", "Last step"]
    command = app.code[0].value
    assert "--method grpo" in command and "--reward pattern ends --reward-weights 1.0 0.5" in command
    labelled(app.button, "Start training").click().run()
    spec = jobs(OWNER)[0].spec
    assert (spec["rewards"], spec["reward_weights"]) == (["pattern", "ends"], [1.0, 0.5])
    assert spec["reward_pattern"] == "law|court"


def test_a_run_without_rewards_or_with_a_foreign_judge_is_refused_on_its_field(rows):
    with pytest.raises(InputError, match="rewards: name at least one"):
        start_training(OWNER, **GIVEN)
    judge = {"rewards": ("judge",), "judge_endpoint": "http://10.0.0.1/v1", "judge_model": "m"}
    with pytest.raises(InputError, match=r"judge_endpoint: 10\.0\.0\.1 is not among the servers"):
        start_training(OWNER, **GIVEN, **judge)
    with pytest.raises(InputError, match="judge_api_key_env"):
        start_training(OWNER, **GIVEN, **judge | {"judge_endpoint": "http://127.0.0.1/v1", "judge_api_key_env": "PATH"})

"""The judge: asked at a real loopback server, its replies read, its key kept secret."""

import re

import pytest

from core.errors import InputError, UnavailableError
from core.specs import TrainSpec
from core.training.rewards.grading import Grading
from core.training.rewards.rules import Answer
from tests.core.data.synthesis.scripted import Script, completion

_ANSWERS = [Answer("What is gout?", "An illness.", text, True) for text in ("An illness.", "A fish.", "Hm.")]


@pytest.fixture
def script():
    served = Script()
    yield served
    served.close()


def _grading(script: Script, allowed=(), **given) -> Grading:
    values = {"judge_endpoint": script.address, "judge_model": "scripted"} | given
    spec = TrainSpec(name="r", output_dir="/r", dataset="/d", method="grpo", rewards=("judge",), **values)
    return Grading(spec, allowed_endpoints=allowed)


def test_each_answer_gets_the_score_in_its_reply(script):
    replies = {"An illness.": {"score": 9}, "A fish.": "2", "Hm.": "I cannot say."}

    def reply(body: dict) -> dict:
        asked = body["messages"][0]["content"]
        assert "short answers only" in asked and re.search(r"^\[reference answer \w+\]\nAn illness\.$", asked, re.M)
        return completion(replies[re.search(r"^\[answer \w+\]\n(.*)\n", asked, re.M)[1]])

    script.answer = reply
    grading = _grading(script, judge_instructions="Grade short answers only.".lower())
    assert grading.scores(_ANSWERS) == {"judge": [0.9, 0.2, None]}
    assert all(asked["temperature"] == 0 and asked["model"] == "scripted" for asked in script.asked)


def test_a_judge_that_never_scores_or_stays_away_ends_a_run_in_words(script):
    script.answer = lambda body: completion("What a day.")
    with pytest.raises(InputError, match="gives no scores"):
        _grading(script).scores(_ANSWERS)
    script.answer = lambda body: (503, {"Retry-After": "0"}, b"busy")
    with pytest.raises(UnavailableError, match="did not answer"):
        _grading(script).scores(_ANSWERS[:1])


def test_only_servers_that_the_owner_names_may_judge(script):
    with pytest.raises(InputError, match="not among the servers"):
        _grading(script, judge_endpoint="http://10.0.0.1/v1")
    assert _grading(script, ["http://10.0.0.1/v1"], judge_endpoint="http://10.0.0.1/v1")
    with pytest.raises(InputError, match="HF_TOKEN"):
        _grading(script, judge_api_key_env="HF_TOKEN")


def test_the_key_of_a_judge_goes_into_its_header_only(script, monkeypatch):
    monkeypatch.setenv("TUNEWRIGHT_JUDGE_API_KEY", "canary-secret-key")
    script.answer = lambda body: (401, {}, {"error": {"message": "Incorrect API key: canary-secret-key."}})
    with pytest.raises(InputError, match="Incorrect API key") as refused:
        _grading(script, [script.address]).scores(_ANSWERS[:1])
    assert script.headers[0]["Authorization"] == "Bearer canary-secret-key"
    assert "canary" not in f"{refused.value.message}{refused.value.remedy}{script.asked}"

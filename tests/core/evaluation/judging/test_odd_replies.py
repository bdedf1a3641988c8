"""Replies that come late, in odd forms or with broken characters: none ends a judging, and none is paid for twice."""

import threading

import pytest

from core.errors import InputError
from core.evaluation.judging.judge import judge
from core.reporting import Reporter, Stopped
from core.specs import StopRequest
from tests.core.data.synthesis.scripted import Script, completion
from tests.core.evaluation.judging.finished import evaluation_in, spec_for


@pytest.fixture
def script():
    served = Script()
    served.answer = lambda body: completion({"reason": "So.", "mark": 3})
    yield served
    served.close()


def answers(count: int) -> list[dict[str, str]]:
    return [{"base": f"Base {number}.", "tuned": f"Tuned {number}."} for number in range(count)]


def kept(folder) -> int:
    return sum(len(file.read_text().splitlines()) for file in (folder / ".answers").iterdir())


@pytest.mark.parametrize(
    "reply", ['{"reason": "nice \\ud83d", "mark": 3}', "nice \ud83d\nMark: 3", "\ud83d no verdict"]
)
def test_half_a_character_in_a_reply_does_not_lose_the_judging(script, tmp_path, reply):
    said = iter([reply])
    script.answer = lambda body: completion(next(said, "Mark: 3"))
    result = judge(spec_for(evaluation_in(tmp_path / "scores", answers(3)), script.address))
    assert result.calls == 6 and "\ufffd" in (tmp_path / "judged" / "judgements.json").read_text()


def test_a_refusal_with_half_a_character_is_shown(script, tmp_path):
    refusals = iter([(422, {}, {"error": {"message": "no \ud83d"}})])
    script.answer = lambda body: next(refusals, completion("Mark: 3"))
    result = judge(spec_for(evaluation_in(tmp_path / "scores", answers(3)), script.address))
    assert result.refused == 1 and "\ufffd" in result.samples[0]


def test_text_in_parts_is_read_and_a_count_that_is_none_is_estimated(script, tmp_path):
    parts = [{"type": "text", "text": '{"reason": "So.", '}, {"type": "text", "text": '"mark": 4}'}]
    said = [
        {"choices": [{"message": {"content": parts}}], "usage": {"total_tokens": "many"}},
        {"choices": [{"message": {"content": "Mark: 4"}}], "usage": "none"},
        {"choices": [{"message": {"content": 7}}]},
        {"choices": [{"message": "Mark: 4"}]},
        {"choices": ["Mark: 4"]},
        {"choices": []},
    ]
    order = iter(said)
    script.answer = lambda body: next(order)
    result = judge(spec_for(evaluation_in(tmp_path / "scores", answers(3)), script.address))
    assert result.unreadable == 4 and sum(counts[3] for counts in result.counts.values()) == 2
    assert result.tokens > 100


def test_what_has_come_before_a_pause_is_kept(script, tmp_path):
    class Pausing(Reporter):
        def stop_requested(self):
            return StopRequest.PAUSE if script.asked else None

    with pytest.raises(Stopped):
        judge(spec_for(evaluation_in(tmp_path / "scores", answers(8)), script.address), Pausing())
    assert kept(tmp_path / "judged") >= 1


def test_what_comes_along_with_a_refusal_of_everything_is_kept(script, tmp_path):
    together = threading.Barrier(4)

    def answer(body):
        last = together.wait(10) == 0
        return (401, {}, {"error": {"message": "The key has expired."}}) if last else completion("Mark: 3")

    script.answer = answer
    with pytest.raises(InputError, match="The key has expired"):
        judge(spec_for(evaluation_in(tmp_path / "scores", answers(2)), script.address))
    assert kept(tmp_path / "judged") == 3


def test_models_are_compared_with_the_look_up_where_the_reference_is_not_judged(script, tmp_path):
    rows = [one | {"nearest": "Found."} for one in answers(6)]
    folder = evaluation_in(tmp_path / "scores", rows)
    script.answer = lambda body: completion({"mark": 4 if "Tuned" in body["messages"][0]["content"] else 2})
    result = judge(spec_for(folder, script.address, answers_of=("tuned", "nearest")))
    assert result.reference == "nearest" and result.differences["tuned"]["nearest"].value == 2
    assert list(result.differences) == ["tuned"]


def test_a_look_up_as_the_reference_counts_once(script, tmp_path):
    rows = [one | {"nearest": "Found."} for one in answers(30)]
    folder = evaluation_in(tmp_path / "scores", rows)
    file = folder / "metrics.json"
    file.write_text(file.read_text().replace('"reference": "base"', '"reference": "nearest"'))
    script.answer = lambda body: completion({"mark": 4 if "Tuned" in body["messages"][0]["content"] else 2})
    told = judge(spec_for(folder, script.address, answers_of=("tuned", "nearest"))).differences["tuned"]["nearest"]
    assert told.corrected_p_value == told.p_value

"""A judging from its start to its verdict: what is asked, a person's ratings, when its scores count."""

import json
from collections import Counter
from pathlib import Path

import pytest

from app.evaluation.blind_votes import vote
from app.evaluation.judging.agreement import told_by_judges, trust_of
from app.evaluation.judging.ratings import (
    given,
    next_to_rate,
    pairs_to_vote_on,
    rate,
    take_back,
    to_rate,
)
from app.evaluation.judging.start_judging import preview_judging, start_judging
from core.errors import ConflictError, InputError, NotFoundError
from core.specs import EvaluateSpec, JobKind
from core.specs.kinds import Preferred
from storage import jobs
from storage.actors import OWNER
from tests.app.evaluation.judging.conftest import judged
from tests.core.data.synthesis.scripted import completion
from tests.judged import deserved

LABELS = {"base": "Base model", "tuned": "Tuned", "nearest": "Plain look-up"}


def rate_all(judging, count: int, mark=lambda one: deserved(one.answer)) -> None:
    for _ in range(count):
        one = next_to_rate(to_rate(OWNER, judging.id), given(OWNER, judging))
        rate(OWNER, judging, one, mark(one))


def test_a_judge_counts_only_once_the_person_agrees(evaluation, script):
    judging = judged(evaluation, script)
    [sentence] = told_by_judges(OWNER, evaluation, LABELS)
    assert "does not count. Not trusted yet: you have rated none of these answers" in sentence
    rate_all(judging, 19)
    [sentence] = told_by_judges(OWNER, evaluation, LABELS)
    assert "agreed with you on 19 of 19 answers" in sentence and "better" not in sentence
    rate_all(judging, 1)
    assert trust_of(OWNER, judging).passes
    told = list(told_by_judges(OWNER, evaluation, LABELS))
    assert len(told) == 2 and all(one.startswith("By the judge scripted at http://127.0.0.1") for one in told)
    assert "Tuned against Base model: better by 2.0 (2.0 to 2.0) marks." in told[0]
    take_back(OWNER, given(OWNER, judging))
    assert "better" not in " ".join(told_by_judges(OWNER, evaluation, LABELS))


def test_a_judge_that_the_person_disagrees_with_never_counts(evaluation, script):
    judging = judged(evaluation, script)
    rate_all(judging, 40, lambda one: 6 - deserved(one.answer))
    trust = trust_of(OWNER, judging)
    assert not trust.passes and trust.kappa.value < 0 and trust.tau.value < -0.9
    assert "change the judge" in next(told_by_judges(OWNER, evaluation, LABELS))


def test_a_persons_marks_count_for_every_judge_with_the_same_rubric_and_for_no_other(evaluation, script):
    first = judged(evaluation, script)
    rate_all(first, 25)
    second = judged(evaluation, script, model="another")
    assert trust_of(OWNER, second).rated == 25
    other = judged(evaluation, script, criteria="Only the spelling counts.")
    assert trust_of(OWNER, other).rated == 0


def test_answers_to_rate_come_in_random_order_different_questions_first_and_name_no_model(evaluation, script):
    judging = judged(evaluation, script)
    offered = to_rate(OWNER, judging.id)
    assert len(offered) == 90 and offered == to_rate(OWNER, judging.id)
    assert len({one.example for one in offered[:30]}) == 30
    assert [one.example for one in offered[:30]] != sorted(one.example for one in offered[:30])
    assert set(Counter(one.model for one in offered[:30])) == set(LABELS)
    with pytest.raises(InputError, match="6 is no mark"):
        rate(OWNER, judging, offered[0], 6)


def test_blind_votes_are_what_a_pairwise_judge_is_held_against(evaluation, script):
    judging = judged(evaluation, script, form="pairwise")
    assert trust_of(OWNER, judging).rated == 0
    for pair in pairs_to_vote_on(OWNER, judging)[:45]:
        one, other = map(deserved, pair.answers)
        preferred = Preferred.TIE if one == other else Preferred.LEFT if one > other else Preferred.RIGHT
        vote(OWNER, evaluation.id, pair, preferred)
    trust = trust_of(OWNER, judging)
    assert (trust.rated, trust.agreed, trust.passes) == (45, 45, True)
    told = " ".join(told_by_judges(OWNER, evaluation, LABELS))
    assert "Tuned against Base model: better by 100 (84 to 100) of 100 pairs (preferred in 30, tied in 0, not" in told


def test_a_biased_judge_is_not_trusted_by_votes(evaluation, script):
    script.answer = lambda body: completion({"better": "A"})
    judging = judged(evaluation, script, form="pairwise")
    for pair in pairs_to_vote_on(OWNER, judging)[:30]:
        vote(OWNER, evaluation.id, pair, Preferred.LEFT if deserved(pair.answers[0]) > 2 else Preferred.RIGHT)
    assert not trust_of(OWNER, judging).passes


def test_the_preview_is_what_is_sent_and_counts_the_calls(evaluation, script):
    asked = {"evaluation": evaluation.name, "limit": 10, "criteria": "Facts only."}
    shown = preview_judging(OWNER, 3, **asked)
    assert (shown.calls, shown.examples, len(shown.prompts)) == (30, 10, 3) and shown.tokens > 1000
    judged(evaluation, script, limit=10, criteria="Facts only.")
    assert {body["messages"][0]["content"] for body in script.asked} >= set(shown.prompts)
    assert len(script.asked) == 30
    assert len(preview_judging(OWNER, 99, **asked, form="pairwise").prompts) == 6


def test_what_cannot_be_judged_is_refused_before_a_job_is_made(evaluation, script):
    ask = {"evaluation": evaluation.id, "model": "scripted", "endpoint": script.address}
    for changed, error, says in (
        ({"endpoint": "http://10.0.0.1/v1"}, InputError, "not among the servers"),
        ({"api_key_env": "HOME"}, InputError, "HOME"),
        ({"model": None}, InputError, "No model was given"),
        ({"evaluation": "nothing"}, NotFoundError, "no job"),
        ({"evaluation": None}, InputError, "No evaluation was given"),
        ({"answers_of": ["tuned-2"]}, InputError, "has no tuned-2"),
        ({"scale": ["only one"]}, InputError, "scale"),
        ({"form": "pairwise", "answers_of": ["base"]}, InputError, "at least two"),
    ):
        with pytest.raises(error, match=says):
            start_judging(OWNER, **(ask | changed))
    assert not script.asked and not jobs.list_jobs(store_of(), OWNER, kind=JobKind.JUDGE)
    Path(evaluation.output_dir, "predictions.json").write_text(json.dumps([]))
    with pytest.raises(NotFoundError, match="answers of this evaluation are gone"):
        start_judging(OWNER, **ask)


def test_an_evaluation_that_has_not_finished_is_not_judged(here, shop):
    spec = EvaluateSpec(name="later", output_dir=str(here / "runs" / "later"), dataset=shop, model="starter")
    waiting = jobs.enqueue(store_of(), OWNER, spec, JobKind.EVALUATE)
    with pytest.raises(ConflictError, match="has not finished"):
        preview_judging(OWNER, evaluation=waiting.id)


def store_of():
    from app.plumbing.studio import store

    return store()

"""Pairs that a person votes on for a judge: from the judge's own plan, by the judge's own criteria."""

import json
import time
from pathlib import Path

from app.evaluation.blind_votes import asked_pairs, start_preference_dataset, vote, votes
from app.evaluation.judging.agreement import trust_of
from app.evaluation.judging.ratings import pairs_to_vote_on, spec_of
from app.evaluation.judging.start_judging import preview_judging
from core.specs.kinds import Preferred
from storage.actors import OWNER
from tests.app.evaluation.judging.conftest import judged
from tests.app.working import work_off
from tests.judged import an_evaluation, deserved


def fairly(pair) -> Preferred:
    one, other = map(deserved, pair.answers)
    return Preferred.TIE if one == other else Preferred.LEFT if one > other else Preferred.RIGHT


def test_a_judge_of_a_large_evaluation_can_be_trusted(here, shop, script):
    evaluation = an_evaluation(shop, str(here / "runs" / "large"), count=2000)
    judging = judged(evaluation, script, form="pairwise", limit=20)
    offered = pairs_to_vote_on(OWNER, judging)
    assert len(offered) == 60 and {pair.example for pair in offered} == set(range(20))
    asked = {(pair.example, frozenset(pair[1:3])): pair for pair in asked_pairs(OWNER, evaluation.id).pairs}
    both = [asked[key] for pair in offered if (key := (pair.example, frozenset(pair[1:3]))) in asked]
    assert len(both) < 40 and all(pair in offered for pair in both)  # on the same sides: a vote counts in both places
    for pair in offered[:45]:
        vote(OWNER, evaluation.id, pair, fairly(pair))
    assert trust_of(OWNER, judging).passes
    made = work_off(start_preference_dataset(OWNER, evaluation))
    assert made["report"].counts.read == sum(fairly(pair) != Preferred.TIE for pair in offered[:45])


def test_votes_count_only_for_judges_by_the_same_criteria(evaluation, script):
    usual = judged(evaluation, script, form="pairwise")
    own = judged(evaluation, script, form="pairwise", criteria="Only the spelling counts.")
    criteria = spec_of(own).own_criteria
    for pair in pairs_to_vote_on(OWNER, usual)[:5]:
        vote(OWNER, evaluation.id, pair, fairly(pair))
    for pair in pairs_to_vote_on(OWNER, own)[:3]:
        vote(OWNER, evaluation.id, pair, Preferred.TIE, criteria)
    assert (trust_of(OWNER, usual).rated, trust_of(OWNER, own).rated) == (5, 3)
    assert len(votes(OWNER, evaluation.id)) == 5 and len(votes(OWNER, evaluation.id, criteria)) == 3


def test_the_preview_of_a_large_evaluation_is_told_at_once_and_counts_what_is_sent(here, shop, script):
    evaluation = an_evaluation(shop, str(here / "runs" / "large"), count=2000)
    file = Path(evaluation.output_dir, "predictions.json")
    rows = json.loads(file.read_text())
    rows[1] = rows[0]  # the same question and answers: asked once
    file.write_text(json.dumps(rows))
    for form, calls in (("rubric", 5997), ("pairwise", 11994)):
        asked = {"evaluation": evaluation.id, "limit": 2000, "form": form}
        preview_judging(OWNER, **asked)
        began = time.process_time()
        assert preview_judging(OWNER, **asked).calls == calls
        assert time.process_time() - began < 1
    few = {"evaluation": evaluation.id, "limit": 3, "form": "pairwise"}
    told = preview_judging(OWNER, **few).tokens
    judged(evaluation, script, form="pairwise", limit=3)
    assert abs(told - sum(len(body["messages"][0]["content"]) for body in script.asked) / 4) < 0.02 * told

"""What a person is told where verdicts, answers or ratings are missing, and that old evaluations are still found."""

from pathlib import Path

import pytest

from app.evaluation.judging.agreement import told_by_judges, trust_of
from app.evaluation.judging.ratings import rate, to_rate
from app.evaluation.judging.start_judging import evaluation_of, find_evaluation, judgings_of
from app.plumbing.studio import store
from core.errors import CorruptArtifactError, NotFoundError
from core.specs import EvaluateSpec, JobKind
from storage.actors import OWNER
from storage.rows import Job
from tests.app.evaluation.judging.conftest import judged
from tests.judged import deserved


def test_lost_verdicts_are_not_told_as_ratings_never_given(evaluation, script):
    judging = judged(evaluation, script)
    rate(OWNER, judging, (one := to_rate(OWNER, judging.id)[0]), deserved(one.answer))
    file = Path(judging.output_dir, "judgements.json")
    file.write_text("[{")
    with pytest.raises(CorruptArtifactError, match="cannot be read"):
        trust_of(OWNER, judging)
    file.unlink()
    with pytest.raises(NotFoundError, match="verdicts of this judge are gone"):
        trust_of(OWNER, judging)
    [said] = told_by_judges(OWNER, evaluation, {})
    assert "verdicts of this judge are gone" in said and "rated none" not in said


def test_ratings_of_what_the_judge_was_not_asked_about_are_told_apart(evaluation, script):
    whole, part = judged(evaluation, script), judged(evaluation, script, limit=5)
    offered = to_rate(OWNER, whole.id)
    beyond, within = (next(one for one in offered if (one.example < 5) == inside) for inside in (False, True))
    rate(OWNER, whole, beyond, 3)
    told = trust_of(OWNER, part).sentence
    assert "of the answers that you have rated (1), it gave a verdict on none" in told
    rate(OWNER, whole, within, deserved(within.answer))
    assert "agreed with you on 1 of 1 answers" in (told := trust_of(OWNER, part).sentence)
    assert "(you rated 2; it gave no verdict on the others)" in told


def test_answers_that_are_gone_are_no_rated_answers(evaluation, script):
    judging = judged(evaluation, script)
    Path(evaluation.output_dir, "predictions.json").unlink()
    for _ in range(2):
        with pytest.raises(NotFoundError, match="answers of this evaluation are gone"):
            to_rate(OWNER, judging.id)


def test_an_evaluation_older_than_hundreds_of_others_is_found(evaluation, script):
    judging = judged(evaluation, script)
    spec = EvaluateSpec(name="later", output_dir="/later", dataset="d", model="m").model_dump(mode="json")
    with store().write() as session:
        for kind in (JobKind.EVALUATE, JobKind.JUDGE):
            session.add_all(
                Job(
                    id=f"{kind}-later-{number}", owner_id=OWNER.owner_id, kind=kind, name=f"later {number}",
                    state="succeeded", spec=spec | {"evaluation": "/later"}, spec_version=1, max_attempts=1,
                    output_dir=f"/later/{number}", log_path="",
                )
                for number in range(510)
            )  # fmt: skip
    assert evaluation_of(OWNER, judging).id == evaluation.id
    assert [one.id for one in judgings_of(OWNER, evaluation)] == [judging.id]
    for reference in (evaluation.id, evaluation.name, evaluation.output_dir):
        assert find_evaluation(OWNER, reference).id == evaluation.id

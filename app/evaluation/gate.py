"""The gate: whether a finished evaluation satisfies thresholds, and what it said, for command line and REST."""

from app.evaluation.stored import StoredEvaluation
from core.evaluation.gate.gate import Outcome, check
from core.evaluation.gate.thresholds import ThresholdsFile


def gate(evaluation: StoredEvaluation, demanded: ThresholdsFile) -> dict:
    """The outcome as plain values: `state`, `exit_code`, and of each condition `state`, `condition` and `why`.

    Raises InputError for a model or split that the evaluation does not have.
    """
    outcome: Outcome = check(evaluation.result, demanded, evaluation.rows, evaluation.spec)
    return {
        "state": str(outcome.state),
        "exit_code": outcome.exit_code,
        "checks": [{"state": str(one.state), "condition": one.condition, "why": one.why} for one in outcome.checks],
    }

"""The answers of an evaluation that a judging is about."""

import numpy as np

from app.evaluation.answers import answers_of
from app.jobs.results import EvaluateResult, read_result
from core.specs.results.evaluate import Prediction
from storage.rows import Job


def judged_rows(evaluation: Job, limit: int) -> dict[int, Prediction]:
    """The first rows of the main split by their places in predictions.json, in order; none if they are gone.

    Raises BusyError while the answers of an older version are being indexed.
    """
    index, split = answers_of(evaluation), read_result(evaluation, EvaluateResult).split
    if not index:
        return {}
    places = np.flatnonzero(index.having("split", "", split))[:limit].tolist()
    return dict(zip(places, index.rows(places), strict=True))

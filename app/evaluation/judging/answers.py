"""The answers of an evaluation that a judging is about."""

from functools import lru_cache

import numpy as np

from app.evaluation.answers import answers_of
from app.jobs.results import EvaluateResult, read_result
from core.evaluation.browsing.index import AnswerIndex
from core.specs.results.evaluate import Prediction
from storage.rows import Job


def judged_rows(evaluation: Job, limit: int) -> dict[int, Prediction]:
    """The first rows of the main split by their places in predictions.json, in order; none if they are gone.

    Raises BusyError while the answers of an older version are being indexed.
    """
    index, split = answers_of(evaluation), read_result(evaluation, EvaluateResult).split
    if not index:
        return {}
    return _rows(index, split, limit)


@lru_cache(maxsize=4)  # a form asks at every redrawing; a changed file has another index
def _rows(index: AnswerIndex, split: str, limit: int) -> dict[int, Prediction]:
    places = np.flatnonzero(index.having("split", "", split))[:limit].tolist()
    return dict(zip(places, index.rows(places), strict=True))

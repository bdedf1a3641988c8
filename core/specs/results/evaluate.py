"""What an evaluation finds, for its job's row, `metrics.json` and `predictions.json`."""

from core.specs.results.benchmark import Speed
from core.specs.results.result import Part, Result


class Score(Part):
    """A score with its 95 % interval, whose ends are None where there are too few examples for one."""

    value: float
    low: float | None = None
    high: float | None = None


class Difference(Score):
    """How far one model is above another on the same examples; the statistics are None in results of before them."""

    p_value: float | None = None
    """Two-sided, of this comparison alone."""
    corrected_p_value: float | None = None
    """By Holm's correction over all metrics and models of the evaluation: below 0.05, the two are told apart."""
    method: str = ""
    """The test and the interval, in words."""
    examples: int | None = None
    clusters: int | None = None
    """Source documents or conversations; None where each example stands alone."""
    spread: float | None = None
    """Standard deviation of the difference per example."""


Scorecard = dict[str, Score]
"""By name of the metric, see SCORE_NAMES."""


class EvaluateResult(Result):
    """Scorecards on one split. Roles are `base`, `tuned`, `gguf`, and `nearest` for the nearest-question baseline."""

    scorecards: dict[str, Scorecard]
    """By role."""
    differences: dict[str, Scorecard]
    """By other role: how far the tuned model is above it, paired by example."""
    examples: int
    split: str
    labels: bool
    """Whether the answers are class labels."""
    speed: dict[str, Speed] | None
    """By label of the model, where it was asked for."""
    seconds: float
    model: str
    dataset: str
    how: dict[str, str]
    """By role: what was scored, in words."""
    notes: list[str]
    files: list[str]

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        added = {"differences": {}, "labels": False, "speed": None, "notes": [], "how": {}}
        named = {"model": "", "dataset": "", "files": []}
        return added | named | values


class EvaluationFile(EvaluateResult):
    """`metrics.json`: the result, what was asked for and which attempt wrote it."""

    spec: dict
    made_by: str


class Prediction(Part):
    """One example of `predictions.json`, in the order of the split."""

    instruction: str
    input: str = ""
    reference: str
    topic: str = ""
    predictions: dict[str, str]
    """By role; empty for plain text, where nothing is generated."""
    scores: dict[str, dict[str, float]]
    """By role and metric."""

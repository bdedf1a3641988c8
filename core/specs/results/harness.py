"""What tasks of lm-evaluation-harness say about the models of an evaluation."""

from collections.abc import Iterator

from core.specs.results.result import Part

HARNESS_VERSION = "0.4.13"
"""The version that this studio was tried with."""


class HarnessScore(Part):
    """A metric of a task, as the harness gives it."""

    task: str
    metric: str
    value: float
    standard_error: float | None = None
    examples: int | None = None


class HarnessScores(Part):
    """The scores of each model on the tasks that were asked for."""

    version: str
    """Of lm-evaluation-harness."""
    scores: dict[str, list[HarnessScore]]
    """By model."""
    unmeasured: dict[str, str] = {}
    """By model, why it was not asked."""

    def rows(self) -> Iterator[tuple[str, str, dict[str, HarnessScore]]]:
        """Task, metric, and the score of each model."""
        found: dict[tuple[str, str], dict[str, HarnessScore]] = {}
        for name, scores in self.scores.items():
            for one in scores:
                found.setdefault((one.task, one.metric), {})[name] = one
        yield from ((task, metric, by_model) for (task, metric), by_model in found.items())

    def lines(self) -> Iterator[str]:
        """As text."""
        yield f"lm-evaluation-harness {self.version}, with standard errors:"
        for task, metric, by_model in self.rows():
            yield f"{task} {metric}: " + ", ".join(f"{name} {one_score(one)}" for name, one in by_model.items())
        yield from (f"{name}: {why}" for name, why in self.unmeasured.items())


def one_score(score: HarnessScore) -> str:
    """`0.4210 ± 0.0123`."""
    error = "" if score.standard_error is None else f" ± {score.standard_error:.4f}"
    return f"{score.value:.4f}{error}"

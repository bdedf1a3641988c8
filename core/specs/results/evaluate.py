"""What an evaluation finds, for its job's row, `metrics.json` and `predictions.json`."""

from typing import ClassVar, Literal, Self

from core.errors import CorruptArtifactError
from core.specs.results.benchmark import Speed
from core.specs.results.forgetting import ALL_FIELDS, GENERAL_SPLIT, Forgetting
from core.specs.results.harness import HarnessScores
from core.specs.results.result import Part, Result
from core.specs.results.scores import Difference, Score

Scorecard = dict[str, Score]
"""By name of the metric, see SCORE_NAMES."""
Differences = dict[str, dict[str, dict[str, Difference]]]
"""By model, by what it is compared with, and by metric: how far the model is above that, paired by example."""


class EvaluatedModel(Part):
    """One of the models compared. `model` is its reference; empty for a look-up and in results of older versions."""

    name: str
    kind: Literal["model", "adapter", "gguf", "endpoint", "look-up"]
    model: str = ""
    how: str = ""
    """What was scored, in words."""
    base: str = ""
    """The label of the base model that it was made from, or of itself if it is one; empty if unknown."""
    seconds: float | None = None
    """Of loading it, its losses and answers on all splits; None where an earlier attempt had a part in them, and in
    results of before it was stored."""


class Confusion(Part):
    """How often each label was answered with each."""

    labels: list[str]
    counts: list[list[int]]
    """A row for each label that was expected; a column for each that was said, and a last one for any other answer."""


class SilentMetric(Part):
    """A metric that says nothing about the answers of this dataset, and why."""

    metric: str
    reason: str


class SplitScores(Part):
    """The scores on one split, and what its references are like, as those of another split may be of another kind."""

    examples: int
    scorecards: dict[str, Scorecard]
    differences: Differences
    verdicts: list[str] = []
    answer_kind: str = ""
    telling: list[str] = []
    silent: list[SilentMetric] = []
    confusions: dict[str, Confusion] = {}


class EvaluateResult(Result):
    """The scorecards of all models on one split, and on further ones if several were asked for."""

    VERSION: ClassVar[int] = 2

    models: list[EvaluatedModel]
    """In the person's order."""
    reference: str
    """The name of the model that the others are compared with."""
    scorecards: dict[str, Scorecard]
    """By name of the model, in the same order."""
    differences: Differences
    """Of each model, but a look-up, to the reference and to the look-ups. Of a few models also to each other, by what
    says most."""
    verdicts: list[str] = []
    """What these say, a sentence for each two models: better on …, worse on …, not told apart on …."""
    examples: int
    split: str
    other_splits: dict[str, SplitScores] = {}
    labels: bool
    """Whether the answers are class labels."""
    answer_kind: str = ""
    """What the references are: labels, JSON, long answers, …"""
    telling: list[str] = []
    """The three metrics that say most about such answers, the most telling first."""
    silent: list[SilentMetric] = []
    confusions: dict[str, Confusion] = {}
    """By name of the model, where the answers are labels. This and all from `answer_kind` on are of `split`."""
    forgetting: Forgetting | None = None
    """What each model can do beside the dataset's subject, and lost of it; None where that was not asked for."""
    harness: HarnessScores | None = None
    """The scores on tasks of lm-evaluation-harness; None where none were asked for."""
    speed: dict[str, Speed] | None
    """By name of the model, in older results by its label, where it was asked for; not of models at an endpoint."""
    seconds: float
    model: str
    """The label of the evaluated model; several are separated by commas."""
    dataset: str
    """The name of the dataset or of the test file."""
    notes: list[str]
    files: list[str]

    @classmethod
    def read(cls, values: object, source: str) -> Self:
        """The result that parsed JSON holds. Raises CorruptArtifactError too if the reference has no scores: pages,
        reports and gates go by them."""
        found = super().read(values, source)
        if found.reference not in found.scorecards:
            of = found.reference or "any model"
            raise CorruptArtifactError(f"{source} holds no scores of {of}.", "Evaluate again.")
        return found

    @property
    def look_ups(self) -> list[str]:
        """The names of the look-ups."""
        return [one.name for one in self.models if one.kind == "look-up"]

    @property
    def subjects(self) -> list[str]:
        """The names of the models that verdicts are about: those compared with the reference, else that itself."""
        others = [name for name in self.scorecards if name not in (self.reference, *self.look_ups)]
        return others or [self.reference]

    def of_split(self, split: str) -> Self:
        """The same with `split` as the main one."""
        if split == self.split:
            return self
        if split == GENERAL_SPLIT and self.forgetting:
            return self._of_general_set(self.forgetting)
        own = SplitScores(**{name: getattr(self, name) for name in SplitScores.model_fields})
        others = {self.split: own, **self.other_splits}
        scores = others.pop(split)
        return self.model_copy(update={"split": split, "other_splits": others, **dict(scores)})

    @property
    def splits(self) -> list[str]:
        """All that answers are of, the main one first; the general set last."""
        return [self.split, *self.other_splits, *([GENERAL_SPLIT] if self.forgetting else [])]

    def _of_general_set(self, found: Forgetting) -> Self:
        """The same for the general set, whose answers are right or wrong."""
        return self.model_copy(
            update={
                "split": GENERAL_SPLIT, "examples": max(card[ALL_FIELDS].count for card in found.scores.values()),
                "scorecards": {name: {"accuracy": card[ALL_FIELDS]} for name, card in found.scores.items()},
                "differences": {
                    name: {found.bases[name]: {"accuracy": above[ALL_FIELDS]}}
                    for name, above in found.differences.items()
                },
                "verdicts": [], "confusions": {}, "labels": False, "telling": ["accuracy"], "silent": [],
            }
        )  # fmt: skip

    def how(self, name: str) -> str:
        """What was scored under this name, in words."""
        return next((one.how for one in self.models if one.name == name), "")

    def base_of(self, name: str) -> str:
        """The label of the base of the model of this name; empty if unknown.

        Results of before it was stored tell it where they name the models themselves: `base`, `tuned` and `gguf`.
        """
        known = next((one.base for one in self.models if one.name == name), "")
        is_named = self.reference == "base" and name in ("base", "tuned", "gguf")
        return known or (self.how("base").partition(" in ")[0] if is_named else "")

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        """From version 1, whose models were `base`, `tuned`, `gguf` and `nearest`; only `tuned` had differences."""
        added = {"labels": False, "speed": None, "notes": []}
        named = {"model": "", "dataset": "", "files": []}
        cards, differences, how = (_object(values.get(name)) for name in ("scorecards", "differences", "how"))
        kinds = {"tuned": "adapter", "gguf": "gguf", "nearest": "look-up"}
        compared = {
            "models": [{"name": name, "kind": kinds.get(name, "model"), "how": how.get(name, "")} for name in cards],
            "reference": "base" if "base" in cards else next(iter(cards), ""),
            "differences": {"tuned": differences} if differences else {},
        }
        return added | named | values | compared


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
    source: str = ""
    """The document that the example comes from."""
    tags: list[str] = []
    split: str = ""
    """Empty: the result's `split`."""
    messages: list[dict] = []
    """What the models were asked, where that is more than one question: a system prompt, earlier turns."""
    tools: list[dict] = []
    """The definitions of the tools that the example offers."""
    predictions: dict[str, str]
    """By model; empty for plain text, where nothing is generated."""
    scores: dict[str, dict[str, float]]
    """By model and metric."""


def _object(value: object) -> dict:
    return value if isinstance(value, dict) else {}

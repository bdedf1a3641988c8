"""The spec of a judging: a language model marks or compares the answers of a finished evaluation."""

import hashlib
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core.specs.spec import Spec

DEFAULT_CRITERIA = {
    "rubric": (
        "The answer is correct and complete: it says what the reference answer says, in whatever words, and nothing "
        "that contradicts it."
    ),
    "pairwise": "The better answer is the one that you would rather give to whoever asked: correct, complete, clear.",
}
"""By form."""
DEFAULT_SCALE = (
    "wrong, or no answer to the question",
    "mostly wrong",
    "partly right",
    "right, with flaws or gaps",
    "right and complete",
)
MOST_MARKS, MOST_EXAMPLES = 10, 2_000


class JudgeSpec(Spec):
    """Have a model mark every answer of an evaluation (`rubric`), or compare every two (`pairwise`, sides swapped)."""

    evaluation: str
    """The output folder of a finished evaluation, whose main split is judged."""
    form: Literal["rubric", "pairwise"] = "rubric"
    criteria: str = Field(default="", max_length=20_000)
    """What makes an answer good, in the person's words; empty: those of DEFAULT_CRITERIA."""
    scale: tuple[str, ...] = Field(default=DEFAULT_SCALE, min_length=2, max_length=MOST_MARKS)
    """What each mark of a rubric means, from 1 upwards."""
    answers_of: tuple[str, ...] = ()
    """Names of the evaluation's models to judge; empty: all."""
    with_reference: bool = True
    """Show the judge the reference answer."""
    limit: int = Field(default=100, ge=1, le=MOST_EXAMPLES)
    """Only this many examples, from the start of the split."""
    model: str
    """The judge: a model reference, or its name at `endpoint`."""
    endpoint: str | None = None
    """Base URL of an OpenAI-compatible API; None runs the model in this job."""
    api_key_env: str = "TUNEWRIGHT_JUDGE_API_KEY"
    """The environment variable with the endpoint's key; the key itself is never stored."""
    max_new_tokens: int = Field(default=512, ge=16, le=8192)
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = Field(default=42, ge=0)

    @field_validator("scale")
    @classmethod
    def _said(cls, scale: tuple[str, ...]) -> tuple[str, ...]:
        if any(not one.strip() or "\n" in one for one in scale):
            raise ValueError("say on one line what each mark means")
        return scale

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.form == "pairwise" and len(self.answers_of) == 1:
            raise ValueError("a pairwise judge compares at least two models")
        if len({*self.answers_of}) < len(self.answers_of):
            raise ValueError("a model is named twice")
        return self

    @property
    def asked_criteria(self) -> str:
        """The criteria that the judge is given."""
        return self.criteria.strip() or DEFAULT_CRITERIA[self.form]

    @property
    def own_criteria(self) -> str:
        """A hash of the criteria of a pairwise judge: votes by others say nothing of it. Empty for the usual ones."""
        asked = self.asked_criteria
        if asked == DEFAULT_CRITERIA["pairwise"]:
            return ""
        return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def rubric(self) -> str:
        """A hash of criteria and scale: a person's marks by one rubric say nothing of another."""
        return hashlib.sha256("\0".join((self.asked_criteria, *self.scale)).encode("utf-8", "replace")).hexdigest()[:16]

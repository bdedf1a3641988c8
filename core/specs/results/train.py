"""What a training returns."""

from typing import Literal

from core.specs.results.result import Part, Result


class MergeReport(Part):
    """How the adapter was merged. Differences are relative: length of the change in logits over their length."""

    method: Literal["original", "dequantized"]
    """Merged into the base's published weights, or into what its 4-bit weights dequantize to."""
    difference: float
    differences: dict[str, float]
    """Of every method tried."""
    dtype: str


class MergeRefused(Part):
    """Why no merged model was published; the adapter was."""

    refused: str


class TrainResult(Result):
    """A finished run. Validation losses are mean nats per answer token, None without a validation split."""

    adapter: str | None
    """Folder of the published adapter; None for full fine-tuning, and in results of versions that did not say."""
    merged_model: str | None
    """Folder of the whole model: merged, or `final/` itself after full fine-tuning."""
    merge: MergeReport | MergeRefused | None
    steps: int
    kept_step: int
    """The step whose adapter was published."""
    best_step: int | None
    first_validation_loss: float | None
    """Before the first step."""
    best_validation_loss: float | None
    last_validation_loss: float | None
    train_tokens: int
    seconds: float
    resumed_from: int | None
    """The step of the checkpoint that this run continued from."""
    ended_early: str | None = None
    """Why it ended before its last step; None if it did not."""
    mean_reward_before: float | None = None
    """GRPO: of the base's answers to held-out questions; their negative is the validation loss."""
    mean_reward_after: float | None = None
    """GRPO: of the kept step's answers to the same questions."""

    @classmethod
    def _upgraded(cls, values: dict) -> dict:
        losses = dict.fromkeys(("first_validation_loss", "best_validation_loss", "last_validation_loss"))
        missing = {"adapter": None, "merged_model": None, "merge": None, "best_step": None, "resumed_from": None}
        best_step = values.get("best_step")  # `kept_step` was added with `keep`: until then the best step was kept
        kept = {"kept_step": values.get("steps") if best_step is None else best_step}
        return losses | missing | kept | {"train_tokens": 0, "seconds": 0.0} | values

"""The spec of a training."""

from typing import Literal, Self

from pydantic import Field, model_validator

from core.shape import Shape
from core.specs.spec import Spec

Method = Literal["sft", "pretrain", "dpo", "orpo", "kto", "simpo"]
TrainOn = Literal["answers", "last_answer", "everything"]
"""Which tokens of an example the loss covers: all of the assistant's turns, its last one, or the prompt too."""

SHAPES: dict[Method, tuple[Shape, ...]] = {
    "sft": tuple(Shape),
    "pretrain": (Shape.TEXT,),
    "dpo": (Shape.PREFERENCE,),
    "orpo": (Shape.PREFERENCE,),
    "kto": (Shape.FEEDBACK, Shape.PREFERENCE),
    "simpo": (Shape.PREFERENCE,),
}
"""What each method learns from."""
_WANTED = {
    Shape.TEXT: "plain texts",
    Shape.PREFERENCE: "pairs of a better and a worse answer",
    Shape.FEEDBACK: "answers judged good or bad",
}

_PENALTIES = {"dpo": 0.1, "orpo": 0.1, "kto": 0.1, "simpo": 2.0}
"""β of each method where none is given: TRL's defaults; for SimPO the paper's, whose rewards are means per token."""

KEPT_WHEN_CONTINUING = ("method", "model", "load_in_4bit", "lora_r", "lora_alpha", "lora_dropout", "lora_targets")
"""The settings that a run which starts from another's checkpoint must share with it: they shape its weights."""


class TrainSpec(Spec):
    """Fine-tune `model` on the training split of `dataset` with QLoRA or LoRA, by one of several methods."""

    model: str = "starter"
    """A name from the catalogue, a local folder, or a Hugging Face id."""
    dataset: str
    method: Method = "sft"
    """Supervised fine-tuning, continued pretraining on plain text, or learning from preferences: DPO, ORPO and SimPO
    from pairs of answers, KTO from answers judged good or bad."""
    train_on: TrainOn = "answers"
    beta: float | None = Field(default=None, gt=0, le=100)
    """DPO and KTO: how strongly the model is held to its base; SimPO: the scale of rewards; ORPO: the weight of the
    preference beside the likelihood (λ in its paper). None: the method's own, 0.1, or 2 for SimPO."""
    simpo_gamma: float = Field(default=1.0, ge=0, le=100)
    """SimPO: by how much the reward of the better answer should exceed that of the worse."""
    desirable_weight: float = Field(default=1.0, ge=0, le=1000)
    """KTO: the weight of good answers in the loss."""
    undesirable_weight: float = Field(default=1.0, ge=0, le=1000)
    """KTO: the weight of bad answers in the loss."""
    packing: Literal["auto", "off"] = "auto"
    """Examples end to end in one row, each seeing only itself, where the model's family allows it; off: padded rows."""
    load_in_4bit: bool = True
    """NF4 with double quantization (QLoRA); off means LoRA on 16-bit weights."""
    epochs: float = Field(default=3, gt=0, le=1000)
    batch_size: int = Field(default=8, ge=1, le=1024)
    gradient_accumulation_steps: int = Field(default=1, ge=1, le=1024)
    learning_rate: float = Field(default=2e-4, gt=0, le=1)
    warmup_ratio: float = Field(default=0.05, ge=0, le=1)
    lr_scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    max_seq_length: int = Field(default=512, ge=16, le=131072)
    lora_r: int = Field(default=16, ge=1, le=1024)
    lora_alpha: float = Field(default=32, gt=0, le=4096)
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    prompt_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Drop up to this share of the prompt's words at each step: a regularizer for small datasets."""
    lora_targets: tuple[str, ...] = Field(default=("all-linear",), max_length=1000)
    """LoRA target modules such as `q_proj`, or `all-linear`."""
    save_steps: int = Field(default=50, ge=1)
    eval_steps: int = Field(default=50, ge=1)
    save_total_limit: int = Field(default=3, ge=1)
    """Checkpoint rotation: how many to keep besides the best."""
    keep: Literal["best", "last"] = "best"
    """Which adapter becomes `final`: that of the lowest validation loss, or of the last step."""
    seed: int = Field(default=42, ge=0)
    merge_adapters: bool = True
    resume_from_checkpoint: str | None = None
    """A checkpoint folder of another run; None resumes from this job's own checkpoints only."""

    @property
    def penalty(self) -> float:
        """β of the method; see `beta`."""
        return _PENALTIES[self.method] if self.beta is None else self.beta

    @model_validator(mode="after")
    def _fitting_the_method(self) -> Self:
        if self.method != "sft" and self.prompt_dropout:
            raise ValueError("prompt_dropout works with method sft only: set it to 0")
        if self.method != "sft" and self.train_on != "answers":
            raise ValueError("train_on is a setting of method sft: the other methods say what they learn from")
        if self.train_on == "everything" and self.prompt_dropout:
            raise ValueError("prompt_dropout would teach questions with missing words: set it to 0 or train on answers")
        return self


def methods_for(shape: Shape) -> list[Method]:
    """The methods that learn from data of this shape, the usual one first."""
    return [method for method, shapes in SHAPES.items() if shape in shapes]


def unfit_shape(method: Method, shape: Shape) -> tuple[str, str] | None:
    """Why a method cannot learn from data of this shape, and what to do; None if it can."""
    if shape in SHAPES[method]:
        return None
    wanted = " or ".join(_WANTED[one] for one in SHAPES[method])
    return (
        f"The method {method} learns from {wanted}; this dataset holds data of shape {shape}.",
        f"Choose a dataset with {wanted}, or one of these methods: {', '.join(methods_for(shape))}.",
    )

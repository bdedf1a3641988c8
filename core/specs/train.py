"""The spec of a training."""

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

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

KEPT_WHEN_CONTINUING = (
    "method", "model", "tuning", "load_in_4bit", "load_in_8bit", "lora_r", "lora_alpha", "lora_dropout", "lora_targets",
    "use_rslora", "use_dora", "optimizer",
)  # fmt: skip
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
    tuning: Literal["adapter", "full"] = "adapter"
    """What is trained: an adapter (LoRA) beside frozen weights, or all weights (full fine-tuning)."""
    load_in_4bit: bool = True
    """NF4 with double quantization (QLoRA); off means LoRA on 16-bit weights. Off by default if weights are to be
    trained themselves or held in 8 bits."""
    load_in_8bit: bool = False
    """LLM.int8 instead of NF4: twice the memory, closer to the original weights."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """What is computed in; `auto` is bfloat16 where the hardware multiplies it, else float32."""
    epochs: float = Field(default=3, gt=0, le=1000)
    max_steps: int | None = Field(default=None, ge=1, le=10_000_000)
    """Optimizer steps of the run, instead of epochs."""
    batch_size: int = Field(default=8, ge=1, le=1024)
    gradient_accumulation_steps: int = Field(default=1, ge=1, le=1024)
    learning_rate: float = Field(default=2e-4, gt=0, le=1)
    warmup_ratio: float = Field(default=0.05, ge=0, le=1)
    lr_scheduler: Literal["cosine", "linear", "constant", "warmup_stable_decay"] = "cosine"
    lr_decay_ratio: float = Field(default=0.2, gt=0, le=1)
    """The last part of the steps, in which `warmup_stable_decay` lowers the learning rate."""
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"] = "adamw"
    """AdamW with moments in 32 or 8 bits; paged ones move to the machine's memory when the GPU's runs out."""
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    max_seq_length: int = Field(default=512, ge=16, le=131072)
    lora_r: int = Field(default=16, ge=1, le=1024)
    lora_alpha: float = Field(default=32, gt=0, le=4096)
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    use_rslora: bool = False
    """Scale the adapter by alpha / √rank instead of alpha / rank (rsLoRA, arXiv:2312.03732): for high ranks."""
    use_dora: bool = False
    """Train the length of each weight column apart from its direction (DoRA, arXiv:2402.09353): slower."""
    lora_plus_ratio: float = Field(default=1, ge=1, le=1000)
    """By how much the adapter's B learns faster than its A (LoRA+, arXiv:2402.12354); 1 is plain LoRA."""
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
    early_stopping_patience: int | None = Field(default=None, ge=1, le=1000)
    """End the run once the validation loss has not fallen in this many validations; None trains to the last step."""
    neftune_alpha: float = Field(default=0, ge=0, le=100)
    """Noise on the embeddings in training (NEFTune, arXiv:2310.05914), 5 is usual: a regularizer. 0 is off."""
    gradient_checkpointing: bool | None = None
    """Compute activations again in the backward pass instead of keeping them; None does for large models."""
    use_liger: bool = False
    """Liger's fused kernels, on a GPU where the package liger-kernel is installed."""
    sample_answers: int = Field(default=0, ge=0, le=5)
    """How many questions of the validation split the model answers at each validation; changes no number of the run."""
    devices: int = Field(default=1, ge=1, le=16)
    """GPUs of this machine that share each step; the effective batch size stays the same."""
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

    @model_validator(mode="before")
    @classmethod
    def _no_4_bits_unless_asked(cls, values: object) -> object:
        if not isinstance(values, dict) or "load_in_4bit" in values:
            return values
        excluded = values.get("tuning") == "full" or values.get("load_in_8bit") is True
        return values | {"load_in_4bit": False} if excluded else values

    @field_validator("load_in_4bit", "load_in_8bit")
    @classmethod
    def _weights_can_be_trained(cls, quantized: bool, info: ValidationInfo) -> bool:
        if quantized and info.data.get("tuning") == "full":
            raise ValueError("full fine-tuning changes the weights themselves, so they cannot be quantized")
        if quantized and info.field_name == "load_in_8bit" and info.data.get("load_in_4bit"):
            raise ValueError("hold the weights in 4 or in 8 bits, not both")
        return quantized

    @field_validator("early_stopping_patience")
    @classmethod
    def _stops_at_the_best(cls, patience: int | None, info: ValidationInfo) -> int | None:
        if patience is not None and info.data.get("keep") == "last":
            raise ValueError("early stopping waits for steps that are worse than the best: keep the best, not the last")
        return patience


def steps_of(settings: Mapping[str, Any], examples: int) -> int:
    """Optimizer steps of a whole run: `max_steps`, else those of its epochs, a fraction rounded up. At least one.

    `settings` are complete fields of a TrainSpec.
    """
    if settings.get("max_steps"):
        return settings["max_steps"]
    each = steps_per_epoch(examples, settings["batch_size"], settings["gradient_accumulation_steps"])
    return max(1, math.ceil(round(settings["epochs"] * each, 6)))  # 1.1 × 100 is 110, though slightly more in binary


def steps_per_epoch(examples: int, batch_size: int, accumulation: int) -> int:
    """Optimizer steps in one pass over the data; the last one may see fewer examples."""
    return math.ceil(examples / (batch_size * accumulation))


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

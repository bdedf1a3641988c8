"""The spec of a training."""

from typing import Literal

from pydantic import Field

from core.specs.spec import Spec

KEPT_WHEN_CONTINUING = ("model", "load_in_4bit", "lora_r", "lora_alpha", "lora_dropout", "lora_targets")
"""The settings that a run which starts from another's checkpoint must share with it: they shape its weights."""


class TrainSpec(Spec):
    """Fine-tune `model` on the training split of `dataset` with QLoRA or LoRA."""

    model: str = "starter"
    """A name from the catalogue, a local folder, or a Hugging Face id."""
    dataset: str
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

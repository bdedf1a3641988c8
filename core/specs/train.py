"""The spec of a training."""

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from core.shape import Shape
from core.specs.rewards import NEEDED_BY, RewardName
from core.specs.rewards.checks import why_no_pattern, why_no_schema
from core.specs.spec import Spec

Method = Literal["sft", "pretrain", "dpo", "orpo", "kto", "simpo", "grpo"]
TrainOn = Literal["answers", "last_answer", "everything"]
"""Which tokens of an example the loss covers: all of the assistant's turns, its last one, or the prompt too."""

SHAPES: dict[Method, tuple[Shape, ...]] = {
    "sft": tuple(Shape),
    "pretrain": (Shape.TEXT,),
    "dpo": (Shape.PREFERENCE,),
    "orpo": (Shape.PREFERENCE,),
    "kto": (Shape.FEEDBACK, Shape.PREFERENCE),
    "simpo": (Shape.PREFERENCE,),
    "grpo": (Shape.INSTRUCTION, Shape.CHAT),
}
"""What each method learns from."""
_WANTED = {
    Shape.INSTRUCTION: "questions",
    Shape.CHAT: "conversations",
    Shape.TEXT: "plain texts",
    Shape.PREFERENCE: "pairs of a better and a worse answer",
    Shape.FEEDBACK: "answers judged good or bad",
}

_PENALTIES = {"dpo": 0.1, "orpo": 0.1, "kto": 0.1, "simpo": 2.0, "grpo": 0.04}
"""β of each method where none is given: TRL's defaults; for SimPO and GRPO their papers'."""

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
    from pairs of answers, KTO from answers judged good or bad, GRPO from rewards for answers that the model gives."""
    train_on: TrainOn = "answers"
    beta: float | None = Field(default=None, gt=0, le=100)
    """DPO, KTO and GRPO: how strongly the model is held to its base; SimPO: the scale of rewards; ORPO: the weight of
    the preference beside the likelihood (λ in its paper). None: 0.1, for SimPO 2, for GRPO 0.04."""
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
    """How many questions of the validation split the model answers at its validations, within a twentieth of the time
    that its steps take; changes no number of the run."""
    rewards: tuple[RewardName, ...] = Field(default=(), max_length=7, validate_default=True)
    """GRPO: what is rewarded in an answer, with 0 to 1 each; see `core.training.rewards`."""
    reward_weights: tuple[float, ...] = Field(default=(), max_length=7)
    """GRPO: the weight of each reward, in their order; a negative one punishes. None given: 1 each."""
    reward_pattern: str | None = Field(default=None, max_length=2000, validate_default=True)
    """The reward `pattern`: a regular expression that is searched for in an answer."""
    reward_schema: str | None = Field(default=None, max_length=100_000, validate_default=True)
    """The reward `json_schema`: the schema, as JSON, that an answer as a whole is to satisfy."""
    reward_min_words: int = Field(default=1, ge=0, le=100_000)
    """The reward `length`: from so many words on, in full."""
    reward_max_words: int = Field(default=100, ge=1, le=100_000, validate_default=True)
    """The reward `length`: up to so many words, in full."""
    judge_endpoint: str | None = Field(default=None, validate_default=True)
    """The reward `judge`: base URL of an OpenAI-compatible API."""
    judge_model: str | None = Field(default=None, validate_default=True)
    """The reward `judge`: the model's name there."""
    judge_instructions: str | None = Field(default=None, max_length=10_000)
    """The reward `judge`: what it is to look for; None asks whether an answer is correct and helpful."""
    judge_api_key_env: str = "TUNEWRIGHT_JUDGE_API_KEY"
    """The environment variable with the judge's key; the key itself is never stored."""
    generations: int = Field(default=8, ge=2, le=256)
    """GRPO: how many answers to each question are compared with each other."""
    max_new_tokens: int = Field(default=128, ge=1, le=32_768, validate_default=True)
    """GRPO: the longest answer; question and answer together are limited by `max_seq_length`."""
    temperature: float = Field(default=1.0, gt=0, le=2)
    """GRPO: how varied the answers are that it learns from."""
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

    @property
    def weight_by_reward(self) -> dict[RewardName, float]:
        """The rewards with their weights."""
        return dict(zip(self.rewards, self.reward_weights or (1.0,) * len(self.rewards), strict=True))

    @field_validator("rewards")
    @classmethod
    def _rewards_where_they_count(cls, rewards: tuple, info: ValidationInfo) -> tuple:
        method = info.data.get("method")
        if method not in (None, "grpo") and rewards:
            raise ValueError("rewards belong to method grpo; the others learn from the answers in the dataset")
        if method == "grpo" and not rewards:
            raise ValueError("name at least one: grpo learns from rewards alone")
        if len(set(rewards)) < len(rewards):
            raise ValueError("name each reward once, and give it a weight")
        return rewards

    @field_validator("reward_weights")
    @classmethod
    def _a_weight_for_each(cls, weights: tuple, info: ValidationInfo) -> tuple:
        if weights and "rewards" in info.data and len(weights) != len(info.data["rewards"]):
            raise ValueError("give one weight for each reward, in their order")
        if weights and not any(weights):
            raise ValueError("at least one weight must not be 0")
        return weights

    @field_validator(*NEEDED_BY)
    @classmethod
    def _what_a_reward_needs(cls, value: str | None, info: ValidationInfo) -> str | None:
        reward = NEEDED_BY[info.field_name]
        if value is None or not value.strip():
            if reward in info.data.get("rewards", ()):
                raise ValueError(f"the reward {reward} needs it")
            return None
        why_not = {"reward_pattern": why_no_pattern, "reward_schema": why_no_schema}.get(info.field_name)
        if why_not and (problem := why_not(value)):
            raise ValueError(problem)
        return value

    @field_validator("reward_max_words")
    @classmethod
    def _some_length(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("reward_min_words", 0):
            raise ValueError("must not be less than reward_min_words")
        return most

    @field_validator("max_new_tokens")
    @classmethod
    def _room_for_a_question(cls, most: int, info: ValidationInfo) -> int:
        if info.data.get("method") == "grpo" and most >= info.data.get("max_seq_length", most + 1):
            raise ValueError("question and answer share max_seq_length: give the answer less of it")
        return most

    @field_validator("devices", "precision", "lora_targets")
    @classmethod
    def _what_grpo_can_do(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("method") != "grpo":
            return value
        if info.field_name == "devices" and value != 1:
            raise ValueError("grpo trains on one GPU")
        if value == "float16":
            raise ValueError("grpo computes in bfloat16 or float32")
        if info.field_name == "lora_targets" and "lm_head" in value:
            raise ValueError("grpo cannot train an adapter on lm_head")
        return value

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


def examples_read(settings: Mapping[str, Any], examples: int) -> float:
    """How many examples a whole run reads, each counted as often as it is read; `max_steps` are taken as full."""
    if settings.get("max_steps"):
        return settings["max_steps"] * settings["batch_size"] * settings["gradient_accumulation_steps"]
    return examples * settings["epochs"]


def steps_per_epoch(examples: int, batch_size: int, accumulation: int) -> int:
    """Optimizer steps in one pass over the data; the last one may see fewer examples."""
    return math.ceil(examples / (batch_size * accumulation))


def methods_for(shape: Shape) -> list[Method]:
    """The methods that learn from data of this shape, the usual one first."""
    found = [method for method, shapes in SHAPES.items() if shape in shapes]
    return found[::-1] if shape == Shape.TEXT else found  # a text has no answers of its own


def unfit_shape(method: Method, shape: Shape) -> tuple[str, str] | None:
    """Why a method cannot learn from data of this shape, and what to do; None if it can."""
    if shape in SHAPES[method]:
        return None
    wanted = " or ".join(_WANTED[one] for one in SHAPES[method])
    return (
        f"The method {method} learns from {wanted}; this dataset holds data of shape {shape}.",
        f"Choose a dataset with {wanted}, or one of these methods: {', '.join(methods_for(shape))}.",
    )

"""The part of a training's settings that decides its memory and time, whatever the method."""

from dataclasses import dataclass
from typing import Literal

from core.forecast.shape import ModelShape
from core.machine import Machine

CHECKPOINTED_FROM_PARAMETERS = 1_000_000_000
"""Larger models train with gradient checkpointing by default: activations are computed again instead of kept."""
WIDE = 512
"""From this width on, matrix products take most of a step on a CPU, and bfloat16 pays where the processor has it."""
LONGEST_BY_PRODUCTS = 512
"""Up to this many tokens, plain matrix products beat PyTorch's blockwise attention on a CPU: its backward pass took
five times as long for 100 tokens in bfloat16. They keep all attention weights."""
MOST_FOLDED_BYTES = 256 << 20
"""Of copies of a model's linear layers, in the dtype it computes in, for answers in training. Larger copies would show
in a run's memory; the overhead of larger models is a small part of their work."""
QUERIES_IN_BLOCK = 128
"""In packed attention that is written by hand, on a CPU. Fewer multiply less in vain, and are more operations."""
BY_HAND_FAMILIES = frozenset({"llama", "mistral", "qwen2"})
"""Values of `model_type` whose decoder blocks `core.training.compute.blocks` computes on a CPU."""
MOST_EXPANDED_BYTES = 1 << 30
"""NF4 weights are dequantized once, and kept beside the packed ones, if all of them take no more than this."""
ROWS_OF_LOGITS = 256
"""How many of them there are at a time in those families in float32, twice as many in bfloat16: each product first
arranges the output layer's weights for itself, which has to be worth it."""
PACKED_FAMILIES = frozenset({
    "gemma", "gemma3_text", "gpt_neox", "granite", "llama", "mistral", "olmo2", "phi3", "qwen2", "qwen3", "smollm3",
})  # fmt: skip
"""Values of `model_type` for which packed and padded losses are equal."""

PAIRED = frozenset({"dpo", "orpo", "simpo"})
"""Methods that compare two answers to a question in one batch."""


@dataclass(frozen=True)
class Setup:
    """How a model is trained. `weight_bits`: of the base's linear layers. `compute_bytes`: of one activation.

    `noise`: on embeddings. `optimizer_bytes`: state per trained weight. `texts`: how many an example puts into a batch.
    `packed`: examples end to end in one row, without padding. `divisible`: half a batch gives half of the loss.
    `by_trl`: TRL computes the loss, and logits a tile at a time, again in the backward pass. `answer_tokens`: of each
    answer that the model gives in training.
    """

    on_gpu: bool
    compute_bytes: int
    weight_bits: float
    trains: Literal["adapter", "all"] = "adapter"
    rank: int = 16
    targets: tuple[str, ...] = ("all-linear",)
    dropout: bool = False
    dora: bool = False
    noise: bool = False
    checkpointing: bool = False
    optimizer_bytes: float = 8
    batch_size: int = 1
    accumulation: int = 1
    texts: int = 1
    packed: bool = True
    divisible: bool = True
    by_trl: bool = False
    answer_tokens: int = 0
    seed: int = 42

    def target_sizes(self, shape: ModelShape) -> dict[str, tuple[int, int]]:
        """(outputs, inputs) of the layers in one block that get an adapter. Names of other families mean all."""
        known = {name: sizes for name, sizes in shape.linear.items() if name in self.targets}
        return known or shape.linear

    @property
    def in_float32_here(self) -> bool:
        """Whether the CPU computes in float32, for which packed attention is written by hand, whoever else computes."""
        return not self.on_gpu and self.compute_bytes == 4

    @property
    def residual_bytes(self) -> int:
        """Of an element that passes from block to block: weights that are trained are held in float32."""
        return 4 if self.trains == "all" else self.compute_bytes

    def logits_by_rows(self, shape: ModelShape) -> bool:
        """Whether the output layer is part of the loss (`core.training.compute.loss`), a few rows at a time."""
        return not self.on_gpu and self.trains == "adapter" and shape.family in BY_HAND_FAMILIES

    @property
    def halves(self) -> bool:
        """Whether both halves of a batch are computed at once, as `core.training.compute.halves` does on a CPU."""
        alone = self.dropout or self.noise or (self.accumulation > 1 and self.trains == "all")
        return not self.on_gpu and self.packed and self.divisible and not alone

    @property
    def scored_without_gradient(self) -> bool:
        """Whether as many tokens again are read without gradients: KTO's other answers, GRPO's seen by the base."""
        return self.by_trl or not self.divisible

    @property
    def shares_beginnings(self) -> bool:
        """Whether tokens that all texts of a row begin with are computed once: no random numbers are drawn for them."""
        return self.packed and not (self.dropout or self.noise)

    def by_hand(self, shape: ModelShape) -> bool:
        """Whether `core.training.compute.blocks` computes the blocks of packed rows."""
        plain = not (self.dropout or self.dora or self.checkpointing) and self.weight_bits != 8
        everywhere = self.targets == ("all-linear",) or self.target_sizes(shape) == shape.linear
        adapter = self.trains == "adapter" and plain and everywhere
        return adapter and not self.on_gpu and self.packed and shape.family in BY_HAND_FAMILIES

    def expanded_bytes(self, shape: ModelShape) -> int:
        """Of NF4 weights that are kept dequantized, too."""
        expanded = self.compute_bytes * shape.linear_weights
        kept = self.by_hand(shape) and self.weight_bits == 4 and expanded <= MOST_EXPANDED_BYTES
        return expanded if kept else 0

    def trained_weights(self, shape: ModelShape) -> int:
        """How many weights learn."""
        if self.trains == "all":
            return shape.parameters
        sizes = self.target_sizes(shape).values()
        return shape.layers * self.rank * sum(outputs + inputs for outputs, inputs in sizes)


def setup_of(settings: dict, shape: ModelShape, machine: Machine) -> Setup:
    """The setup that the fields of a `TrainSpec` mean for a model of this shape on this machine."""
    on_gpu = machine.gpu_bytes > 0
    by_hardware = 2 if on_gpu or (machine.multiplies_bfloat16 and shape.width >= WIDE) else 4
    compute_bytes = {"float32": 4, "bfloat16": 2, "float16": 2}.get(settings.get("precision"), by_hardware)
    full = settings.get("tuning") == "full"
    bits = 8 * compute_bytes
    if not full and settings["load_in_4bit"]:
        bits = 4
    elif not full and settings.get("load_in_8bit"):
        bits = 8
    checkpointing, method = settings.get("gradient_checkpointing"), settings.get("method", "sft")
    by_trl = method == "grpo"
    return Setup(
        on_gpu=on_gpu,
        compute_bytes=compute_bytes,
        weight_bits=bits,
        trains="all" if full else "adapter",
        rank=settings["lora_r"],
        targets=tuple(settings["lora_targets"]),
        dropout=settings["lora_dropout"] > 0 and not full,
        dora=bool(settings.get("use_dora")),
        noise=settings.get("neftune_alpha", 0) > 0,
        checkpointing=shape.parameters > CHECKPOINTED_FROM_PARAMETERS if checkpointing is None else checkpointing,
        optimizer_bytes=2 if "8bit" in settings.get("optimizer", "") else 8,
        batch_size=settings["batch_size"],
        accumulation=settings["gradient_accumulation_steps"],
        texts=settings["generations"] if by_trl else 2 if method in PAIRED else 1,
        packed=shape.family in PACKED_FAMILIES and settings.get("packing", "auto") == "auto" and not by_trl,
        divisible=method != "kto",
        by_trl=by_trl,
        answer_tokens=settings["max_new_tokens"] if by_trl else 0,
        seed=settings.get("seed", 42),
    )

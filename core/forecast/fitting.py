"""Whether a machine can train a model in 16 or 4 bits, or run it, and why not; what to lower so that a run fits."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.forecast.lengths import LEARNED_SHARE, BatchSize, DatasetLengths, Length
from core.forecast.memory import Memory, memory_of
from core.forecast.setup import setup_of
from core.forecast.shape import ModelShape, shape_of, shape_of_known
from core.machine import Machine
from core.models.catalogue import CatalogueModel
from core.specs import TrainSpec
from core.specs.deployments import DEFAULT_CONTEXT_TOKENS

_USABLE = 0.9  # of the memory; the rest is the system's
_TOKENS_A_SECOND = 75 * 135_000_000  # per core, times parameters
_JOB_TOKENS = 600_000  # 1,000 examples of 200 tokens, three epochs
_SLOW_HOURS = 6
_Q4_K_M_BYTES = 0.61
_NEEDS = "Training on one example of 512 tokens at a time needs"
_ONE_EXAMPLE = BatchSize.of([Length(512, round(512 * LEARNED_SHARE))])
_SHORTEST, _MOSTLY = 64, 0.95


@dataclass(frozen=True)
class Fit:
    """`trains` is the widest precision that fits, `runs` whether a 4-bit GGUF of the model fits, `reason` why."""

    trains: Literal["16-bit", "4-bit"] | None
    runs: bool
    reason: str


def fit(model: CatalogueModel, machine: Machine) -> Fit:
    """What `machine` can do with `model`."""
    usable, memory = usable_bytes(machine), memory_text(machine)
    need = {bits: bytes_to_train(shape_of_known(model), bits == "4-bit", machine) for bits in ("16-bit", "4-bit")}
    runs = bytes_to_run(model) <= _USABLE * machine.memory_bytes
    trains = next((bits for bits in need if need[bits] <= usable), None)
    if trains is None:
        able = "It runs here as a GGUF" if runs else f"Running it needs {_gb(bytes_to_run(model))}"
        reason = f"{_NEEDS} {_gb(need['4-bit'])} even with 4-bit weights; this machine has {memory}. {able}."
    elif trains == "4-bit":
        in_4_bits = f"{_gb(need['4-bit'])} with 4-bit weights"
        reason = f"{_NEEDS} {_gb(need['16-bit'])} with 16-bit weights and {in_4_bits}, of the {memory} here."
    else:
        reason = f"{_NEEDS} {_gb(need['16-bit'])} of the {memory} here."
    hours = _JOB_TOKENS * model.parameters / (_TOKENS_A_SECOND * (os.cpu_count() or 1)) / 3600
    if trains and not machine.gpu_bytes and hours > _SLOW_HOURS:
        reason += f" Without a GPU it is slow: about {hours:,.0f} hours for 1,000 examples."
    return Fit(trains, runs, reason)


class Weights(NamedTuple):
    """Whether a base's weights are held in 4 bits while an adapter is trained over them, and why."""

    four_bit: bool
    reason: str


def weights_to_train(reference: str, machine: Machine) -> Weights:
    """16-bit weights (LoRA) if they fit into `machine`, otherwise 4-bit (QLoRA), which need less and learn as well.

    Raises what `shape_of` raises.
    """
    shape = shape_of(reference)
    if shape is None:
        return Weights(True, "Its size is not known yet, and 4-bit weights need the least memory.")
    needed, memory = bytes_to_train(shape, False, machine), machine.gpu_bytes or machine.memory_bytes
    if needed > usable_bytes(machine):
        return Weights(True, f"16-bit weights would need {_gb(needed)} of the {_gb(memory)} here: 4-bit weights fit.")
    return Weights(
        False,
        f"16-bit weights fit: one example of 512 tokens at a time needs {_gb(needed)} of the {_gb(memory)} here. They "
        "are faster, especially on a CPU, and merge without dequantizing.",
    )


def bytes_to_train(shape: ModelShape, four_bit: bool, machine: Machine) -> int:
    """Bytes for LoRA with default settings on one example of 512 tokens at a time."""
    defaults = {name: field.default for name, field in TrainSpec.model_fields.items()}
    return memory_of(shape, setup_of(defaults | {"load_in_4bit": four_bit}, shape, machine), _ONE_EXAMPLE).training


def bytes_to_run(model: CatalogueModel) -> int:
    """Bytes as a q4_k_m GGUF, with the KV cache of the default context."""
    cache = model.layers * 2 * model.key_width * 2 * min(model.context, DEFAULT_CONTEXT_TOKENS)
    return round(model.parameters * _Q4_K_M_BYTES + cache + 300_000_000)


def usable_bytes(machine: Machine) -> float:
    """What a training may take of the memory of the machine or its GPU."""
    return _USABLE * (machine.gpu_bytes or machine.memory_bytes)


def memory_text(machine: Machine) -> str:
    """The memory that a training takes its share of, in words."""
    on = " of GPU memory" if machine.gpu_bytes else " of memory"
    return f"{_gb(machine.gpu_bytes or machine.memory_bytes)}{on}"


def memory_of_run(shape: ModelShape, settings: dict, lengths: DatasetLengths, machine: Machine, steps: int) -> Memory:
    """The peak memory of a run with the settings of a `TrainSpec`, from the largest of the batches it will draw."""
    setup = setup_of(settings, shape, machine)
    drawn = lengths.seen(settings).batches(setup, steps)
    sizes = [memory_of(shape, setup, step[-1]) for step in drawn if step]  # a step's longest examples come last
    return max(sizes, key=lambda memory: memory.training, default=memory_of(shape, setup, _ONE_EXAMPLE))


def what_to_lower(
    shape: ModelShape, settings: dict, lengths: DatasetLengths, machine: Machine, steps: int
) -> dict | None:
    """The changed settings under which a run fits, the least harmful first; None if none do.

    First smaller batches, accumulated to the same effective size; then a shorter limit, as long as it cuts at most one
    example in twenty; then 4-bit weights, or an adapter instead of all weights; then shorter limits still.
    """
    for changes in _ways(settings, lengths):
        needed = memory_of_run(shape, settings | changes, lengths, machine, steps)
        if needed.training <= usable_bytes(machine):
            return {name: value for name, value in changes.items() if value != settings[name]}
    return None


def _ways(settings: dict, lengths: DatasetLengths) -> Iterator[dict]:
    batch, accumulation = settings["batch_size"], settings["gradient_accumulation_steps"]
    batches = [
        {"batch_size": part, "gradient_accumulation_steps": accumulation * batch // part}
        for part in range(batch, 0, -1)
        if batch % part == 0
    ]
    tokens = sorted(one.tokens for one in lengths.sample)
    long_enough = tokens[int(_MOSTLY * (len(tokens) - 1))] if tokens else 0
    limits = [settings["max_seq_length"]]
    while limits[-1] // 2 >= _SHORTEST:
        limits.append(limits[-1] // 2)
    harmless = [limit for limit in limits if limit == limits[0] or limit >= long_enough]
    harmful = limits[len(harmless) :]
    narrow = {"tuning": "adapter"} if settings["tuning"] == "full" else {"load_in_4bit": not settings["load_in_8bit"]}
    for weights, some in (({}, harmless), (narrow, harmless), (narrow, harmful)):
        for limit in some:
            for smaller in batches:
                yield {"max_seq_length": limit, **smaller, **weights}


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size < 10e9 else f"{size / 1e9:.0f} GB"

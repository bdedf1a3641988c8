"""Whether a machine can train a model in 16 or 4 bits, or run it, and why not. Loads no ML library."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from core.machine import Machine
from core.models.catalogue import CatalogueModel, find_in_catalogue
from core.models.memory import LIBRARIES, bytes_to_run, bytes_to_train
from core.models.references import locate

_FILES_SHARE = 2.5  # of a model's files: its 16-bit weights, an adapter, activations; generous against measurements
_USABLE = 0.9  # of the memory; the rest is the system's
_TOKENS_A_SECOND = 75 * 135_000_000  # per core, times parameters
_JOB_TOKENS = 600_000  # 1,000 examples of 200 tokens, three epochs
_SLOW_HOURS = 6


@dataclass(frozen=True)
class Fit:
    """`trains` is the widest precision that fits, `runs` whether a 4-bit GGUF of the model fits, `reason` why."""

    trains: Literal["16-bit", "4-bit"] | None
    runs: bool
    reason: str


def fit(model: CatalogueModel, machine: Machine) -> Fit:
    """What `machine` can do with `model`."""
    gpu = machine.gpu_bytes > 0
    usable = _USABLE * (machine.gpu_bytes if gpu else machine.memory_bytes)
    memory = f"{_gb(machine.gpu_bytes)} of GPU memory" if gpu else f"{_gb(machine.memory_bytes)} of memory"
    need = {bits: bytes_to_train(model, bits == "4-bit", gpu) for bits in ("16-bit", "4-bit")}
    runs = bytes_to_run(model) <= _USABLE * machine.memory_bytes
    trains = next((bits for bits in need if need[bits] <= usable), None)
    if trains is None:
        able = "It runs here as a GGUF" if runs else f"Running it needs {_gb(bytes_to_run(model))}"
        reason = f"Training needs {_gb(need['4-bit'])} even with 4-bit weights; this machine has {memory}. {able}."
    elif trains == "4-bit":
        reason = f"16-bit weights need {_gb(need['16-bit'])}, 4-bit weights {_gb(need['4-bit'])} of the {memory} here."
    else:
        reason = f"Training needs {_gb(need['16-bit'])} of the {memory} here."
    hours = _JOB_TOKENS * model.parameters / (_TOKENS_A_SECOND * (os.cpu_count() or 1)) / 3600
    if trains and not gpu and hours > _SLOW_HOURS:
        reason += f" Without a GPU it is slow: about {hours:,.0f} hours for 1,000 examples."
    return Fit(trains, runs, reason)


class Weights(NamedTuple):
    """Whether a base's weights are held in 4 bits while an adapter is trained over them, and why."""

    four_bit: bool
    reason: str


def weights_to_train(reference: str, machine: Machine) -> Weights:
    """16-bit weights (LoRA) if they fit into `machine`, otherwise 4-bit (QLoRA), which need less and learn as well.

    A model outside the catalogue is judged by the size of its files. Raises what `locate` raises.
    """
    known = find_in_catalogue(reference)
    if known:
        needed = bytes_to_train(known, four_bit=False, gpu=machine.gpu_bytes > 0)
    else:
        location = locate(reference)
        if location.kind != "transformers":
            return Weights(True, "Its size is unknown until it is downloaded, and 4-bit weights need the least memory.")
        files = sum(path.stat().st_size for path in Path(location.path).glob("*.safetensors"))
        needed = _FILES_SHARE * files + LIBRARIES
    memory = machine.gpu_bytes or machine.memory_bytes
    if needed > _USABLE * memory:
        return Weights(True, f"16-bit weights would need {_gb(needed)} of the {_gb(memory)} here: 4-bit weights fit.")
    return Weights(
        False,
        f"16-bit weights fit: {_gb(needed)} of the {_gb(memory)} here. They are faster, especially on a CPU, and merge "
        "without dequantizing.",
    )


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size < 10e9 else f"{size / 1e9:.0f} GB"

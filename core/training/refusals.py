"""Settings that this machine cannot train with, each refused on its field. Loads no ML library."""

from importlib.util import find_spec

from core.errors import InputError
from core.specs import TrainSpec


def refuse_unusable(spec: TrainSpec, gpu: bool) -> None:
    """Raise InputError if `spec` asks for what needs a GPU, or a package that is not installed."""
    for field, (why, remedy) in _unusable(spec, gpu).items():
        raise InputError(f"These settings cannot be used: {field}: {why}", remedy)


def _unusable(spec: TrainSpec, gpu: bool) -> dict[str, tuple[str, str]]:
    """By field: why its value cannot be used here, and what to do."""
    found = {}
    if str(spec.optimizer).startswith("paged") and not gpu:  # the app asks before values are validated
        unpaged = spec.optimizer.removeprefix("paged_")
        found["optimizer"] = (
            f"{spec.optimizer} moves its state out of a full GPU, and there is no GPU here",
            f"Use {unpaged}.",
        )
    if spec.precision == "float16" and not gpu:
        found["precision"] = ("float16 is for GPUs; processors compute it more slowly than float32", "Use auto.")
    if spec.use_liger and not gpu:
        found["use_liger"] = ("Liger's kernels run on a GPU, and there is none here", "Switch use_liger off.")
    elif spec.use_liger and find_spec("liger_kernel") is None:
        found["use_liger"] = (
            "the package liger-kernel is not installed",
            "Install it with `pip install liger-kernel`, or switch use_liger off.",
        )
    return found

"""The device that is measured: whether there is one, its matrix-multiply limit, and the memory that work on it took."""

import re
import time
from pathlib import Path

from core.machine import this_machine

_LIMIT_SECONDS, _IN_A_ROW = 1.0, 10
_SIZE = {"cuda": 8192, "cpu": 512}


def missing_gpu() -> str | None:
    """What this machine lacks to be measured as one with a GPU, in one sentence; None if nothing."""
    import torch

    return what_is_missing(this_machine().gpus, torch.cuda.is_available(), torch.__version__, torch.version.cuda)


def what_is_missing(gpus: int, usable: bool, torch_version: str, built_for: str | None) -> str | None:
    """The same from what is known of a machine. `built_for`: the CUDA version of PyTorch's build, None without one."""
    if usable:
        return None
    if not gpus:
        return "Nothing was measured: this machine has no NVIDIA GPU that nvidia-smi finds."
    if built_for is None:
        return f"Nothing was measured: PyTorch {torch_version} is built without CUDA; install its build for this GPU."
    return f"Nothing was measured: this GPU's driver does not run CUDA {built_for}, so update the driver."


def synchronize() -> None:
    """Wait until the device has done what it was asked to."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def forget_peak() -> None:
    """Let `peak_bytes` start anew, with what is still referred to."""
    import torch

    from core.training.compute.fitting import free_memory

    free_memory()
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5")  # of the resident set


def peak_bytes() -> int:
    """The most memory taken since `forget_peak`: resident, or on a GPU tensors, PyTorch's reserve and CUDA's own.

    Right only on a GPU that nobody else uses.
    """
    import torch

    if not torch.cuda.is_available():
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    free, total = torch.cuda.mem_get_info()
    besides_pytorch = total - free - torch.cuda.memory_reserved()
    return torch.cuda.max_memory_reserved() + besides_pytorch


def multiply_limit() -> float:
    """Floating-point operations a second of the fastest large matrix product: bfloat16 on a GPU, float32 elsewhere."""
    import torch

    from core.models.precision import device

    place = device()
    size, dtype = _SIZE[place.type], torch.bfloat16 if place.type == "cuda" else torch.float32
    left, right = (torch.randn(size, size, device=place, dtype=dtype) for _ in range(2))
    fastest, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < _LIMIT_SECONDS:
        synchronize()
        started = time.perf_counter()
        for _ in range(_IN_A_ROW):
            left @ right
        synchronize()
        fastest = min(fastest, (time.perf_counter() - started) / _IN_A_ROW)
    return 2 * size**3 / fastest

"""The processor, and what models can use: memory of the machine, its container and its GPU, and bfloat16.

Standard library only.
"""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import InputError

_NVIDIA_SMI_SECONDS = 20
_MIB = 1 << 20


@dataclass(frozen=True)
class Machine:
    """`memory_bytes` is the most a process may use, `gpu_bytes` that of the largest of its `gpus`, 0 without one.

    `multiplies_bfloat16`: whether the processor has instructions for bfloat16 products.
    """

    memory_bytes: int
    gpu_bytes: int
    multiplies_bfloat16: bool = False
    gpus: int = 0


@cache
def this_machine() -> Machine:
    """This machine, measured once: neither number changes while a process runs."""
    found = _gpus_bytes()
    return Machine(memory_bytes(), max(found, default=0), _multiplies_bfloat16(), len(found))


def memory_bytes(control_groups: Path = Path("/sys/fs/cgroup"), ours: Path = Path("/proc/self/cgroup")) -> int:
    """The machine's memory or the limit of its control groups (a container's), whichever is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [int(word) for file in _limit_files(control_groups, ours) if (word := file.read_text().strip()).isdigit()]
    return min([total, *limits])


def _limit_files(control_groups: Path, ours: Path) -> list[Path]:
    """The memory limits on this process: its control group's and those of all groups around it."""
    found = []
    for line in ours.read_text().splitlines() if ours.exists() else []:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            root, name = control_groups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = control_groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        # In a container the path may be the host's, of which only the root is visible.
        around = [folder for folder in (group, *group.parents) if folder == root or root in folder.parents]
        found += [folder / name for folder in around if (folder / name).is_file()]
    return found


def processor_name() -> str:
    """The processor's name, as the system tells it."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())  # ARM lists no name


def _multiplies_bfloat16() -> bool:
    try:
        described = Path("/proc/cpuinfo").read_text()
    except FileNotFoundError:
        return False
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", described, re.MULTILINE)
    return bool(flags and {"avx512_bf16", "amx_bf16", "bf16"} & set(flags[1].split()))


def check_devices(wanted: int) -> None:
    """Raise InputError if a run asks for more GPUs than this process may use.

    Without a GPU there is one device, the CPU; TUNEWRIGHT_CPU_DEVICES allows more processes on it, for tests.
    """
    gpus = this_machine().gpus
    if wanted > max(gpus, 1, int(os.environ.get("TUNEWRIGHT_CPU_DEVICES", "1"))):
        here = "no GPU" if gpus == 0 else "one GPU" if gpus == 1 else f"{gpus} GPUs"
        raise InputError(f"devices is {wanted}, but this machine has {here}.", f"Set devices to {max(gpus, 1)}.")


def _gpus_bytes() -> list[int]:
    """The memory of each GPU that this process may use."""
    tool, visible = shutil.which("nvidia-smi"), os.environ.get("CUDA_VISIBLE_DEVICES")
    if tool is None or visible == "":
        return []
    asked = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=_NVIDIA_SMI_SECONDS)
    if told.returncode != 0:  # nvidia-smi without a driver
        return []
    found = [int(line) * _MIB for line in told.stdout.split() if line.isdigit()]
    return sorted(found, reverse=True)[: len(visible.split(","))] if visible else found


def processor_and_cores() -> str:
    """What tells machines apart that compute at different speeds: the processor, and the cores this process may use."""
    return f"{processor_name()}, {len(os.sched_getaffinity(0))} cores"

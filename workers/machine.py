"""What this machine offers: processor cores and GPUs; and the kernel's count of out-of-memory kills."""

import os
import re
import shutil
import subprocess
from pathlib import Path

_NVIDIA_SMI_SECONDS = 20


def cores() -> int:
    """The processor cores this process may use, by its affinity and its container's quota, if any."""
    allowed = len(os.sched_getaffinity(0))
    quota = _core_quota()
    return max(1, min(allowed, int(quota))) if quota else allowed


def _core_quota() -> float | None:
    unified = Path("/sys/fs/cgroup/cpu.max")
    if unified.exists():
        limit, period = unified.read_text().split()
        return None if limit == "max" else int(limit) / int(period)
    folder = Path("/sys/fs/cgroup/cpu")
    if (folder / "cpu.cfs_quota_us").exists():
        limit = int((folder / "cpu.cfs_quota_us").read_text())
        return None if limit < 0 else limit / int((folder / "cpu.cfs_period_us").read_text())
    return None


def gpus(chosen: str = "all") -> list[str]:
    """The GPUs for jobs, as named in `CUDA_VISIBLE_DEVICES`; found without loading a CUDA library.

    `chosen` is `all`, `none`, or numbers or UUIDs separated by commas. This process's own
    `CUDA_VISIBLE_DEVICES` is a further limit.
    """
    tool = shutil.which("nvidia-smi")
    if chosen == "none" or tool is None:
        return []
    listing = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=_NVIDIA_SMI_SECONDS)
    if listing.returncode != 0:  # the tool is installed, but no driver
        return []
    found = parse_gpu_list(listing.stdout)
    for wanted in (chosen, os.environ.get("CUDA_VISIBLE_DEVICES", "all")):
        if wanted != "all":
            names = [name.strip() for name in wanted.split(",")]
            found = {index: uuids for index, uuids in found.items() if index in names or set(uuids) & set(names)}
    return [uuid for uuids in found.values() for uuid in uuids]


def parse_gpu_list(listing: str) -> dict[str, list[str]]:
    """From the text of `nvidia-smi -L`: a GPU's number → its UUID, or those of its slices where it is sliced (MIG)."""
    found: dict[str, list[str]] = {}
    number = ""
    for line in listing.splitlines():
        uuid = re.search(r"UUID: ([\w-]+)", line)
        if card := re.match(r"GPU (\d+):", line):
            number = card[1]
            found[number] = [uuid[1]] if uuid else []
        elif uuid and number:
            found[number] = [known for known in found[number] if known.startswith("MIG-")] + [uuid[1]]
    return found


def out_of_memory_kills() -> int:
    """How many processes the kernel's out-of-memory killer has ended: in our control group, else on this machine."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            word = Path(f"/sys/fs/cgroup/memory{path}/memory.oom_control")
        elif controllers == "":
            word = Path(f"/sys/fs/cgroup{path}/memory.events")
        else:
            continue
        if word.exists():
            return _counter(word)
    return _counter(Path("/proc/vmstat"))


def _counter(path: Path) -> int:
    found = re.search(r"^oom_kill (\d+)$", path.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0

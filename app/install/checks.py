"""What must be there before anything is installed: each missing thing is told in one line that says what to do."""

from __future__ import annotations

import functools
import importlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from app.install.steps import ROOT, SetupError

OLDEST_PYTHON = (3, 11)
DISK_BYTES_NEEDED = 6 * 10**9


def check_system() -> None:
    """Refuse a system whose kernel does not tell what jobs are held by: start times, boots, a clock through sleep."""
    if sys.platform != "linux":
        raise SetupError(
            f"Tunewright runs on Linux, this is {sys.platform}: use a Linux container or virtual machine "
            "(on Windows, WSL 2)."
        )


def check_python() -> None:
    """Refuse a Python that is too old, or one that cannot make environments."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        raise SetupError(f"Python {wanted} or newer is needed, this is {found}: run `make run PYTHON=python{wanted}`.")
    try:
        importlib.import_module("venv")
        importlib.import_module("ensurepip")
    except ImportError as error:
        raise SetupError(
            f"this Python has no '{error.name}' module: install it (Debian and Ubuntu: apt install python3-venv)."
        ) from error


def check_port(port: int) -> None:
    """Refuse a port that something on this machine already listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} cannot be used ({error.strerror}): take another one, as in `make run PORT={port + 1}`."
            ) from error


def check_disk() -> None:
    """Refuse a disk without room for the packages and the compiler's files."""
    free = shutil.disk_usage(ROOT).free
    if free < DISK_BYTES_NEEDED:
        raise SetupError(
            f"{DISK_BYTES_NEEDED / 1e9:.0f} GB of free disk are needed, {ROOT} has {free / 1e9:.1f}: make room there."
        )


def find_compiler() -> tuple[str, str]:
    """The C and C++ compilers, as paths; CC and CXX decide where they are set."""
    for c, cxx in ((os.environ.get("CC"), os.environ.get("CXX")), ("cc", "c++"), ("gcc", "g++"), ("clang", "clang++")):
        if c and cxx and shutil.which(c) and shutil.which(cxx):
            return shutil.which(c), shutil.which(cxx)
    raise SetupError("a C++ compiler is needed: install one (Debian and Ubuntu: apt install g++).")


def is_gcc(compiler: str) -> bool:
    """Whether a compiler, whatever its name, is GCC."""
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return "Free Software Foundation" in version.stdout


@functools.cache
def has_gpu() -> bool:
    """Whether a GPU driver answers. A CUDA compiler alone says nothing about a GPU."""
    if shutil.which("nvidia-smi") is None:
        return False
    listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return listing.returncode == 0 and listing.stdout.startswith("GPU ")


def can_build_cuda() -> bool:
    """Whether GGUFs can run on the GPU: a driver answers and there is a CUDA compiler."""
    return has_gpu() and shutil.which("nvcc") is not None


def tree_bytes(folder: Path) -> int:
    """What a folder takes on the disk."""
    return sum(entry.lstat().st_size for entry in folder.rglob("*") if entry.is_file() and not entry.is_symlink())

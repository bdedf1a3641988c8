"""Prerequisites, checked before anything is installed; each error is one line that says what to do."""

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
    """Reject systems other than Linux: leases need its process start times, boot id and boot-time clock."""
    if sys.platform != "linux":
        raise SetupError(
            f"Tunewright runs on Linux, this is {sys.platform}: use a Linux container or virtual machine "
            "(on Windows, WSL 2)."
        )


def check_python() -> None:
    """Reject a Python that is too old or cannot create environments."""
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
    """Reject a port that is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} cannot be used ({error.strerror}): choose another, as in `make run PORT={port + 1}`."
            ) from error


def check_disk() -> None:
    """Reject a disk without space for the packages and build files."""
    free = shutil.disk_usage(ROOT).free
    if free < DISK_BYTES_NEEDED:
        raise SetupError(
            f"{DISK_BYTES_NEEDED / 1e9:.0f} GB of free disk space are needed, {ROOT} has {free / 1e9:.1f}: free some."
        )


def find_compiler() -> tuple[str, str]:
    """The paths of the C and C++ compilers; CC and CXX take precedence."""
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
    """The size of a folder on disk, in bytes."""
    return sum(entry.lstat().st_size for entry in folder.rglob("*") if entry.is_file() and not entry.is_symlink())

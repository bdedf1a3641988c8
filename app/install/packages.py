"""The environment and its pinned packages; no CUDA packages without a GPU."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from app.install import checks
from app.install.steps import BUILD, PIP, PYTHON, ROOT, VENV, run, say

REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "tests" / "requirements.txt"
COMPILED = "llama-cpp-python"  # built by app/install/llama.py

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
INDEX_ANSWERS_WITHIN_SECONDS = 4


def pins(requirements: Path) -> dict[str, str]:
    """A requirements file as {name: version}."""
    lines = (line.strip() for line in requirements.read_text().splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def packages_key() -> str:
    """The step's key: the pins, and whether there is a GPU."""
    return hashlib.sha256(f"{pins(REQUIREMENTS)} gpu={checks.has_gpu()}".encode()).hexdigest()


def test_packages_key() -> str:
    """The step's key for the test packages."""
    return hashlib.sha256(str(pins(TEST_REQUIREMENTS)).encode()).hexdigest()


def environment_works() -> bool:
    """Whether `.venv` has a Python that starts and a pip."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def create_environment() -> None:
    """Create `.venv`, replacing one that does not work (its Python may have been removed)."""
    say(f"Creating .venv with Python {platform.python_version()} (about 5 s)")
    if VENV.exists():
        shutil.rmtree(VENV)
    run("environment", [sys.executable, "-m", "venv", str(VENV)])


def install_packages() -> None:
    """Install all pins except the compiled one; PyTorch first, as it decides about CUDA."""
    wanted = pins(REQUIREMENTS)
    del wanted[COMPILED]
    say(f"Installing {len(wanted)} packages (1 to 2 minutes on a fast line)")
    run("torch", [*PIP, "install", "--no-deps", f"torch=={wanted['torch']}", *_torch_index()])
    BUILD.mkdir(parents=True, exist_ok=True)
    rest = BUILD / "requirements.txt"
    rest.write_text("".join(f"{name}=={version}\n" for name, version in wanted.items()))
    run("packages", [*PIP, "install", "-r", str(rest)])
    say(f"Installed the packages; {_told_about_cuda()}")


def install_test_packages() -> None:
    """Install what `make test` needs in addition."""
    say("Installing what the tests need (a few seconds)")
    run("test packages", [*PIP, "install", "-r", str(TEST_REQUIREMENTS)])


def _torch_index() -> list[str]:
    """pip arguments that prefer PyTorch's CPU build; for Linux, PyPI has only the CUDA build."""
    if sys.platform != "linux" or checks.has_gpu():
        return []
    try:
        urllib.request.urlopen(f"{TORCH_CPU_INDEX}/torch/", timeout=INDEX_ANSWERS_WITHIN_SECONDS).close()
    except (urllib.error.URLError, TimeoutError) as error:
        say(f"PyTorch's own CPU index does not answer ({error}): using the build that pip finds")
        return []
    return ["--extra-index-url", TORCH_CPU_INDEX]


def _told_about_cuda() -> str:
    libraries = [path.stem for path in VENV.glob("lib/*/site-packages/nvidia_*.dist-info")]
    if not libraries:
        return "no CUDA packages among them"
    if checks.has_gpu():
        return f"{len(libraries)} of them are the CUDA libraries for your GPU"
    size = sum(checks.tree_bytes(folder) for folder in VENV.glob("lib/*/site-packages/nvidia"))
    return (
        f"{len(libraries)} CUDA packages ({size / 1e9:.1f} GB) were installed although no GPU driver answers, because "
        "only a CUDA build of PyTorch was available; they are not used"
    )

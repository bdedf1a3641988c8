"""llama.cpp from one pinned archive: the library, compiled for this machine, and the converter of the same commit."""

from __future__ import annotations

import os
import platform
import shutil
import tarfile
import threading
from pathlib import Path

from app.install import checks
from app.install.packages import COMPILED, REQUIREMENTS, pins
from app.install.steps import BUILD, PIP, VENV, SetupError, refuse_while_stopping, run, say

ARCHIVE_SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
BUILD_TOOLS = ["scikit-build-core==1.1.2", "cmake==4.4.4", "ninja==1.13.2", "packaging==26.3", "pathspec==1.1.1"]

CONVERTER = VENV / "share" / "llama.cpp"
CONVERTER_PARTS = ["convert_hf_to_gguf.py", "conversion", "gguf-py"]

# Built natively by GCC for a CPU with AMX, llama.cpp crashes on every quantized model: the optimizer drops the tile
# configuration (issue 20824 of ggml-org/llama.cpp). GCC honours these flags even beside -march=native.
FLAGS_AGAINST_AMX_CRASH = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"

# The package forces the build of the library behind llama.cpp's command-line tools: half the compile time, and unused
# here. This text occurs exactly once in the pinned archive.
FORCED_TOOLS = "set(LLAMA_BUILD_COMMON ON CACHE"
NO_TOOLS = "set(LLAMA_BUILD_COMMON OFF CACHE"

converter_placed = threading.Event()
"""Set once this build's converter is installed, long before compiling ends."""


def llama_key() -> str:
    """The step's key: the archive, and whether the build uses CUDA."""
    return f"{ARCHIVE_SHA256} cuda={checks.can_build_cuda()}"


def build_and_install() -> None:
    """Download the archive, install its converter, compile the wheel and install it into `.venv`."""
    c_compiler, cxx_compiler = checks.find_compiler()
    tools = BUILD / "tools"
    run("build tools", [*PIP, "install", "--upgrade", "--target", str(tools), *BUILD_TOOLS])
    environment = {
        "PYTHONPATH": str(tools),
        "PATH": f"{tools / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CC": c_compiler,
        "CXX": cxx_compiler,
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count()),
        "CMAKE_ARGS": cmake_arguments(),
    }
    flags = compiler_flags(platform.machine(), checks.is_gcc(cxx_compiler))
    for variable in ("CFLAGS", "CXXFLAGS"):
        environment[variable] = f"{os.environ.get(variable, '')} {flags}".strip()

    source = _fetch_source(environment)
    for part in CONVERTER_PARTS:
        _replace(source / "vendor" / "llama.cpp" / part, CONVERTER / part)
    converter_placed.set()
    _leave_out_tools(source / "CMakeLists.txt")

    how_long = "5 to 15 minutes, with CUDA" if checks.can_build_cuda() else "2 to 4 minutes on 2 cores"
    say(f"Compiling llama.cpp for this machine ({how_long})")
    run("llama.cpp", [*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", str(BUILD), str(source)], **environment)
    wheel = next(BUILD.glob(f"llama_cpp_python-{_version()}-*.whl"))
    run("llama.cpp wheel", [*PIP, "install", "--no-deps", "--force-reinstall", str(wheel)])
    say("Compiled llama.cpp")


def wait_for_converter() -> None:
    """Wait until the converter is installed. Raises SetupError if that step failed."""
    while not converter_placed.wait(timeout=0.5):
        refuse_while_stopping("base model")


def compiler_flags(machine: str, gcc: bool) -> str:
    """The compiler flags this machine needs for a build that does not crash."""
    return FLAGS_AGAINST_AMX_CRASH if gcc and machine in ("x86_64", "AMD64") else ""


def cmake_arguments() -> str:
    """llama.cpp without image input; with CUDA where it can be built and used."""
    return "-DLLAVA_BUILD=OFF" + (" -DGGML_CUDA=on" if checks.can_build_cuda() else "")


def extract(archive: Path, folder: Path) -> None:
    """Unpack plain files and folders into `folder`; an archive with anything else is rejected."""
    with tarfile.open(archive) as bundle:
        members = bundle.getmembers()
        for member in members:
            path = Path(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
                raise SetupError(f"the archive {archive.name} holds '{member.name}', which is not safe to unpack.")
        bundle.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.0 to 3.11.3 have none
        bundle.extractall(folder, members)


def _fetch_source(environment: dict[str, str]) -> Path:
    """The unpacked archive, downloaded by pip (using its mirrors and proxies) and verified by hash."""
    say("Downloading llama.cpp (77 MB)")
    wanted = BUILD / "llama.txt"
    wanted.write_text(f"{COMPILED}=={_version()} --hash=sha256:{ARCHIVE_SHA256}\n")
    download = ["download", "--no-deps", "--no-build-isolation", "--no-binary", COMPILED, "-d", str(BUILD)]
    run("llama.cpp archive", [*PIP, *download, "-r", str(wanted)], **environment)
    archive = next(BUILD.glob(f"llama_cpp_python-{_version()}.tar.gz"))
    source = BUILD / archive.name.removesuffix(".tar.gz")
    shutil.rmtree(source, ignore_errors=True)
    extract(archive, BUILD)
    return source


def _leave_out_tools(cmake_file: Path) -> None:
    text = cmake_file.read_text()
    if text.count(FORCED_TOOLS) != 1:
        raise SetupError(f"{cmake_file} does not hold '{FORCED_TOOLS}' once: the pinned archive has changed.")
    cmake_file.write_text(text.replace(FORCED_TOOLS, NO_TOOLS))


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)


def _version() -> str:
    return pins(REQUIREMENTS)[COMPILED]

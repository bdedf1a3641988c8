"""The set-up says in one line what is missing, unpacks nothing unsafe, and does not mistake a compiler for a GPU."""

import ast
import io
import os
import re
import socket
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from app.install import llama, packages, steps
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path):
    """A fresh clone as the set-up sees it: the sources by symlink, no `.venv`."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("app", "tests", "requirements.txt"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture
def bin_folder(tmp_path):
    """The only folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder, name, body):
    """A shell script on PATH; `exit` and `echo` need nothing else there."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def install(checkout, bin_folder, *options, first=""):
    """Run the real module in a child process, after the Python line `first`."""
    start = f"{first}; import runpy, sys; sys.argv = ['install', *{options!r}]; "
    start += "runpy.run_module('app.install', run_name='__main__')"
    environment = {**os.environ, "PATH": str(bin_folder)}
    for name in ("CC", "CXX"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", start.lstrip("; ")],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def assert_one_clear_line(result, *words):
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0]


def test_no_compiler(checkout, bin_folder):
    result = install(checkout, bin_folder)
    assert_one_clear_line(result, "C++ compiler", "apt install g++")
    assert not (checkout / ".venv").exists()


def test_no_disk(checkout, bin_folder):
    full = "import shutil, types; shutil.disk_usage = lambda path: types.SimpleNamespace(free=2_500_000_000)"
    assert_one_clear_line(install(checkout, bin_folder, first=full), "6 GB of free disk", "2.5", str(checkout))


def test_port_in_use(checkout, bin_folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = install(checkout, bin_folder, "--port", str(port))
    assert_one_clear_line(result, f"port {port}", f"make run PORT={port + 1}")


def test_old_python(checkout, bin_folder):
    old = "import sys; sys.version_info = (3, 9, 2, 'final', 0)"
    assert_one_clear_line(install(checkout, bin_folder, first=old), "Python 3.11", "this is 3.9", "PYTHON=python3.11")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_an_unsupported_system(checkout, bin_folder, system):
    other = f"import sys, app.install.llama, app.install.packages; sys.platform = {system!r}"
    assert_one_clear_line(install(checkout, bin_folder, first=other), "runs on Linux", system, "container")


def test_python_without_ensurepip(checkout, bin_folder):
    bare = "import sys; sys.modules['ensurepip'] = None"
    assert_one_clear_line(install(checkout, bin_folder, first=bare), "ensurepip", "python3-venv")


def test_old_pythons_can_parse_the_version_check():
    for source in (ROOT / "app" / "install").glob("*.py"):
        ast.parse(source.read_text(), feature_version=(3, 8))


def done(**keys: str) -> str:
    """A line of Python that marks every step as done, those in `keys` with another key."""
    steps = {"packages": "p", "llama": "l", "proof": "p + ' ' + l", "model": "models.BASE_MODEL"} | keys
    marks = zip(("packages", "llama.cpp", "proof", "base model"), steps.values(), strict=True)
    return (
        "from app.install import steps, packages, llama, models; p, l = packages.packages_key(), llama.llama_key(); "
        + "; ".join(f"steps.mark_done({step!r}, {key})" for step, key in marks)
    )


@pytest.fixture
def environment(checkout):
    """A `.venv` with a Python in it."""
    folder = checkout / ".venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)


def test_a_second_run_has_nothing_to_do(checkout, bin_folder, environment):
    result = install(checkout, bin_folder, first=done())
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_change_requires_a_new_build(checkout, bin_folder, environment):
    result = install(checkout, bin_folder, first=done(llama="'another'"))
    assert_one_clear_line(result, "C++ compiler")


def test_a_crashing_library_is_reported_with_its_signal_and_a_remedy(checkout, bin_folder, environment):
    proof = checkout / "core" / "export" / "smoke_test.py"
    proof.parent.mkdir(parents=True)
    proof.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    result = install(checkout, bin_folder, first=done(proof="'not yet'"))
    assert result.returncode == 1
    assert "crashes on a quantized model" in result.stderr
    assert "make run CC=clang CXX=clang++" in result.stderr
    assert "SIGSEGV" in result.stderr
    assert "Traceback" not in result.stderr


def fetching(checkout, body):
    """A replacement for the download of the base model."""
    place = checkout / "core" / "models" / "fetching.py"
    place.parent.mkdir(parents=True)
    place.write_text(body)
    return done(model="'another'")


def test_without_an_index_the_set_up_completes_and_says_how_to_get_the_model(checkout, bin_folder, environment):
    told = {"type": "UnavailableError", "message": "No index.", "remedy": "Run `fetch`."}
    body = f"import json; print(json.dumps({told})); raise SystemExit(1)"
    result = install(checkout, bin_folder, first=fetching(checkout, body))
    assert result.returncode == 0, result.stderr
    assert "runs on the starter model. No index. Run `fetch`." in result.stdout
    assert "Set-up is complete" in result.stdout
    again = install(checkout, bin_folder)
    assert (again.returncode, again.stdout) == (0, "")  # it is tried once, not at each start


def test_a_killed_download_is_reported_with_the_command_for_later(checkout, bin_folder, environment):
    result = install(checkout, bin_folder, first=fetching(checkout, "import os; os.kill(os.getpid(), 9)"))
    assert result.returncode == 0, result.stderr
    assert "SIGKILL" in result.stdout
    assert "models --fetch smollm2-135m" in result.stdout


def test_the_model_waits_for_the_converter_unless_its_step_failed(checkout, bin_folder):
    begin = (
        "from app.install.__main__ import side_by_side; from app.install.models import fetch_base_model; "
        "from app.install.steps import run; "
        "side_by_side([{'base model': fetch_base_model}, {'llama.cpp': lambda: run('short', ['/bin/false'])}], {})"
    )
    assert "the step 'short' ended with exit code 1" in install(checkout, bin_folder, first=begin).stderr


@pytest.mark.parametrize(
    ("programs", "gpu", "cuda"),
    [
        ({}, False, False),
        ({"nvcc": "exit 0"}, False, False),
        ({"nvcc": "exit 0", "nvidia-smi": "echo No devices were found; exit 6"}, False, False),
        ({"nvidia-smi": "echo 'GPU 0: H200'"}, True, False),
        ({"nvcc": "exit 0", "nvidia-smi": "echo 'GPU 0: H200'"}, True, True),
    ],
)
def test_a_gpu_is_a_driver_that_answers(bin_folder, programs, gpu, cuda):
    for name, body in programs.items():
        program(bin_folder, name, body)
    look = "from app.install import checks, llama; print(checks.has_gpu(), llama.cmake_arguments())"
    told = subprocess.run(
        [sys.executable, "-c", look],
        cwd=ROOT,
        env={**os.environ, "PATH": str(bin_folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith(str(gpu))
    assert ("-DGGML_CUDA=on" in told) == cuda


def test_gcc_on_x86_builds_without_amx():
    assert llama.compiler_flags("x86_64", gcc=True).split() == ["-mno-amx-tile", "-mno-amx-int8", "-mno-amx-bf16"]
    assert llama.compiler_flags("x86_64", gcc=False) == ""
    assert llama.compiler_flags("aarch64", gcc=True) == ""


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_the_source_of_llama_cpp_is_verified_by_hash(tmp_path, monkeypatch):
    wanted = []

    def pip(_what, command, **_environment):
        wanted.append(Path(command[-1]).read_text().split())
        raise steps.SetupError("pip found other bytes")

    monkeypatch.setattr(llama, "BUILD", tmp_path)
    monkeypatch.setattr(llama, "run", pip)
    with pytest.raises(steps.SetupError, match="other bytes"):
        llama._fetch_source({})
    assert [line[1] for line in wanted] == [f"--hash=sha256:{llama.ARCHIVE_SHA256}"]
    assert re.fullmatch(r"[0-9a-f]{64}", llama.ARCHIVE_SHA256)


@pytest.mark.parametrize(
    "bad",
    [
        member("src/../../outside"),
        member("/outside"),
        member("src/link", tarfile.SYMTYPE, "/etc"),
        member("src/hard", tarfile.LNKTYPE, "src/good"),
        member("src/device", tarfile.CHRTYPE),
    ],
    ids=lambda info: info.name,
)
def test_an_unsafe_archive_is_rejected(tmp_path, bad):
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as bundle:
        for info in (member("src/good"), bad):
            bundle.addfile(info, io.BytesIO())
    into = tmp_path / "into"
    with pytest.raises(steps.SetupError, match=re.escape(bad.name)):
        llama.extract(archive, into)
    assert not into.exists()
    assert not (tmp_path / "outside").exists()


def test_a_safe_archive_is_unpacked(tmp_path):
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as bundle:
        info = member("src/good")
        info.size = 3
        bundle.addfile(info, io.BytesIO(b"yes"))
    llama.extract(archive, tmp_path / "into")
    assert (tmp_path / "into/src/good").read_text() == "yes"


@pytest.mark.parametrize(
    ("body", "words"),
    [("print('the reason'); raise SystemExit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 11)", "SIGSEGV")],
)
def test_a_failed_command_is_reported_with_its_status_and_last_lines(tmp_path, monkeypatch, body, words):
    monkeypatch.setattr(steps, "BUILD", tmp_path / "build")
    with pytest.raises(steps.SetupError, match=words) as caught:
        steps.run("a step", [sys.executable, "-c", body])
    assert str(caught.value).count("the reason") == body.count("the reason")


def test_the_first_failure_stops_parallel_steps(checkout, bin_folder):
    program(bin_folder, "fail", "exit 1")
    begin = (
        "from app.install.__main__ import side_by_side; from app.install.steps import run; "
        "side_by_side([{'packages': lambda: run('long', ['/bin/sleep', '300'])}, "
        "{'llama.cpp': lambda: run('short', ['fail'])}], {})"
    )
    result = install(checkout, bin_folder, first=begin)  # its own time limit is far below the 300 seconds
    assert "the step 'short' ended with exit code 1" in result.stderr


def test_every_package_is_pinned_and_no_line_names_a_host():
    for requirements in (packages.REQUIREMENTS, packages.TEST_REQUIREMENTS):
        for line in requirements.read_text().splitlines():
            assert re.fullmatch(r"(#.*)?|[A-Za-z0-9-]+==[0-9][0-9a-z.]*", line), line

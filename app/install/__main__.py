"""The set-up in order: check, install and compile in parallel, prove. `python3 -m app.install [--tests]`."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from app.install import browser, checks, llama, models, packages
from app.install.steps import BUILD, PYTHON, CommandError, SetupError, is_done, mark_done, run, say, stop_running


def main() -> int:
    """Install what is missing. Returns 0 on success, 1 with a one-line error otherwise."""
    parser = argparse.ArgumentParser(prog="python3 -m app.install", description="Set up the studio in .venv.")
    parser.add_argument("--tests", action="store_true", help="also install what `make test` needs")
    parser.add_argument("--port", type=int, help="also check that the studio can listen there")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        checks.check_system()
        checks.check_python()
        if options.port:
            checks.check_port(options.port)
        install(with_tests=options.tests)
    except SetupError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up interrupted; the next run continues from here.", file=sys.stderr)
        return 130
    return 0


def install(with_tests: bool) -> None:
    """Run every step that is not stamped as done. Raises SetupError."""
    keys = {"packages": packages.packages_key(), "llama.cpp": llama.llama_key(), "base model": models.BASE_MODEL}
    keys["proof"] = f"{keys['packages']} {keys['llama.cpp']}"
    if with_tests:
        keys["test packages"] = packages.test_packages_key()
        keys["browser"] = browser.browser_key()
    works = packages.environment_works()
    missing = [step for step, key in keys.items() if not (works and is_done(step, key))]
    if not missing:
        return

    whole = {"packages", "llama.cpp"} & set(missing)
    say("Setting up Tunewright in .venv" + (" (3 to 6 minutes the first time)" if whole else ""))
    if "packages" in missing:
        checks.check_disk()
    if "llama.cpp" in missing:
        checks.find_compiler()
    if not works:
        packages.create_environment()

    work = {
        "packages": packages.install_packages,
        "llama.cpp": llama.build_and_install,
        "base model": models.fetch_base_model,
        "test packages": packages.install_test_packages,
        "proof": prove,
        "browser": browser.get_browser,
    }
    todo = {step: work[step] for step in work if step in missing}
    if "llama.cpp" not in todo:
        llama.converter_placed.set()
    network = {step: todo.pop(step) for step in ("packages", "base model") if step in todo}
    compiling = {step: todo.pop(step) for step in ("llama.cpp",) if step in todo}
    side_by_side([network, compiling], keys)
    for step in todo:
        finish(step, todo[step], keys)
    shutil.rmtree(BUILD, ignore_errors=True)
    say("Set-up is complete")


def side_by_side(chains: list[dict[str, Callable[[], str | None]]], keys: dict[str, str]) -> None:
    """Run chains of steps in parallel: one waits for the network, another compiles. The first failure stops all."""
    with ThreadPoolExecutor() as pool:
        try:
            for future in as_completed([pool.submit(finish_all, chain, keys) for chain in chains]):
                future.result()
        except BaseException:
            stop_running()
            raise


def finish_all(chain: dict[str, Callable[[], str | None]], keys: dict[str, str]) -> None:
    """Run the steps of a chain in order."""
    for step in chain:
        finish(step, chain[step], keys)


def finish(step: str, work: Callable[[], str | None], keys: dict[str, str]) -> None:
    """Run a step and stamp it with its key, or with what it returned."""
    mark_done(step, work() or keys[step])


def prove() -> None:
    """Quantize, load and ask the starter model in a child process, where a badly built library may crash."""
    say("Proving that a quantized model loads and answers (about 15 s)")
    try:
        run("proof", [str(PYTHON), "-m", "core.export.smoke_test"])
    except CommandError as error:
        if not error.crashed:
            raise
        raise SetupError(
            "llama.cpp as compiled here crashes on a quantized model. Run `make clean`, then try another compiler: "
            f"`make run CC=clang CXX=clang++`.\n    {error}"
        ) from error


if __name__ == "__main__":
    sys.exit(main())

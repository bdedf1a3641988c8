"""The browser for the tests: an installed one that starts, else Playwright's, else the system's, else a message."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]
DRAWS = "echo '<html></html>'"


@pytest.fixture
def checkout(tmp_path):
    """The sources by symlink, and a `.venv` whose Python has no network."""
    folder = tmp_path / "clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / "app").symlink_to(ROOT / "app")
    program(folder / ".venv" / "bin" / "python", "echo no network; exit 1")
    return folder


@pytest.fixture
def bin_folder(tmp_path):
    """The only folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder / "true", "exit 0")
    return folder


def program(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def writing(path, line):
    """Lines of a shell script that write the program `path`, which runs `line`."""
    return (f"/bin/mkdir -p $(/usr/bin/dirname {path})", f"/bin/cat > {path} <<'END'", "#!/bin/sh", line, "END",
            f"/bin/chmod +x {path}")  # fmt: skip


def got(checkout, bin_folder, *, root=True):
    """What the set-up prints, and the browser it returns."""
    look = f"import os; os.geteuid = lambda: {0 if root else 1000}; "
    look += "from app.install import browser; print(browser.get_browser())"
    told = subprocess.run(
        [sys.executable, "-c", look],
        cwd=checkout, env={**os.environ, "PATH": str(bin_folder)}, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return told.stdout, told.stdout.splitlines()[-1]


def test_an_installed_browser_that_starts_is_used(checkout, bin_folder):
    program(bin_folder / "chromium", "exit 1")  # as a package that only says where to get it
    program(bin_folder / "google-chrome", DRAWS)
    assert got(checkout, bin_folder)[1] == f"{bin_folder}/google-chrome"


def test_playwrights_browser_is_next_with_its_libraries(checkout, bin_folder):
    own = "$PLAYWRIGHT_BROWSERS_PATH/chromium-1/headless_shell"
    needs = f"[ -e {bin_folder}/library ] && {DRAWS}"
    python = checkout / ".venv" / "bin" / "python"
    program(python, f'[ "$4" = --only-shell ] || {{ echo > {bin_folder}/library; exit 0; }}', *writing(own, needs))
    assert got(checkout, bin_folder)[1].endswith(".venv/share/browsers/chromium-1/headless_shell")


@pytest.mark.parametrize(("root", "sudo"), [(True, "exit 1"), (False, 'shift; exec "$@"')])
def test_the_package_manager_runs_as_root_or_through_sudo(checkout, bin_folder, root, sudo):
    program(bin_folder / "apt-get", "[ $1 = update ] && exit 0", *writing(bin_folder / "chromium", DRAWS))
    program(bin_folder / "sudo", sudo)
    assert got(checkout, bin_folder, root=root)[1] == f"{bin_folder}/chromium"


def test_without_a_browser_one_line_says_so(checkout, bin_folder):
    program(bin_folder / "chromium", "exit 1")
    program(bin_folder / "sudo", "exit 1")
    program(bin_folder / "apt-get", *writing(bin_folder / "chromium", DRAWS))
    told, browser = got(checkout, bin_folder, root=False)
    assert browser == "none"
    assert told.count("The browser tests are skipped; install the package `chromium`") == 1
    look = (
        "from app.install import browser, steps; steps.mark_done('browser', 'none'); "
        "print(browser.find_browser(), steps.is_done('browser', browser.browser_key()))"
    )
    known = subprocess.run(
        [sys.executable, "-c", look], cwd=checkout, env={**os.environ, "PATH": str(bin_folder)}, stdout=subprocess.PIPE
    )
    assert known.stdout.split() == [b"None", b"False"]  # and the next set-up looks again

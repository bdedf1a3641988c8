"""A Chromium for the browser tests: an installed one, else Playwright's, else the system package manager's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from app.install.steps import PYTHON, VENV, CommandError, run, say, stamp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OWN_BROWSERS = VENV / "share" / "browsers"
PLAYWRIGHT = [str(PYTHON), "-m", "playwright"]
DOWNLOAD_SECONDS = 300
INSTALL_SECONDS = 600
STARTS_WITHIN_SECONDS = 60
PACKAGE_MANAGERS = {
    "apt-get": [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ],
    "dnf": [["dnf", "install", "-y", "chromium"]],
    "zypper": [["zypper", "--non-interactive", "install", "chromium"]],
    "pacman": [["pacman", "-Sy", "--noconfirm", "chromium"]],
    "apk": [["apk", "add", "chromium"]],
}
NONE = "none"


def find_browser() -> str | None:
    """The browser that the set-up found or installed, else one on PATH."""
    kept = stamp("browser")
    if kept == NONE:
        return None
    if kept and Path(kept).is_file():
        return kept
    return next(filter(None, map(shutil.which, NAMES)), None)


def browser_key() -> str:
    """The step's key: the browser in use, while it exists."""
    kept = stamp("browser")
    return kept if kept and Path(kept).is_file() else "one that starts"


def get_browser() -> str:
    """The path of the first browser that starts; `none`, with a line that says why, if there is none."""
    say("Looking for a browser for the tests")
    for get in (_found, _playwrights_own, _from_the_system):
        for path in get():
            if _starts(path):
                say(f"The browser tests use {path}")
                return path
    say(
        "No browser: no installed one starts, Playwright's cannot be downloaded, and system packages need root. The "
        "browser tests are skipped; install the package `chromium` to run them."
    )
    return NONE


def _found() -> list[str]:
    return [path for path in map(shutil.which, NAMES) if path]


def _playwrights_own() -> list[str]:
    say("Downloading Playwright's Chromium")
    command = [*PLAYWRIGHT, "install", "--only-shell", "chromium"]
    try:
        run("browser download", command, seconds=DOWNLOAD_SECONDS, PLAYWRIGHT_BROWSERS_PATH=str(OWN_BROWSERS))
    except CommandError:
        return []
    own = [
        path for path in OWN_BROWSERS.rglob("*") if path.name in ("headless_shell", "chrome-headless-shell", "chrome")
    ]
    own = [str(path) for path in own if path.is_file() and os.access(path, os.X_OK)]
    if own and not _starts(own[0]) and (as_root := _as_root()) is not None:  # system libraries are missing
        try:
            run("browser libraries", [*as_root, *PLAYWRIGHT, "install-deps", "chromium"], seconds=INSTALL_SECONDS)
        except CommandError:
            return []
    return own


def _from_the_system() -> list[str]:
    as_root = _as_root()
    manager = next(filter(shutil.which, PACKAGE_MANAGERS), None)
    if as_root is None or manager is None:
        return []
    say(f"Installing the package `chromium` with {manager}")
    try:
        for command in PACKAGE_MANAGERS[manager]:
            run("browser package", [*as_root, *command], seconds=INSTALL_SECONDS, DEBIAN_FRONTEND="noninteractive")
    except CommandError:
        return []
    return _found()


def _as_root() -> list[str] | None:
    """The prefix that runs a command as root without a password; None if there is none."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _starts(path: str) -> bool:
    """Whether it renders an empty page: a package may be a stub, and a download may lack libraries."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
        try:
            ended = subprocess.run(
                [path, *flags, "about:blank"], capture_output=True, timeout=STARTS_WITHIN_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return ended.returncode == 0 and b"<html" in ended.stdout

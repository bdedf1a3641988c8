"""What every test relies on: one thread a library, no hub, a workspace per test, and models made once for all."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

# The tests use the starter model, whatever else the set-up has fetched.
os.environ["TUNEWRIGHT_DEFAULT_MODEL"] = "starter"

# Hundreds of children import the same modules, and every process rewrites the assertions of all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Before any library loads: threads that spin while they wait slow two processes down fifty times.
os.environ.update(
    {
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "TORCHDYNAMO_DISABLE": "1",
        "HF_HUB_OFFLINE": "1",
    }
)


_LONGEST = (
    "browser/test_whole_way", "export/test_export", "browser/test_accessibility", "browser/test_chat",
    "app/test_chain", "api/test_datasets", "workers/test_model_server", "api/test_api", "training/test_train",
    "workers/test_supervisor", "merging/test_merge", "export/test_parity", "security/test_model_server",
)  # fmt: skip


_not_run: dict[str, int] = {}
"""Marker to the number of tests that were left out because this machine lacks what they need."""


def pytest_collection_modifyitems(config, items):
    """Start with the longest files, so that none is left to run alone at the end.

    Tests that need something this machine lacks are deselected, and listed at the end.
    """
    items.sort(key=lambda item: next((place for place, name in enumerate(_LONGEST) if name in item.nodeid), 99))
    for marker, why_not in _NEEDS.items():
        without = [item for item in items if item.get_closest_marker(marker)]
        if without and why_not():
            items[:] = [item for item in items if item not in without]
            config.hook.pytest_deselected(items=without)
            _not_run[marker] = len(without)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # one of several processes, all of which collect the same tests
        session.config.workeroutput["not_run"] = _not_run


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    _not_run.update(getattr(node, "workeroutput", {}).get("not_run", {}))


def pytest_terminal_summary(terminalreporter):
    for marker, count in _not_run.items():
        terminalreporter.write_line(f"NOT RUN: {count} tests marked `{marker}`: {_NEEDS[marker]()}", yellow=True)


def _no_browser() -> str | None:
    from app.install.browser import find_browser

    return None if find_browser() else "there is no Chromium that starts; install the package `chromium`."


def _no_smollm2() -> str | None:
    from core.models.catalogue import SMOLLM2

    return None if SMOLLM2.is_here else f"SmolLM2 has not been fetched; run `{SMOLLM2.how_to_get}`."


def _no_small_disk() -> str | None:
    from tests.small_disk import way_to_mount

    return None if way_to_mount() else "no file system can be mounted, neither as root nor in a user namespace."


def _no_compiler() -> str | None:
    from tests.faults.set_clock import compiler

    return None if compiler() else "there is no C compiler; install the package `gcc`."


def _no_memory_group() -> str | None:
    from tests.faults.memory_group import place_for_groups

    return None if place_for_groups() else "no control group with a memory limit can be made: that takes root."


_NEEDS = {
    "browser": _no_browser, "smollm2": _no_smollm2, "small_disk": _no_small_disk, "compiler": _no_compiler,
    "memory_group": _no_memory_group,
}  # fmt: skip
"""Marker to a function that says why its tests cannot run here, or None. Called only if such tests are collected."""


@pytest.fixture(autouse=True)
def main_module():
    """AppTest replaces the main module by its page, which spawned processes would then import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session", autouse=True)
def _nobodys_workspace(tmp_path_factory):
    """A test that forgets to ask for a workspace must not find the user's own."""
    os.environ["TUNEWRIGHT_HOME"] = str(tmp_path_factory.mktemp("nobody"))


@pytest.fixture(scope="session", autouse=True)
def _unhurried_inspector():
    """No deadlines for the inspector: they are meant for people who wait, and a busy machine misses them."""
    from app.plumbing import inspection
    from core.processes.line_child import LineChild
    from tests.waiting import PATIENCE_SECONDS

    class Unhurried(LineChild):
        def ask(self, request, deadline_seconds, doing):
            return super().ask(request, PATIENCE_SECONDS, doing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "LineChild", Unhurried)
        patch.setattr(inspection, "_START_SECONDS", PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(made_once):
    """A new database of this process is a copy of one that all migrations made: they take a tenth of a second."""
    from storage import database
    from storage.settings import Settings

    run_migrations = database.bring_up_to_date

    def make(home: Path) -> None:
        database.open_store(Settings(home=home)).close()

    migrated = made_once("migrated", make) / "studio.db"

    def start_from_copy(writer, reader, path: Path) -> None:
        if not path.stat().st_size:
            path.write_bytes(migrated.read_bytes())
        run_migrations(writer, reader, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "bring_up_to_date", start_from_copy)
        yield


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty folder that is TUNEWRIGHT_HOME for this test and for every child it starts."""
    home = tmp_path / "workspace"
    home.mkdir()
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """A studio shared by tests that only send requests; tests that kill or reconfigure one start their own."""
    from tests.studio import running_studio

    with running_studio(tmp_path_factory.mktemp("studio") / "workspace") as running:
        yield running


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """`made_once("name", make)`: a path that `make(path)` has filled, once for all processes that run the tests."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made_once"
    place.mkdir(exist_ok=True)

    def made(name: str, make: Callable[[Path], object]) -> Path:
        path = place / name
        with FileLock(place / f"{name}.lock"):
            if not path.exists():
                partial = place / f"partial-{name}"
                make(partial)
                partial.rename(path)
        return path

    return made


@pytest.fixture(scope="session")
def starter_gguf(made_once):
    """`starter_gguf("q4_k_m")`: the path of the starter model as a GGUF of that type."""
    from core.gguf.convert import convert_to_gguf
    from core.gguf.quantize import quantize_gguf
    from core.models.references import locate
    from core.specs import GgufType

    def starter(kind: str) -> Path:
        if kind == GgufType.F16:
            return made_once("model-f16.gguf", lambda path: convert_to_gguf(Path(locate("starter").path), path))
        source = starter(GgufType.F16)
        return made_once(f"model-{kind}.gguf", lambda path: quantize_gguf(source, path, GgufType(kind)))

    return starter


@pytest.fixture(scope="session")
def cross_encoder(made_once):
    """The folder of a small cross-encoder with random weights: its scores mean nothing, but differ."""
    return made_once("cross_encoder", make_cross_encoder)


def make_cross_encoder(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = BertTokenizer(vocab={word: index for index, word in enumerate(words)})
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, num_labels=1, initializer_range=1.0,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)

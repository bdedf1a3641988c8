"""What every test stands on: calm threads, no hub, and a workspace of its own."""

import os
import sys
from pathlib import Path

import pytest

# The tests stand on the starter model, whatever else the set-up has fetched.
os.environ["TUNEWRIGHT_DEFAULT_MODEL"] = "starter"

# Before any library loads: threads of two processes that spin while they wait slow each other down fifty times.
os.environ.update(
    {
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
    }
)


_LONGEST = (
    "browser/test_whole_way", "faults/test_kills", "export/test_export", "browser/test_hostile_text", "app/test_chain",
    "workers/test_model_server", "faults/test_disk_full", "workers/test_supervisor", "faults/test_stopped",
    "browser/test_data",
)  # fmt: skip


_not_run: dict[str, int] = {}
"""Marker → how many tests were left out for lack of what it stands for."""


def pytest_collection_modifyitems(config, items):
    """The longest files begin first, so that the others run beside them, and none is left to run alone at the end.

    What needs something that this machine lacks is deselected, and told at the end.
    """
    items.sort(key=lambda item: next((place for place, name in enumerate(_LONGEST) if name in item.nodeid), 99))
    for marker, why_not in _NEEDS.items():
        without = [item for item in items if item.get_closest_marker(marker)]
        if without and why_not():
            items[:] = [item for item in items if item not in without]
            config.hook.pytest_deselected(items=without)
            _not_run[marker] = len(without)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # of several processes, each of which has collected the same tests
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


_NEEDS = {"browser": _no_browser, "smollm2": _no_smollm2, "small_disk": _no_small_disk}
"""Marker → why its tests cannot run here, if they cannot. Looked for only where such tests are collected."""


@pytest.fixture(autouse=True)
def main_module():
    """Streamlit's AppTest puts its page in the place of the main module, which spawned processes would then import."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session", autouse=True)
def _nobodys_workspace(tmp_path_factory):
    """A test that forgets to ask for a workspace must not find the person's own."""
    os.environ["TUNEWRIGHT_HOME"] = str(tmp_path_factory.mktemp("nobody"))


@pytest.fixture(scope="session", autouse=True)
def _unhurried_inspector():
    """The inspector may take its time: its deadlines are for people who wait, and a busy machine misses them."""
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


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty folder that is TUNEWRIGHT_HOME for this test and for every child it starts."""
    home = tmp_path / "workspace"
    home.mkdir()
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """A studio for the tests that only ask it things; whoever starts jobs or kills it takes one of its own."""
    from tests.studio import running_studio

    with running_studio(tmp_path_factory.mktemp("studio") / "workspace") as running:
        yield running


@pytest.fixture(scope="session")
def starter_gguf(tmp_path_factory):
    """`starter_gguf("q4_k_m")`: the path of the starter model as a GGUF of that type, made once for all tests."""
    from filelock import FileLock

    from core.gguf.convert import convert_to_gguf
    from core.gguf.quantize import quantize_gguf
    from core.models.references import locate
    from core.specs import GgufType

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "starter_gguf"

    def make(kind: str) -> Path:
        path = folder / f"model-{kind}.gguf"
        folder.mkdir(exist_ok=True)
        if kind != GgufType.F16:
            source = make(GgufType.F16)
        with FileLock(folder / f"{kind}.lock"):
            if not path.exists() and kind == GgufType.F16:
                convert_to_gguf(Path(locate("starter").path), path)
            elif not path.exists():
                quantize_gguf(source, path, GgufType(kind))
        return path

    return make


@pytest.fixture(scope="session")
def cross_encoder(tmp_path_factory):
    """The folder of a small cross-encoder with made-up weights: its scores mean nothing, but differ."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("cross_encoder")
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
    return folder

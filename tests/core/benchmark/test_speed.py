"""Speed figures of real models in real children, of one that crashes, and of a benchmark that is stopped."""

import json
import shutil
import struct
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from core.benchmark.benchmark import benchmark
from core.benchmark.timing import time_answers, time_batches
from core.errors import ConflictError, NotFoundError, UnavailableError
from core.gguf.header import check_gguf
from core.reporting import Reporter, Stopped
from core.specs import BenchmarkSpec, StopRequest
from core.specs.results.benchmark import BenchmarkFile, BenchmarkResult

FIGURES = (
    "time_to_first_token_s", "tokens_per_second", "token_p50_s", "token_p95_s", "token_p99_s", "best_batch",
    "best_batch_tokens_per_second", "load_s", "peak_memory_bytes",
)  # fmt: skip


class Watching(Reporter):
    """Keeps what is reported; `attempt` is as a worker's."""

    def __init__(self, attempt: str = ""):
        self.attempt = attempt
        self.stages: list[tuple] = []
        self.events: list[str] = []

    def progress(self, done, total, stage=""):
        self.stages.append((done, total, stage))

    def event(self, message, **details):
        self.events.append(message)


def spec(folder, *models, **values) -> BenchmarkSpec:
    values = {"new_tokens": 4, "repeats": 1, **values}
    return BenchmarkSpec(name="speeds", output_dir=str(folder), models=tuple(map(str, models)), **values)


@pytest.fixture
def crashing_gguf(starter_gguf, tmp_path):
    """A GGUF whose header is sound and lies about the number of layers: llama.cpp calls abort() on it."""
    path = tmp_path / "lies" / "layers.gguf"
    path.parent.mkdir()
    path.write_bytes(with_number(starter_gguf("q4_k_m"), "llama.block_count", 1 << 31))
    check_gguf(path)
    return path


def with_number(gguf: Path, key: str, value: int) -> bytes:
    """The file with another 32-bit number in its header."""
    data = bytearray(gguf.read_bytes())
    place = data.index(key.encode() + struct.pack("<I", 4)) + len(key) + 4
    data[place : place + 4] = struct.pack("<I", value)
    return bytes(data)


@pytest.fixture
def adapter(tiny_model, tmp_path):
    from peft import LoraConfig, get_peft_model

    from core.models.loading import load_model
    from core.models.references import locate

    folder = tmp_path / "run" / "final"
    model = get_peft_model(load_model(locate(str(tiny_model))), LoraConfig(r=4, task_type="CAUSAL_LM"))
    model.save_pretrained(folder)
    return folder


@pytest.mark.long
def test_a_crashing_model_is_named_and_the_others_keep_their_figures(starter_gguf, crashing_gguf, tmp_path):
    good, reporter = starter_gguf("q4_k_m"), Watching()
    speeds = benchmark(spec(tmp_path / "out", crashing_gguf, good), reporter).models

    crashed, measured = speeds["lies/layers"], speeds[f"{good.parent.name}/model-q4_k_m"]
    assert "crashed (SIGABRT)" in crashed.error and "GGML_ASSERT" in crashed.error
    assert all(getattr(crashed, name) is None for name in FIGURES)
    assert any("lies/layers" in event and "SIGABRT" in event for event in reporter.events)
    assert measured.kind == "gguf" and measured.error is None
    assert all(getattr(measured, name) > 0 for name in FIGURES)
    assert measured.new_tokens == 4
    assert reporter.stages[0] == (0, 2, "Measuring the speed of lies/layers")
    assert reporter.stages[-1][:2] == (2, 2)
    report = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert set(report["models"]) == set(speeds) and "error" not in report["models"][f"{good.parent.name}/model-q4_k_m"]
    assert BenchmarkFile.read(report, "benchmark.json").models == speeds
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["benchmark.json"]


@pytest.mark.long
def test_an_adapter_is_measured_on_its_base(adapter, tiny_model, tmp_path):
    speed = benchmark(spec(tmp_path / "out", adapter, base_model=str(tiny_model))).models["run"]
    assert speed.kind == "adapter"
    assert all(getattr(speed, name) > 0 for name in FIGURES)


def test_no_more_tokens_are_made_than_the_context_holds(starter_gguf, tmp_path):
    short = tmp_path / "short.gguf"
    short.write_bytes(with_number(starter_gguf("q4_k_m"), "llama.context_length", 96))
    (measured,) = benchmark(spec(tmp_path / "out", short, new_tokens=4096)).models.values()
    assert 4 < measured.new_tokens < 96


def test_memory_is_that_of_the_model_not_of_who_asks(starter_gguf, tmp_path):
    path = starter_gguf("q4_k_m")
    ballast = b"x" * (700 << 20)
    (measured,) = benchmark(spec(tmp_path / "out", path)).models.values()
    assert path.stat().st_size < measured.peak_memory_bytes < len(ballast) // 2


def test_each_model_is_measured_once_and_none_hides_another(starter_gguf, tmp_path):
    twins = [tmp_path / place / "run" / "model.gguf" for place in ("a", "b")]
    for twin in twins:
        twin.parent.mkdir(parents=True)
        shutil.copy(starter_gguf("q4_k_m"), twin)
    result = benchmark(spec(tmp_path / "out", twins[0], twins[1], twins[0]))
    assert list(result.models) == ["run/model", str(twins[1])]


def test_a_benchmark_without_a_figure_fails_and_leaves_nothing(crashing_gguf, tmp_path):
    with pytest.raises(UnavailableError, match="layers crashed"):
        benchmark(spec(tmp_path / "out", crashing_gguf))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_model_is_told_before_anything_is_measured(starter_gguf, tmp_path):
    reporter = Watching()
    with pytest.raises(NotFoundError):
        benchmark(spec(tmp_path / "out", starter_gguf("q4_k_m"), tmp_path / "nothing.gguf"), reporter)
    assert reporter.stages == []


def test_a_wish_to_stop_ends_the_child(starter_gguf, tmp_path):
    class Impatient(Watching):
        def stop_requested(self):
            return StopRequest.CANCEL

    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(Stopped):
        benchmark(spec(tmp_path / "out", starter_gguf("q4_k_m"), new_tokens=900, repeats=50), Impatient())
    assert set(psutil.Process().children(recursive=True)) <= before
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.long
def test_only_another_attempt_of_the_same_job_replaces_figures(starter_gguf, tmp_path):
    asked = spec(tmp_path / "out", starter_gguf("q4_k_m"))
    benchmark(asked, Watching("benchmark-1.1"))
    with pytest.raises(ConflictError):
        benchmark(asked, Watching("benchmark-2.1"))
    with pytest.raises(ConflictError):
        benchmark(asked)
    benchmark(asked, Watching("benchmark-1.2"))
    assert json.loads((tmp_path / "out" / "benchmark.json").read_text())["made_by"] == "benchmark-1.2"


def test_every_answer_has_the_same_number_of_tokens_whatever_the_model_says():
    class Engine:
        """Always finds token 2, its end token, the likeliest."""

        answers: list[list[list[int]]] = []

        def reset(self):
            self.answers.append([])

        def read(self, tokens):
            self.answers[-1].append(tokens)
            return np.array([0.0, 0.0, 1.0])

    time_answers(Engine(), [5, 6, 7], new_tokens=3, repeats=2)
    warm_up, *timed = Engine.answers
    assert warm_up[0] == [5, 6, 7]
    assert timed == [[[5, 6, 7], [2], [2], [2]]] * 2


def test_percentiles_are_of_single_tokens_and_the_batch_that_pays_most_is_named(monkeypatch):
    now = 0.0
    monkeypatch.setattr("core.benchmark.timing.time", SimpleNamespace(perf_counter=lambda: now))

    class Engine:
        """Every tenth token takes a second, the others a tenth of it."""

        reads = 0

        def reset(self):
            pass

        def read(self, tokens):
            nonlocal now
            self.reads += 1
            now += 0.1 if self.reads % 10 else 1.0
            return np.array([0.0, 1.0])

    figures = time_answers(Engine(), [5], new_tokens=100, repeats=1)
    assert figures["token_p50_s"] == pytest.approx(0.1) and figures["token_p95_s"] == pytest.approx(1.0)
    assert figures["tokens_per_second"] == pytest.approx(100 / 19, abs=0.1)

    class Batch:
        """A pass takes a second up to 8 sequences, and as long as they are more beyond."""

        def __init__(self, size):
            self.size = size

        def room(self, waiting):
            return min(self.size, len(waiting))

        def step(self, joining, going):
            nonlocal now
            now += max(1.0, self.size / 8)
            return dict.fromkeys(joining or going, 7)

    tried = []
    found = time_batches(lambda size: tried.append(size) or nullcontext(Batch(size)), [5, 6])
    assert found == {"best_batch": 8, "best_batch_tokens_per_second": 8.0}
    assert tried == [1, 2, 4, 8, 16, 32]


def test_figures_of_older_versions_are_still_read():
    older = {"result_version": 1, "m": {"kind": "gguf", "tokens_per_second": 3.0, "time_to_first_token_s": 0.1}}
    speed = BenchmarkResult.read(older, "The result").models["m"]
    assert (speed.tokens_per_second, speed.token_p99_s, speed.best_batch) == (3.0, None, None)
    assert "best_batch" not in speed.figures()

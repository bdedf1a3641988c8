"""Trainings in processes of their own that end by SIGKILL: at, or shortly after, a moment they are told beforehand.

Each process is forked from a server that has the libraries loaded, so an attempt costs a second and not ten. What it
reports and learns from is written to a journal, which is complete up to the kill.
"""

import json
import os
import signal
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from core.reporting import Reporter
from core.specs import TrainSpec
from tests.core.training.runs import Recorder

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["tests.faults.killed", "core.training.train", "transformers.models.llama.modeling_llama", "peft", "bitsandbytes"]
)

Moment = tuple[str, int]
"""The how manieth of these in a process: `batch` (a training batch is about to be computed), `metric`, `flush` (the
files of a checkpoint are staged), `confirm` (something is about to be renamed), `event`; `any` counts all of them."""


class Journal(Reporter):
    """Writes down what a training reports, as the database would keep it, and kills the process `delay_seconds` after
    `dies_at`: at once, or in the middle of whatever it then does."""

    def __init__(self, path: Path, dies_at: Moment | None, delay_seconds: float):
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._dies_at, self._delay_seconds, self._moments = dies_at, delay_seconds, Counter()
        self._counting = threading.Lock()  # both halves of a batch report

    def _at(self, name: str, **line: object) -> None:
        with self._counting:
            for counted in (name, "any"):
                self._moments[counted] += 1
                if (counted, self._moments[counted]) == self._dies_at:
                    self._die()
        if line:
            os.write(self._file, json.dumps(line).encode() + b"\n")

    def _die(self) -> None:
        end = partial(os.kill, os.getpid(), signal.SIGKILL)
        if not self._delay_seconds:
            end()
        timer = threading.Timer(self._delay_seconds, end)
        timer.daemon = True
        timer.start()

    def metric(self, step: int, **values: float) -> None:
        self._at("metric", metric=[step, values])

    def event(self, message: str, **details: object) -> None:
        self._at("event", event=message)

    def flush(self) -> None:
        self._at("flush")

    def confirm(self) -> None:
        self._at("confirm")

    def rewind(self, step: int) -> None:
        os.write(self._file, json.dumps({"rewind": step}).encode() + b"\n")

    def batch(self, samples: Sequence[int]) -> None:
        """A training batch of these examples, by checksum, is about to be computed."""
        self._at("batch", batch=samples)


def attempt(spec: TrainSpec, journal: Path, dies_at: Moment | None = None, delay_seconds: float = 0) -> int:
    """Train in a process of its own, killed `delay_seconds` after `dies_at`. Returns its exit status."""
    process = _FORKS.Process(target=_train, args=(spec, journal, dies_at, delay_seconds))
    process.start()
    process.join()
    return process.exitcode


def _train(spec: TrainSpec, path: Path, dies_at: Moment | None, delay_seconds: float) -> None:
    import torch

    from core.training.loop import TrainingLoop
    from core.training.train import train

    if spec.gradient_accumulation_steps == 1:  # batches are computed in halves, if there are threads for them
        torch.set_num_threads(2)

    journal, loss = Journal(path, dies_at, delay_seconds), TrainingLoop._loss

    def watched(loop: TrainingLoop, examples: list):
        if loop.model.training:
            journal.batch([zlib.crc32(example.ids.tobytes()) for example in examples])
        return loss(loop, examples)

    TrainingLoop._loss = watched
    train(spec, journal)


def told_by(journal: Path) -> tuple[Recorder, dict[int, list[list[int]]]]:
    """The metrics that are left after the last attempt, as the database keeps them, and each step's batches.

    A step that was reported twice, without a resume before it in between, is an error.
    """
    recorder, samples = Recorder(), defaultdict(list)
    batches: list[list[int]] = []
    for line in map(json.loads, journal.read_text().splitlines()):
        if "batch" in line:
            batches.append(line["batch"])
        elif "event" in line:
            recorder.event(line["event"])
        elif "rewind" in line:
            recorder.rewind(line["rewind"])
            samples = {step: seen for step, seen in samples.items() if step <= line["rewind"]}
            batches = []
        else:
            step, values = line["metric"]
            recorder.metric(step, **values)
            if "loss" in values:
                samples[step], batches = batches, []
    return recorder, dict(samples)

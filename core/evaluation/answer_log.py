"""What one model has answered so far, on disk: an evaluation that died goes on where it was."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from core.appended_lines import AppendedLines
from core.evaluation.engines.scored_model import AnswerLoss
from core.inference.engine import Answered
from core.models.references import ModelLocation, locate
from core.reporting import Reporter

_WRITE_SECONDS = 1
_WRITE_LOSSES = 16


class AnswerLog:
    """Answers and losses by place of the example. Opening it reads what earlier attempts have written.

    The file's name is a hash of `identity`, all that answers depend on: the model, its settings and the examples. So
    what an evaluation in a folder beside has left of the same, as it failed, is used too.
    """

    def __init__(self, folder: Path, identity: dict, reporter: Reporter):
        """Answers are flushed to disk at once. Losses are flushed once they are 16, or a second after the last time:
        llama.cpp finishes them one by one, faster than a disk takes them. Raises LeaseLostError or DiskFullError."""
        self.answers: dict[int, Answered] = {}
        self.losses: dict[int, AnswerLoss] = {}
        name = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self._unwritten, self._written_at = [], time.monotonic()
        path = folder / f"{name}.jsonl"
        others = [] if path.exists() else _written_beside(path)
        self._lines = AppendedLines(path, reporter)
        if others:
            self._lines.add(*others)
        for line in self._lines:
            kind, place, *values = json.loads(line)
            if kind == "answer":
                self.answers[place] = Answered(*values)
            else:
                self.losses[place] = AnswerLoss(*values)

    def add_answers(self, batch: dict[int, Answered]) -> None:
        """Add the answers of a batch; refusals are not written: the server is asked again, which costs nothing.

        Raises LeaseLostError or DiskFullError.
        """
        self._add("answer", {place: answer for place, answer in batch.items() if not answer.refusal})
        self._write()
        self.answers |= batch

    def add_losses(self, batch: dict[int, AnswerLoss]) -> None:
        """Add the losses of a batch. Raises LeaseLostError or DiskFullError."""
        self._add("loss", batch)
        self.losses |= batch

    def _add(self, kind: str, batch: dict[int, tuple]) -> None:
        self._unwritten += [json.dumps([kind, place, *values]) for place, values in batch.items()]
        if len(self._unwritten) >= _WRITE_LOSSES or time.monotonic() - self._written_at >= _WRITE_SECONDS:
            self._write()

    def _write(self) -> None:
        self._lines.add(*self._unwritten)
        self._unwritten, self._written_at = [], time.monotonic()

    def close(self) -> None:
        """Write what is left and close the file, which stays. Raises LeaseLostError or DiskFullError."""
        try:
            self._write()
        finally:
            self._lines.close()


def _written_beside(path: Path) -> list[str]:
    """The whole lines of the longest file of the same name and folder name in the folders beside the output folder."""
    found = [b""]
    for other in path.parent.parent.parent.glob(f"*/{path.parent.name}/{path.name}"):
        with suppress(OSError):  # its evaluation ends at this moment, or is somebody else's
            found.append(other.read_bytes())
    whole, _end, _torn = max(found, key=len).rpartition(b"\n")
    return whole.decode("utf-8").splitlines()


def files_of(location: ModelLocation) -> list:
    """What identifies a model on disk: its path and revision, with names, sizes and times of its files; its base."""
    path = Path(location.path)
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    stats = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    base = files_of(locate(location.base)) if location.kind == "adapter" else None
    return [location.path, location.revision, stats, base]

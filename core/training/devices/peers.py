"""The other processes of a run on several devices: started, watched, and ended with this one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch

from core.errors import TrainingError
from core.machine import check_devices
from core.specs import TrainSpec
from core.training.devices.team import Team, joined
from core.training.run.checkpoints import RunState

_ENDS_WITHIN_SECONDS, _POLL_SECONDS = 60, 0.05


@contextmanager
def team_of(spec: TrainSpec, start: Path | None, state: RunState) -> Iterator[Team]:
    """The team that trains `spec` from the checkpoint `start`, led by this process.

    Raises InputError if this machine has fewer devices, and TrainingError, in any of the team's calls, once one died.
    """
    if spec.devices == 1:
        yield Team()
        return
    check_devices(spec.devices)
    with tempfile.TemporaryDirectory(prefix="tunewright-team-") as folder:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # one machine: nothing listens on the network
        os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")
        os.environ.setdefault("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0")  # deaths are noticed here, and told with a cause
        peers: list[_Peer] = []
        try:
            peers += [_Peer(rank, spec, start, state, Path(folder)) for rank in range(1, spec.devices)]
            while not all((Path(folder) / f"ready-{peer.rank}").exists() for peer in peers):
                _check(peers)
                time.sleep(_POLL_SECONDS)
            with joined(Path(folder), 0, spec.devices, lambda: _check(peers)) as team:
                try:
                    yield team
                except BaseException:
                    _kill(peers)  # before leaving the group, which would wait for them
                    raise
            for peer in peers:  # which leave the group with this process: NCCL's waits for all
                peer.end()
        finally:
            _kill(peers)


class _Peer:
    """A process of the team. It leaves when its standard input closes, so it never outlives this process."""

    def __init__(self, rank: int, spec: TrainSpec, start: Path | None, state: RunState, folder: Path):
        self.rank = rank
        self._said = folder / f"device-{rank}"
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.training.devices.peer"],
                stdin=subprocess.PIPE, stdout=out, env=_environment(rank, spec.devices),
                cwd=Path(__file__).resolve().parents[3],
            )  # fmt: skip
        told = {
            "rank": rank, "folder": str(folder), "spec": spec.model_dump(mode="json"),
            "start": str(start) if start else None, "state": asdict(state),
        }  # fmt: skip
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        self._process.stdin.flush()

    def check(self) -> None:
        """Raise TrainingError if it has died."""
        status = self._process.poll()
        if not status:
            return
        last = (self._said.read_bytes().splitlines() or [b""])[-1]
        if last.startswith(b"{"):  # an error that it could put in words
            reported = json.loads(last)
            raise TrainingError(f"On device {self.rank}: {reported['message']}", reported["remedy"])
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        raise TrainingError(
            f"The process of device {self.rank} {how}.",
            "SIGKILL often means that memory ran out. The log has what it said last; the run resumes from its last "
            "checkpoint.",
        )

    def end(self) -> None:
        """Wait for its end. Raises TrainingError if that is not a good one."""
        self._process.wait(_ENDS_WITHIN_SECONDS)
        self.check()

    def kill(self) -> None:
        """End it now, if it has not ended."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()


def _check(peers: list[_Peer]) -> None:
    for peer in peers:
        peer.check()


def _kill(peers: list[_Peer]) -> None:
    for peer in peers:
        peer.kill()


def _environment(rank: int, size: int) -> dict[str, str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    devices = visible.split(",") if visible else [str(number) for number in range(size)]
    gpu = devices[rank] if torch.cuda.is_available() else ""
    threads = max(1, torch.get_num_threads() // size)
    return os.environ | {"CUDA_VISIBLE_DEVICES": gpu, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}

"""What must hold on a GPU: a resumed run is the uninterrupted one, losses are a processor's, NCCL answers."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.machine import this_machine
from core.reporting import Stopped
from core.specs import StopRequest, TrainSpec
from tests.core.training.runs import Recorder
from tests.gpu.methods import ALL_WEIGHTS, STEPS, spec_of, tried
from tests.gpu.pace import Budget
from tests.gpu.report import Tell
from tests.gpu.shapes import Shape

_PAUSED_AFTER = 4
_SAME, _SAME_IN_BFLOAT16, _SAME_IN_FLOAT32 = 1e-4, 2e-2, 2e-3
"""The largest relative differences of two losses, of a processor and of a GPU, which sums gradients in any order."""
_SECONDS = 20


class _Paused(Recorder):
    def stop_requested(self) -> StopRequest | None:
        return StopRequest.PAUSE if ("loss", _PAUSED_AFTER) in self.series else None


def run_checks(shape: Shape, budget: Budget, tell: Tell, folder: Path) -> None:
    """A row for each check: what differs by how much, and whether that is as it must be."""
    checks: dict[str, Callable[[Shape, Path], dict]] = {
        "paused and resumed, 4-bit weights": lambda shape, folder: _resumed(shape, folder, "4-bit", {}),
        "paused and resumed, all weights, 8-bit AdamW, paged": lambda shape, folder: _resumed(
            shape, folder, "paged", ALL_WEIGHTS | {"optimizer": "paged_adamw_8bit" if _on_gpu() else "adamw_8bit"}
        ),
        "losses in float32, beside the processor's": _like_the_processor,
        "a team of one process": _team_of_one,
    }
    for name, check in checks.items():
        row = {"part": "checks", "name": name}
        if budget.left < _SECONDS:
            tell(row | {"note": "no time left"})
        else:
            tell(row | tried(lambda check=check: check(shape, folder)))


def _resumed(shape: Shape, folder: Path, name: str, values: dict) -> dict:
    from core.training.train import train

    whole, paused = Recorder(), _Paused()
    train(spec_of(shape, folder, f"{name}-whole", values), whole)
    spec = spec_of(shape, folder, f"{name}-paused", values)
    with suppress(Stopped):
        train(spec, paused)
    resumed = Recorder()
    resumed.series = paused.series
    if train(spec, resumed).resumed_from != _PAUSED_AFTER:
        return {"failed": "it did not resume where it was paused"}
    return _compared(resumed.steps_of("loss"), whole.steps_of("loss"), _SAME_IN_BFLOAT16 if _on_gpu() else _SAME)


def _like_the_processor(shape: Shape, folder: Path) -> dict:
    if not _on_gpu():
        return {"note": "this is a processor"}
    values = {"precision": "float32", "load_in_4bit": False}
    ours = losses_of(spec_of(shape, folder, "on-gpu", values))
    told = subprocess.run(
        [sys.executable, "-m", "tests.gpu.checks", spec_of(shape, folder, "on-processor", values).model_dump_json()],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": str(os.cpu_count() or 1)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    theirs = {int(step): loss for step, loss in json.loads(told.stdout.splitlines()[-1]).items()}
    return _compared(ours, theirs, _SAME_IN_FLOAT32)


def losses_of(spec: TrainSpec) -> dict[int, float]:
    """The loss of each step of a training."""
    from core.training.train import train

    recorder = Recorder()
    train(spec, recorder)
    return recorder.steps_of("loss")


def _compared(ours: dict[int, float], theirs: dict[int, float], allowed: float) -> dict:
    if list(ours) != list(theirs) or len(ours) != STEPS:
        return {"failed": f"steps {list(ours)} and {list(theirs)}"}
    apart = max(abs(ours[step] - theirs[step]) / abs(theirs[step]) for step in ours)
    return {"apart": apart, "allowed": allowed} | ({} if apart <= allowed else {"failed": "the losses differ"})


def _team_of_one(shape: Shape, folder: Path) -> dict:
    """All that a team does, through NCCL on a GPU and gloo elsewhere; one process on one device can show no more."""
    import torch

    from core.models.precision import device
    from core.training.devices.team import joined

    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # as for several
    weights = [torch.nn.Parameter(torch.randn(300, 70, device=device())) for _ in range(3)]
    before = [weight.detach().clone() for weight in weights]
    for weight in weights:
        weight.grad = weight.detach() * 2
    with tempfile.TemporaryDirectory() as meeting, joined(Path(meeting), 0, 1, lambda: None) as team:
        team.share_weights(weights)
        team.add_up_gradients(weights)
        said = team.led("a request"), team.add_up(Counter(loss=1.5))
    kept = all(torch.equal(weight, old) for weight, old in zip(weights, before, strict=True))
    summed = all(torch.equal(weight.grad, old * 2) for weight, old in zip(weights, before, strict=True))
    right = kept and summed and said == ("a request", Counter(loss=1.5))
    return {"apart": 0.0, "allowed": 0.0} if right else {"failed": "weights, gradients or messages changed on the way"}


def _on_gpu() -> bool:
    return this_machine().gpus > 0


if __name__ == "__main__":
    print(json.dumps(losses_of(TrainSpec.model_validate_json(sys.argv[1]))))

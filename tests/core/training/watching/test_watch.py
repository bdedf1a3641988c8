"""The watch over a run: each warning once, also where a resumed attempt has seen only the end of it."""

import random

from core.specs import TrainSpec
from core.training.run.checkpoints import RunState
from core.training.watching.watch import Watch
from tests.core.training.runs import Recorder

SPEC = TrainSpec(name="run", output_dir="/runs/run", dataset="/a")


class Remembering(Recorder):
    """As a worker's reporter, which reads from the database what was reported before."""

    def reported(self, names):
        drawn = random.Random(0)
        return {"grad_norm": [(step, drawn.uniform(0.3, 0.7)) for step in range(1, 151) if "grad_norm" in names]}


def _resumed(recorder: Recorder) -> RunState:
    state = RunState(step=150)
    watch = Watch(SPEC, 200, state, recorder)
    watch.begin([], "cuda")
    for state.step in range(151, 161):
        watch.note(state.step, {"grad_norm": 50.0, "learning_rate": 1e-4})
    watch.look(validated=True)
    watch.look(validated=True)
    return state


def test_a_resumed_run_is_judged_by_what_it_reported_before():
    recorder = Remembering()
    assert _resumed(recorder).warned == ["exploding"]
    assert len(recorder.events) == 1 and "exploding" in recorder.events[0]


def test_without_a_memory_nothing_is_said_too_early():
    recorder = Recorder()
    assert _resumed(recorder).warned == [] and recorder.events == []

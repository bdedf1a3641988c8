"""A run that is asked to finish publishes what it has learned so far and succeeds."""

from pathlib import Path

from core.manifests import verify_manifest
from core.training.run.checkpoints import checkpoints
from core.training.train import train
from tests.core.training.runs import Recorder, changed


class AsksToFinish(Recorder):
    """Asks to finish as soon as step 1 was reported."""

    def finish_requested(self):
        return ("loss", 1) in self.series


def test_a_run_that_is_asked_to_finish_ends_with_what_it_has(spec):
    spec = changed(spec, merge_adapters=False)
    recorder = AsksToFinish()
    result = train(spec, recorder)
    assert (result.steps, result.kept_step, result.ended_early) == (1, 1, "asked to finish")
    assert list(recorder.steps_of("eval_loss")) == [0, 1], "the last step is validated, so that it can be judged"
    verify_manifest(Path(result.adapter))
    assert [folder.name for folder in checkpoints(Path(spec.output_dir))] == ["checkpoint-1"]
    assert "Ended early, after step 1: asked to finish." in recorder.events
    assert train(spec, Recorder()).ended_early == "asked to finish", "running it again changes nothing"

"""The proposed next step follows from what was made last, and refers to it."""

from pathlib import Path

from app.data.start_preparing import start_preparing
from app.next_steps import SAMPLES, next_step_of_work, try_samples
from core.specs import ArtifactKind, EvaluateSpec, ExportSpec, JobKind, TrainSpec
from storage.actors import OWNER
from tests.app.working import pretend, work_off


def test_each_step_proposes_the_next_with_its_own_result(here):
    assert next_step_of_work(OWNER) is None
    asked = try_samples(OWNER)
    assert asked.spec["num_samples"] == SAMPLES["num_samples"]
    data = work_off(asked)
    assert next_step_of_work(OWNER)[1:3] == ("train", {"dataset": data["id"]})

    folder = here / "runs" / "mine"
    spec = TrainSpec(name="mine", output_dir=str(folder), dataset=data["path"])
    run = pretend(JobKind.TRAIN, spec, ArtifactKind.ADAPTER, folder / "final")
    assert next_step_of_work(OWNER)[:3] == ("Evaluate mine", "evaluate", {"model": run.id, "dataset": data["path"]})

    spec = EvaluateSpec(
        name="scores", output_dir=str(here / "runs" / "scores"), dataset=data["path"], model=str(folder)
    )
    pretend(JobKind.EVALUATE, spec)
    assert next_step_of_work(OWNER)[1:3] == ("export", {"model": str(folder)})

    exported = export(here, folder, "mine", {"q4_0": "not recommended", "q8_0": "recommended"})
    assert next_step_of_work(OWNER)[:3] == ("Chat with mine", "chat", {"model": f"{exported.id}-1"})
    pretend(JobKind.EVALUATE, spec.model_copy(update={"name": "again", "output_dir": str(here / "again")}))
    assert next_step_of_work(OWNER).page == "chat"  # it has its files already


def test_a_dataset_that_is_not_ready_leads_to_its_report(here, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("question,answer\n" + "".join(f"What is {n} and {n}?,It is {2 * n}.\n" for n in range(9)))
    made = work_off(start_preparing(OWNER, input_file=str(few), name="few", min_words=0))
    assert made["report"].state == "not ready"
    assert next_step_of_work(OWNER)[1:3] == ("data", {"dataset": made["id"]})


def test_an_export_without_a_recommended_file_proposes_nothing(here):
    export(here, here / "runs" / "mine", "mine", {"q4_0": "not recommended"})
    assert next_step_of_work(OWNER) is None


def export(here: Path, model: Path, name: str, verdicts: dict[str, str]):
    """An export of `model` with these verdicts by type; only the last file still exists."""
    folder = here / "exports" / name
    files = {kind: str(folder / f"model-{kind}.gguf") for kind in verdicts}
    facts = {"bytes": 1, "sha256": "0" * 64, "parity": {}}
    result = {"gguf": {kind: facts | {"path": files[kind], "verdict": verdict} for kind, verdict in verdicts.items()}}
    spec = ExportSpec(name=name, output_dir=str(folder), model=str(model), types=tuple(verdicts))
    return pretend(JobKind.EXPORT, spec, ArtifactKind.GGUF, Path(list(files.values())[-1]), result)

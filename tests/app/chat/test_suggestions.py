"""Suggested questions: held-out questions of the model's own dataset."""

import shutil

import pytest
from sqlalchemy import select

from app.chat.suggestions import GENERAL, questions_for
from app.models.model_list import models
from app.plumbing.studio import store
from core.specs import ArtifactKind, ExportSpec, JobKind, TrainSpec
from storage.actors import OWNER
from storage.rows import Artifact
from tests.app.working import pretend
from tests.core.data.stored import store_dataset


@pytest.fixture
def tuned(here):
    """A run on a dataset about ships, and the GGUF exported from it."""
    rows = {
        "train": [{"instruction": "Who sails?", "input": "", "output": "Sailors.", "row": 1}],
        "test": [
            {"instruction": f"What is ship {n}?", "input": "", "output": "A ship.", "row": n + 2}
            for n in (1, 1, 2, 3, 4)
        ],
    }
    dataset = store_dataset(here / "datasets" / "ships_dataset", rows)
    run, export = here / "runs" / "ships", here / "exports" / "ships"
    train = TrainSpec(name="ships", output_dir=str(run), dataset=str(dataset))
    pretend(JobKind.TRAIN, train, ArtifactKind.ADAPTER, run / "final")
    spec = ExportSpec(name="ships", output_dir=str(export), model=str(run))
    gguf = export / "model-q4_k_m.gguf"
    pretend(JobKind.EXPORT, spec, ArtifactKind.GGUF, gguf)
    return dataset, str(run), str(gguf)


def test_a_run_and_its_gguf_suggest_held_out_questions_of_their_dataset(tuned):
    dataset, run, gguf = tuned
    assert (
        questions_for(OWNER, run)
        == questions_for(OWNER, gguf)
        == ("What is ship 1?", "What is ship 2?", "What is ship 3?")
    )


def test_a_fully_fine_tuned_model_is_listed_and_suggests_its_questions(here, tuned):
    run = here / "runs" / "whole"
    spec = TrainSpec(name="whole", output_dir=str(run), dataset=tuned[0].as_posix(), tuning="full")
    pretend(JobKind.TRAIN, spec, ArtifactKind.MERGED_MODEL, run / "final")
    assert questions_for(OWNER, str(run)) == ("What is ship 1?", "What is ship 2?", "What is ship 3?")
    assert [model["label"] for model in models(OWNER) if model["reference"] == str(run)] == ["whole"]


def test_a_model_without_a_dataset_suggests_general_questions(here, tuned):
    assert questions_for(OWNER, "starter") == questions_for(OWNER, str(here / "elsewhere")) == GENERAL


def test_suggested_questions_outlive_the_dataset(tuned):
    dataset, run, gguf = tuned
    with store().write() as session:
        adapter = session.scalar(select(Artifact).where(Artifact.kind == ArtifactKind.ADAPTER))
        adapter.facts = {"questions": ["What is ship 9?"]}  # as a run notes them
    shutil.rmtree(dataset)
    assert questions_for(OWNER, run) == questions_for(OWNER, gguf) == ("What is ship 9?",)


def test_suggested_questions_of_a_gguf_outlive_its_run(tuned):
    dataset, run, gguf = tuned
    with store().write() as session:
        session.scalar(select(Artifact).where(Artifact.kind == ArtifactKind.GGUF)).facts = {"questions": ["Ship 8?"]}
        session.delete(session.scalar(select(Artifact).where(Artifact.kind == ArtifactKind.ADAPTER)))
    assert questions_for(OWNER, gguf) == ("Ship 8?",)


def test_an_older_model_without_its_dataset_suggests_general_questions(tuned):
    dataset, run, _ = tuned
    shutil.rmtree(dataset)
    assert questions_for(OWNER, run) == GENERAL

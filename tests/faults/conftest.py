"""Small real trainings on the starter model, their page, and random moments from a seed that is printed, to repeat a
failure."""

import os
import random
import time

import pytest

from app.plumbing.studio import store
from core.specs import TrainSpec
from storage.settings import settings
from tests.core.conftest import tiny_model  # noqa: F401 - a fixture
from tests.core.training.runs import rows_about_illnesses, save_dataset
from tests.framed import framed
from tests.workers.conftest import fleet  # noqa: F401 - a fixture

TOTAL_STEPS = 60
SAVE_STEPS = 5
EVAL_STEPS = 30


@pytest.fixture
def chance():
    """The source of random moments; FAULT_SEED repeats those of an earlier run."""
    seed = int(os.environ.get("FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def training(workspace):
    """The spec of a training of sixty short steps with a checkpoint every five."""
    rows = rows_about_illnesses(2 * TOTAL_STEPS + 4)
    dataset = save_dataset(workspace / "ill_dataset", train=rows[4:], validation=rows[:4], test=rows[:2])
    return TrainSpec(
        name="ill",
        output_dir=str(workspace / "runs" / "ill"),
        dataset=str(dataset),
        epochs=1,
        batch_size=2,
        max_seq_length=64,
        lora_r=4,
        load_in_4bit=False,  # what is disturbed is the same, and each step costs a third less
        save_steps=SAVE_STEPS,
        eval_steps=EVAL_STEPS,
        merge_adapters=False,
    )


@pytest.fixture
def page(workspace):
    """`page(job)`: the words on a run's page, the table of what happened included."""
    for cached in (settings, store):
        cached.cache_clear()

    def words(job) -> str:
        app = framed("runs", run=job.id)
        shown = [*app.markdown, *app.caption, *app.warning, *app.error, *app.info]
        tables = (str(cell) for one in app.dataframe for cell in one.value.to_numpy().flat)
        return "\n".join([*(one.value for one in shown), *tables]).replace("\\", "")

    yield words
    store().close()
    for cached in (settings, store):
        cached.cache_clear()

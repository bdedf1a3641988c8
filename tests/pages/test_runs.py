"""The Runs page: finding, comparing and ordering runs, and a new run from an old one."""

import json
from pathlib import Path

from app.data.start_preparing import start_preparing
from app.jobs.queries import jobs
from app.jobs.queue import waiting_jobs
from app.plumbing.studio import home
from app.training.runs import tag_runs
from app.training.start_training import start_training
from app.training.sweeps import start_sweep
from core.specs import JobKind
from core.training.sweep import SweepPlan
from storage.actors import OWNER
from tests.app.working import work_off
from tests.finished import dataset_with_near_copies, rewarded, trained
from tests.framed import framed


def shown(app) -> str:
    return " ".join(one.value for one in (*app.markdown, *app.caption, *app.header, *app.info)).replace("\\", "")


def button(app, label: str):
    return next(one for one in app.button if one.label == label)


def test_runs_are_found_chosen_and_compared():
    dataset = dataset_with_near_copies()
    first, second, third = trained(dataset, "alpha"), trained(dataset, "beta", keep="last"), trained(dataset, "gamma")
    tag_runs(OWNER, [third.id], ["odd"])
    app = framed("runs")
    assert "3 runs" in shown(app) and len([box for box in app.checkbox if box.label.startswith("Choose ")]) == 3
    app.text_input(key="runs-find").set_value("alp").run()
    assert [box.label for box in app.checkbox] == ["Choose alpha"]
    app.text_input(key="runs-find").set_value("").run()
    app.multiselect(key="runs-tags").set_value(["odd"]).run()
    assert [box.label for box in app.checkbox] == ["Choose gamma"]
    app.multiselect(key="runs-tags").set_value([]).run()
    for run in (first, second):
        app.checkbox(key=f"choose-{run.id}").check().run()
    button(app, "Compare").click().run()
    assert not app.exception and app.query_params["compare"] == f"{first.id},{second.id}"
    settings = app.table[1].value
    assert list(settings["Setting"]) == ["Kept"] and list(settings["beta"]) == ["last"]


def test_a_run_that_learned_from_rewards_shows_them_as_such():
    dataset = dataset_with_near_copies()
    run, other = rewarded(dataset, "rewarded"), rewarded(dataset, "again")
    app = framed("runs", run=run.id)
    assert app.selectbox(key=f"from-{run.id}").options == [
        "step 160 · mean reward 0.400", "step 80 · mean reward 0.500 · best",
    ]  # fmt: skip
    app = framed("runs", compare=f"{run.id},{other.id}")
    assert not app.exception and "Best mean reward" in list(app.table[0].value["Score"])
    assert not any("loss" in name for name in app.table[0].value["Score"])


def test_the_queue_is_reordered_and_a_sweep_is_shown():
    dataset = dataset_with_near_copies()
    (home() / "datasets" / "shop_dataset" / "dataset_dict.json").write_text("{}")
    sweep = start_sweep(OWNER, SweepPlan(vary={"lora_r": (8, 16)}), dataset=dataset, model="starter", name="ranks")
    last = start_training(OWNER, dataset=dataset, model="starter", name="urgent")
    app = framed("runs")
    assert "Waiting: 3 jobs" in [one.label for one in app.expander]
    app.button(key=f"queue-first-{last.id}").click().run()
    assert [one.name for one in waiting_jobs(OWNER)] == ["urgent", "ranks 1", "ranks 2"]
    app = framed("runs", sweep=sweep.id)
    assert "The chart appears once" in shown(app) and len(app.checkbox) == 2


def test_the_train_form_opens_with_the_settings_of_a_run():
    made = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))
    run = start_training(OWNER, dataset=made["path"], model="starter", learning_rate=7e-4, lora_r=4, weight_decay=0.1)
    folder = Path(run.output_dir, "checkpoint-5")
    folder.mkdir()
    (folder / "training_config.json").write_text(json.dumps(run.spec))
    (folder / "trainer_state.json").write_text('{"step": 5}')
    app = framed("train", clone=run.id, step="5")
    assert f"These are the settings of {run.name}, with its weights of step 5" in shown(app).replace("*", "")
    rank = next(box for box in app.number_input if box.label == "LoRA rank")
    assert rank.value == 4
    rank.set_value(8).run()
    assert any("lora_r" in error.value.replace("\\", "") for error in app.error)
    next(box for box in app.number_input if box.label == "LoRA rank").set_value(4).run()
    button(app, "Start training").click().run()
    started = next(one for one in jobs(OWNER, JobKind.TRAIN) if one.id != run.id)
    differing = {field for field in started.spec if started.spec[field] != run.spec[field]}
    assert differing == {"name", "output_dir", "resume_from_checkpoint"}

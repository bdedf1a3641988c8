"""The address names what a page shows; something missing is reported, not replaced."""

import shutil

import pytest

from app.plumbing.studio import store
from core.specs import JobKind, TrainSpec
from storage import claims, jobs
from storage.actors import OWNER
from tests import shop as made
from tests.framed import framed


@pytest.fixture
def shop(workspace):
    """A dataset, a run on it, an evaluation and an export of the run; kind → id."""
    base, home = store(), workspace
    return {
        "data": made.a_dataset(base, home, "kunden"),
        "runs": made.a_run(base, home, "kunden"),
        "evaluate": made.an_evaluation(base, home, "kunden scores", "kunden"),
        "export": made.an_export(base, home, "kunden", "kunden", {"q4_0": "recommended", "q4_k_m": "recommended"}),
    }


def links(app) -> dict[str, str]:
    """The label of each link on the page, and its query."""
    return {link.proto.label: link.proto.query_string for link in app.main.get("page_link")}


def told(app) -> str:
    return " ".join(one.value for one in (*app.warning, *app.info, *app.error)).replace("\\", "")


@pytest.mark.parametrize(
    ("page", "name", "what"),
    [("runs", "run", "run"), ("evaluate", "job", "evaluation"), ("export", "job", "export"), ("data", "job", "dataset"),
     ("data", "dataset", "dataset")],
)  # fmt: skip
def test_a_link_to_something_missing_says_so_and_offers_the_list(shop, page, name, what):
    app = framed(page, **{name: "nonsense"})
    assert f"There is no {what} “nonsense” here" in told(app)
    assert any(label.startswith("kunden") for label in links(app))


def test_a_job_of_another_kind_is_not_shown(shop):
    assert "There is no export" in told(framed("export", job=shop["runs"]))


@pytest.mark.parametrize("page", ["evaluate", "export", "serve", "chat", "train"])
def test_a_missing_thing_named_by_a_link_is_not_replaced(shop, page):
    name = "dataset" if page == "train" else "model"
    app = framed(page, **{name: "gone"})
    assert f"The {name} “gone” no longer exists" in told(app)
    assert app.selectbox[0].value is None
    assert all(button.disabled for button in app.button if button.label in ("Export", "Start serving"))


def test_a_missing_base_model_named_by_the_address_is_not_replaced(shop):
    app = framed("train", base="nonsense")
    assert "There is no base model “nonsense” here" in told(app)
    box = next(box for box in app.selectbox if box.label == "Base model")
    assert box.value is None
    assert next(button for button in app.button if button.label == "Start training").disabled
    box.set_value("starter").run()
    assert "base" not in app.query_params and "There is no base model" not in told(app)


def test_a_choice_that_is_deleted_is_not_replaced(shop, workspace):
    made.a_dataset(store(), workspace, "later")
    app = framed("evaluate")
    box = next(box for box in app.selectbox if box.label == "Dataset")
    assert box.value == f"{jobs.list_jobs(store(), OWNER, kind=JobKind.PREPARE)[0].id}-1"  # the newest
    shutil.rmtree(workspace / "datasets" / "later_dataset")
    next(button for button in app.button if button.label == "Evaluate").click().run()
    assert "no longer exists" in told(app)
    assert next(box for box in app.selectbox if box.label == "Dataset").value is None
    assert len(jobs.list_jobs(store(), OWNER, kind=JobKind.EVALUATE)) == 1


def test_choosing_something_else_removes_it_from_the_address(shop):
    app = framed("export", model=shop["runs"])
    assert app.selectbox[0].value == f"{shop['runs']}-1"
    app.selectbox[0].set_value("starter").run()
    assert "model" not in app.query_params and app.selectbox[0].value == "starter"


def test_the_settings_of_a_run_are_shown_with_units(shop):
    app = framed("runs", run=shop["runs"])
    told_settings = dict(app.table[-1].value[["Setting", "Value"]].itertuples(index=False))
    assert told_settings["Dataset"] == "kunden" and told_settings["Batch size"] == "8 examples"
    assert told_settings["Warm-up"] == "5% of steps" and told_settings["Merged at the end"] == "yes"


def test_a_list_shows_the_newest_first_twenty_per_page(workspace):
    names = [f"run {number:02d}" for number in range(25)]
    for name in names:
        made.a_run(store(), workspace, name)
    assert list(links(framed("runs"))) == names[:4:-1]
    second = framed("runs", page="2")
    assert list(links(second)) == names[4::-1]
    assert second.query_params["page"] == "2"


def test_running_jobs_are_shown_in_the_sidebar_and_in_one_line_above_the_page(workspace):
    spec = TrainSpec(name="shop", output_dir=str(workspace / "runs" / "shop"), dataset="/a-dataset")
    run = jobs.enqueue(store(), OWNER, spec, JobKind.TRAIN)
    claims.claim(store(), "here", [JobKind.TRAIN])
    app = framed("train")
    assert [link.proto.query_string for link in app.sidebar.get("page_link")] == [f"run={run.id}"]
    assert links(app) == {"train · 0%": f"run={run.id}"}
    assert not links(framed("runs", run=run.id)).keys() & {"train · 0%"}  # it is the page itself


def test_a_single_option_is_shown_as_text_and_several_as_a_choice(workspace):
    made.a_dataset(store(), workspace, "kunden")
    page = framed("train")
    assert any(one.value.startswith("Dataset: **kunden · 5 examples") for one in page.markdown)
    made.a_dataset(store(), workspace, "lager")
    page.run()
    assert page.selectbox[0].label == "Dataset" and "kunden" in page.selectbox[0].format_func(page.selectbox[0].value)


def test_every_version_has_one_name(workspace):
    made.a_dataset(store(), workspace, "kunden")
    asked = made.a_dataset(store(), workspace, "kunden", 4)
    assert "kunden, version 4" in links(framed("data"))
    assert [one.value for one in framed("data", job=asked).header][0] == "kunden, version 4"
    box = framed("train").selectbox[0]
    assert box.options[0].startswith("kunden, version 4 ·")

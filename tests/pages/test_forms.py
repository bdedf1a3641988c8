"""Forms: validation at the field, drafts, and forecasts before starting."""

import json
from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from app.data.start_preparing import start_preparing
from app.data.uploads import store_upload, upload_path
from app.jobs.queries import jobs
from app.plumbing.studio import store
from app.training.start_training import start_training
from core.errors import InputError, NotFoundError
from core.specs import JobKind
from storage.actors import OWNER
from storage.claims import claim
from tests.app.working import work_off
from tests.framed import framed
from tests.waiting import PATIENCE_SECONDS

PAGES = Path(__file__).resolve().parents[2] / "pages"


def labelled(elements, label: str):
    return next(element for element in elements if element.label.startswith(label))


def told(app: AppTest) -> str:
    """All text on the page, without Markdown's backslashes."""
    elements = (*app.caption, *app.error, *app.info, *app.markdown)
    return " ".join(element.value for element in elements).replace("\\", "")


@pytest.fixture
def dataset():
    return work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))


@pytest.mark.parametrize(
    ("page", "label", "value", "words", "button"),
    [
        ("train", "Epochs", -3.0, "Epochs must be above 0 and at most 1,000.", "Start training"),
        ("train", "Learning rate", -1.0, "Learning rate must be above 0 and at most 1.", "Start training"),
        ("train", "LoRA rank", 100_000, "LoRA rank must be at least 1 and at most 1,024.", "Start training"),
        ("train", "Maximum length", 3, "Maximum length must be at least 16 and at most 131,072.", "Start training"),
        ("evaluate", "Temperature", 9.0, "Temperature must be at least 0 and at most 5.", "Evaluate"),
        ("data", "Minimum words", 5000, "Maximum words must not be less than minimum words.", "Make the dataset"),
        ("data", "Examples", 90_000, "there are no more of this domain", "Make the dataset"),
        ("data", "Train share", 0.95, "must add up to 1; these add up to 1.15", "Make the dataset"),
    ],
)
def test_an_invalid_value_is_shown_at_its_field_and_blocks_starting(dataset, page, label, value, words, button):
    app = framed(page)
    labelled(app.number_input, label).set_value(value).run()
    assert not app.exception
    assert [words in error.value.replace("\\", "") for error in app.error] == [True]
    assert "--" not in app.error[0].value and "_" not in app.error[0].value.replace("\\_", "")
    start = labelled(app.button, button)
    assert start.disabled and words in start.help


@pytest.mark.parametrize("page", ["train", "evaluate", "export"])
def test_a_name_can_be_given_and_is_checked(dataset, page):
    app = framed(page)
    labelled(app.text_input, "Name").set_value("a/b").run()
    assert "letters, digits" in app.error[0].value
    labelled(app.text_input, "Name").set_value("shop answers").run()
    assert not app.error
    label = {"train": "Start training", "evaluate": "Evaluate", "export": "Export"}[page]
    labelled(app.button, label).click().run()
    assert jobs(OWNER)[0].name == "shop answers"


def test_pairs_offer_the_methods_that_learn_from_them_and_other_data_refuses_them(dataset, tmp_path):
    source = tmp_path / "pairs.jsonl"
    pairs = (
        {"prompt": f"What is case {n} about?", "chosen": f"It is about {n} things.", "rejected": f"Nobody knows {n}."}
        for n in range(30)
    )
    source.write_text("\n".join(json.dumps(pair) for pair in pairs))
    work_off(start_preparing(OWNER, input_file=str(source), name="pairs", min_words=0))
    app = framed("train")
    method = labelled(app.segmented_control, "Method")
    assert "Prefer the better answer (DPO)" in method.options and "Read the texts" not in method.options
    rate = labelled(app.number_input, "Learning rate").value
    method.set_value("kto").run()
    assert str(labelled(app.number_input, "Learning rate").value) == f"{rate / 10:g}", "as a person would write it"
    assert labelled(app.selectbox, "Gradient checkpointing").index == 0, "not left open"
    labelled(app.number_input, "Weight of bad answers").set_value(2.0).run()
    varied = labelled(app.multiselect, "Settings to vary")
    assert {"Weight of bad answers", "Optimizer"} <= {*varied.options} and "Margin (gamma)" not in varied.options
    varied.set_value(["optimizer"]).run()
    assert labelled(app.text_input, "Optimizer").value == "adamw, adamw_8bit, paged_adamw, paged_adamw_8bit"
    assert "--method kto" in app.code[0].value and "--undesirable-weight 2.0" in app.code[0].value
    labelled(app.button, "Start training").click().run()
    spec = jobs(OWNER)[0].spec
    assert (spec["method"], spec["undesirable_weight"], spec["prompt_dropout"]) == ("kto", 2.0, 0.0)
    shown = framed("runs", run=jobs(OWNER)[0].id).table[0].value.set_index("Setting")["Value"]
    assert "KTO" in shown["Method"] and shown["Weight of bad answers"].startswith("2")
    with pytest.raises(InputError, match="method: The method dpo learns from pairs"):
        start_training(OWNER, model="starter", dataset="rows", method="dpo")


def test_a_taken_name_is_shown_at_its_field(dataset):
    app = framed("data")
    labelled(app.text_input, "Name").set_value("rows").run()
    assert "A dataset with this name already exists" in app.error[0].value
    assert labelled(app.button, "Make the dataset").disabled


def test_what_the_examples_can_show_is_told_before_an_evaluation(dataset):
    assert "3 examples cannot tell two models apart, whatever they answer." in told(framed("evaluate"))


def test_an_evaluation_is_asked_with_a_schema_and_an_embedding_model(dataset):
    app = framed("evaluate")
    labelled(app.text_area, "JSON schema of answers").set_value('{"type": "object"}').run()
    labelled(app.text_input, "Embedding model, for semantic similarity").set_value("some/embeddings").run()
    labelled(app.button, "Evaluate").click().run()
    asked = jobs(OWNER)[0].spec
    assert (asked["answer_schema"], asked["embedding_model"]) == ('{"type": "object"}', "some/embeddings")


def test_inputs_survive_a_reload_and_are_cleared_after_submitting(dataset):
    app = framed("train")
    labelled(app.number_input, "Epochs").set_value(7.0).run()
    labelled(app.text_input, "Name").set_value("mine").run()
    labelled(app.toggle, "Merge").set_value(False).run()
    again = framed("train")
    assert labelled(again.number_input, "Epochs").value == 7.0
    assert labelled(again.text_input, "Name").value == "mine"
    assert not labelled(again.toggle, "Merge").value
    labelled(again.button, "Start training").click().run()
    assert (jobs(OWNER)[0].spec["epochs"], jobs(OWNER)[0].spec["merge_adapters"]) == (7.0, False)
    assert labelled(framed("train").number_input, "Epochs").value != 7.0


def test_the_address_takes_precedence_over_the_last_choice(dataset):
    other = work_off(start_preparing(OWNER, source="sample", domain="finance", num_samples=30, name="other"))
    app = framed("evaluate")
    labelled(app.selectbox, "Dataset").set_value(dataset["id"]).run()
    assert labelled(framed("evaluate").selectbox, "Dataset").value == dataset["id"]
    named = framed("evaluate", dataset=other["id"])
    assert labelled(named.selectbox, "Dataset").value == other["id"]
    labelled(named.selectbox, "Dataset").set_value(dataset["id"]).run()
    assert labelled(named.selectbox, "Dataset").value == dataset["id"] and "dataset" not in named.query_params
    assert "24 train, 3 validation, 3 test" in labelled(named.selectbox, "Dataset").options[0]


def test_the_inputs_of_each_source_are_kept():
    app = framed("data")
    labelled(app.number_input, "Examples").set_value(250).run()
    labelled(app.multiselect, "Languages").set_value(["de"]).run()
    app.segmented_control(key="data-source").set_value("text").run()
    labelled(app.text_area, "Text").set_value("a,b\n1,2").run()
    again = framed("data")
    assert labelled(again.text_area, "Text").value == "a,b\n1,2"
    assert labelled(again.multiselect, "Languages").value == ["de"]
    again.segmented_control(key="data-source").set_value("sample").run()
    assert labelled(again.number_input, "Examples").value == 250


def test_a_text_too_long_to_store_says_so_at_its_field():
    app = framed("data")
    app.segmented_control(key="data-source").set_value("text").run()
    field = labelled(app.text_area, "Text").set_value("a" * 1_000_001).run().warning[0]
    assert "will be lost when you reload" in field.value and "1,000,000 characters" in field.value
    assert not labelled(app.text_area, "Text").set_value("a,b").run().warning


def test_the_inputs_of_a_deployment_are_kept_until_submitted():
    app = framed("serve")
    labelled(app.number_input, "Port").set_value(70_000).run()
    assert "Port must be at least 0" in app.error[0].value and labelled(app.button, "Start serving").disabled
    labelled(app.number_input, "Port").set_value(8123).run()
    labelled(app.text_input, "Reranker").set_value("no such thing").run()
    labelled(app.button, "Start serving").click().run()
    assert app.error
    again = framed("serve")
    assert labelled(again.number_input, "Port").value == 8123
    labelled(again.text_input, "Reranker").set_value("").run()
    labelled(again.button, "Start serving").click().run()
    assert not again.error and labelled(framed("serve").number_input, "Port").value == 8000


def brought(name: str, content: str) -> tuple[AppTest, str]:
    """The Data page with an uploaded file, and the file's id."""
    upload = store_upload(name, [content.encode()])
    app = AppTest.from_file(str(PAGES / "data.py"), default_timeout=PATIENCE_SECONDS)
    app.session_state["typed-data"] = {"source": "file", "upload": upload | {"name": name}}
    app.run()
    assert not app.exception, app.exception
    return app, upload["id"]


def is_kept(upload_id: str) -> bool:
    try:
        return Path(upload_path(upload_id)).is_file()
    except NotFoundError:
        return False


def test_a_file_stays_staged_until_it_is_removed():
    app, upload = brought("rows.csv", "question,answer\nWhat is rust?,Iron that met water.\n" * 3)
    assert is_kept(upload)
    labelled(app.button, "Remove rows").click().run()
    assert not is_kept(upload)
    assert app.session_state["typed-data"]["upload"] is None
    assert labelled(app.button, "Make the dataset").help == "Choose where the examples come from"


def test_a_rejected_file_is_removed_with_the_reason():
    app, upload = brought("rows.json", '{"rows": [1, 2,')
    assert app.error and "rows" in app.error[0].value
    assert not is_kept(upload)
    assert app.session_state["typed-data"]["upload"] is None


def test_the_forecast_and_the_jobs_ahead_are_shown_before_starting(dataset):
    assert "No forecast yet: this machine is being timed" in told(framed("train"))
    start_training(OWNER, model="starter", dataset="rows", name="first")
    claim(store(), "here", [JobKind.TRAIN])
    app = AppTest.from_file(str(PAGES.parent / "Home.py"), default_timeout=PATIENCE_SECONDS).run()
    for page in ("train", "evaluate", "export"):
        app.switch_page(f"pages/{page}.py").run()
        assert "It will have to wait: training first is running." in told(app)


def test_a_single_preset_is_not_asked_for_and_each_says_whom_it_suits(dataset):
    app = framed("train")
    assert not [choice for choice in app.segmented_control if choice.label == "Preset"]
    labelled(app.selectbox, "Base model").set_value("qwen3-0.6b").run()
    preset = labelled(app.segmented_control, "Preset")
    assert "one pass over your data" in told(app)
    preset.set_value("thorough").run()
    assert "a model of a billion parameters or more" in told(app)


def test_a_hub_id_is_checked_as_it_is_typed(dataset):
    app = framed("train")
    labelled(app.selectbox, "Base model").set_value("another").run()
    for wrong in ("not an id", "org/na me", "nowhere"):
        labelled(app.text_input, "Hub id").set_value(wrong).run()
        assert app.error, wrong
    labelled(app.text_input, "Hub id").set_value("org/model").run()
    assert not app.error and "the Hugging Face hub cannot be reached" in told(app)
    app = framed("data")
    app.segmented_control(key="data-source").set_value("hub").run()
    labelled(app.text_input, "Dataset id").set_value("org/na me").run()
    assert "has the form owner/name" in app.error[0].value


def test_unsaved_changes_to_rows_are_kept(dataset):
    app = AppTest.from_function(
        _rows, default_timeout=PATIENCE_SECONDS, kwargs={"dataset_id": dataset["id"], "drops": [3]}
    ).run()
    assert "1 unsaved change" in told(app)
    again = AppTest.from_function(
        _rows, default_timeout=PATIENCE_SECONDS, kwargs={"dataset_id": dataset["id"], "drops": []}
    ).run()
    assert "1 unsaved change" in told(again)
    labelled(again.button, "Discard all").click().run()
    gone = AppTest.from_function(
        _rows, default_timeout=PATIENCE_SECONDS, kwargs={"dataset_id": dataset["id"], "drops": []}
    ).run()
    assert "unsaved change" not in told(gone)


def _rows(dataset_id, drops):
    from app.components.data.draft import draft_bar, draft_of

    if drops and not draft_of(dataset_id):
        draft_of(dataset_id).append({"kind": "drop", "rows": drops})
    draft_bar(dataset_id)


def test_yaml_fills_the_form_and_keeps_what_it_has_no_field_for(dataset):
    app = framed("train")
    text = "preset: starter\ndataset: rows\nname: mine\nepochs: 2\nweight_decay: 0.1\nlora_targets: [q_proj]\n"
    labelled(app.text_area, "Settings as YAML").set_value("lora_rang: 4").run()
    labelled(app.button, "Fill in the form").click().run()
    assert "did you mean" in app.error[0].value.replace("\\", "")
    labelled(app.text_area, "Settings as YAML").set_value(text).run()
    labelled(app.button, "Fill in the form").click().run()
    assert not app.error and not app.exception
    assert labelled(app.number_input, "Epochs").value == 2.0
    assert labelled(app.text_input, "Name").value == "mine"
    assert "Set from YAML: epochs, weight_decay, lora_targets" in told(app)
    shown = app.code[1].value  # after the command
    assert set(yaml.safe_load(shown)) == {
        "preset", "dataset", "name", "epochs", "weight_decay", "lora_targets", "load_in_4bit",
    }  # fmt: skip
    labelled(app.button, "Start training").click().run()
    spec = jobs(OWNER)[0].spec
    assert (spec["name"], spec["epochs"], spec["weight_decay"], spec["lora_targets"]) == ("mine", 2, 0.1, ["q_proj"])

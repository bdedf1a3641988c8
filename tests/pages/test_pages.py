"""Every page draws on an empty workspace and says what to do next, without a browser."""

import shlex
from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.values import given_values
from app.data.start_preparing import start_preparing
from app.export.start_exporting import start_exporting
from app.jobs.queries import jobs
from app.plumbing.studio import store
from app.training.start_training import start_training
from core.specs import ArtifactKind, JobKind
from storage.actors import OWNER
from storage.artifacts import NewArtifact
from storage.claims import claim
from storage.endings import succeed
from tests.app.working import work_off
from tests.framed import framed

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.mark.parametrize("page", sorted(path.stem for path in PAGES.glob("[a-z]*.py")))
def test_a_page_draws_on_an_empty_workspace(page):
    app = framed(page)
    assert app.title[0].value.lower() == page


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("data", "No dataset yet"),
        ("train", "no dataset to train on"),
        ("runs", "No run yet"),
        ("evaluate", "the questions of a dataset"),
        ("export", "No export yet"),
        ("serve", "Nothing is served yet"),
    ],
)
def test_an_empty_page_says_what_goes_there(page, words):
    assert any(words in info.value for info in framed(page).info)


def test_one_click_on_an_empty_overview_starts_with_samples():
    app = framed("overview")
    next(button for button in app.button if button.label == "Try it with samples").click().run()
    [asked] = jobs(OWNER)
    assert asked.spec["source"] == "sample"
    assert not any(button.label == "Try it with samples" for button in framed("overview").button)


def test_shares_that_do_not_add_up_are_refused_and_stay_on_screen():
    app = framed("data")
    share = next(box for box in app.number_input if box.label == "Train share")
    share.set_value(0.95)
    next(button for button in app.button if button.label == "Make the dataset").click().run()
    assert "add up to 1" in app.error[0].value.replace("\\", "")
    assert next(box for box in app.number_input if box.label == "Train share").value == 0.95


def test_the_address_of_a_missing_job_says_so():
    app = framed("runs", run="train-nobody")
    assert "There is no run “train\\-nobody”" in app.warning[0].value


def test_switching_sources_keeps_all_inputs():
    app = framed("data")
    next(box for box in app.number_input if box.label == "Examples").set_value(250)
    for source in ("file", "text", "hub", "dataset", "documents", "sample"):
        app.segmented_control(key="data-source").set_value(source).run()
        assert not app.exception, (source, app.exception)
    assert next(box for box in app.number_input if box.label == "Examples").value == 250


def test_the_evaluation_sets_are_shown_and_can_be_changed():
    assert not framed("data").multiselect[1:]  # the only one asks for languages
    exam = work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="exam"))
    app = framed("data")
    for chosen, compared in ([[exam["id"]], [exam["path"]]], [[], []]):
        box = next(box for box in app.multiselect if "validation and test splits" in box.label)
        assert (box.options, box.value) == (["exam"], [exam["id"]])
        box.set_value(chosen).run()
        next(button for button in app.button if button.label == "Make the dataset").click().run()
        assert jobs(OWNER)[0].spec["compare_with"] == compared
        app = framed("data")


@pytest.mark.parametrize("changed", [{}, {"LoRA alpha": 48.0, "Seed": 7, "Prompt dropout, share": 0.2}])
def test_the_command_beside_the_train_form_asks_for_the_same_run(changed):
    work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))
    app = framed("train")
    for label, value in changed.items():
        next(box for box in app.number_input if box.label == label).set_value(value)
    if changed:
        next(choice for choice in app.segmented_control if choice.label == "LoRA targets").set_value("Attention only")
        next(toggle for toggle in app.toggle if toggle.label.startswith("4-bit")).set_value(False)
        next(choice for choice in app.segmented_control if choice.label == "Adapter to keep").set_value("last")
    app.run()
    command = shlex.split(next(code.value for code in app.code if code.value.startswith("python -m app train")))
    next(button for button in app.button if button.label == "Start training").click().run()
    by_form = jobs(OWNER)[0].spec
    by_command = start_training(OWNER, **given_values(build_parser().parse_args(command[3:]))).spec
    assert {key for key in by_form if by_form[key] != by_command[key]} <= {"name", "output_dir"}
    assert by_form["seed"] == changed.get("Seed", 42)


def test_all_weights_are_trained_with_settings_that_fit_them():
    work_off(start_preparing(OWNER, source="sample", domain="legal", num_samples=30, name="rows"))
    app = framed("train")
    next(choice for choice in app.segmented_control if choice.label == "What is trained").set_value("full").run()
    next(box for box in app.number_input if box.label == "Stop early after, validations").set_value(3)
    next(box for box in app.selectbox if box.label == "Optimizer").set_value("adamw_8bit").run()
    labels = {widget.label for widget in (*app.number_input, *app.toggle, *app.segmented_control)}
    assert "LoRA rank" not in labels and "LoRA targets" not in labels and "DoRA" not in labels
    command = shlex.split(next(code.value for code in app.code if code.value.startswith("python -m app train")))
    next(button for button in app.button if button.label == "Start training").click().run()
    by_form = jobs(OWNER)[0].spec
    assert (by_form["tuning"], by_form["load_in_4bit"], by_form["keep"]) == ("full", False, "best")
    by_command = start_training(OWNER, **given_values(build_parser().parse_args(command[3:]))).spec
    assert {key for key in by_form if by_form[key] != by_command[key]} <= {"name", "output_dir"}


def test_a_removed_file_is_asked_for_again():
    upload = {"id": "0" * 16, "name": "gone.csv", "bytes": 12}
    app = framed("data", {"typed-data": {"source": "file", "upload": upload}})
    assert any("gone\\.csv is no longer kept" in info.value for info in app.info)


def test_an_export_shows_each_type_with_its_verdict_and_why(tmp_path):
    asked = start_exporting(OWNER, model="starter", types=("q8_0", "q4_0", "q4_k_m"), output_dir=str(tmp_path))
    made = {
        kind: {
            "path": str(tmp_path / f"model-{kind}.gguf"), "bytes": size, "sha256": "0" * 64, "verdict": verdict,
            "why": why, "parity": {"mean_kl_divergence": 0.3, "largest_kl_recommended": 0.25, "top1_agreement": 0.7},
        }
        for kind, size, verdict, why in (
            ("q8_0", 140_000_000, "recommended", None),
            ("q4_0", 90_000_000, "not recommended", "its predictions are 0.3 nats from f16"),
        )
    }  # fmt: skip
    stopped = {"q4_k_m": {"verdict": "stopped", "why": "model-q4_k_m.gguf lost a part of it", "remedy": "Try again."}}
    running = claim(store(), "here", [JobKind.EXPORT])
    files = [
        NewArtifact(ArtifactKind.GGUF, kind, one["path"], one["bytes"], one["sha256"], {}) for kind, one in made.items()
    ]
    succeed(store(), asked.id, running.attempt, {"gguf": made, "stopped": stopped}, files)
    for one in made.values():
        Path(one["path"]).touch()
    app = framed("export", job=asked.id)
    table = app.table[0].value
    assert list(table["Type"]) == ["q8_0", "q4_0", "q4_k_m"]
    for verdict, cell in zip(("recommended", "not recommended", "stopped, not shipped"), table["Verdict"], strict=True):
        assert cell.endswith(f" {verdict}]")
    assert ["[Download](/artifacts/" in cell for cell in table["File"]] == [True, True, False]
    shown = " ".join(one.value for one in (*app.markdown, *app.warning, *app.error)).replace("\\", "")
    assert "**q4_0** is not recommended: its predictions are 0.3 nats from f16." in shown
    assert "model-q4_k_m.gguf lost a part of it" in shown and "Try again." in shown

"""Verdicts on the pages of runs, evaluations and exports, and of the best model; with faked jobs."""

import re
from pathlib import Path
from shutil import rmtree

import pytest
from streamlit.testing.v1 import AppTest

from app.evaluation.evidence import best_so_far, evidence_for
from app.export.gguf_files import recommended_gguf
from app.next_steps import steps_after_evaluation
from app.plumbing.studio import home, store
from core.specs import ArtifactKind, BenchmarkSpec, JobKind, TrainSpec
from storage import claims, endings, jobs
from storage.actors import OWNER
from storage.settings import settings
from tests.app.working import pretend
from tests.finished import dataset_with_near_copies, evaluated, exported, trained
from tests.framed import framed
from tests.pages.test_forms import labelled


def told(banners) -> str:
    """Their text as displayed."""
    return re.sub(r":color\[\\?(.)\]", r"\1", " ".join(one.value for one in banners)).replace("\\", "")


@pytest.fixture
def dataset() -> str:
    return dataset_with_near_copies()


@pytest.mark.parametrize(("keep", "banner"), [("best", "warning"), ("last", "info")])
def test_an_overfitted_run_is_not_good_and_compares_the_best_loss_with_the_first(dataset, keep, banner):
    app = framed("runs", run=trained(dataset, keep=keep).id)
    assert not app.success
    assert "step 80 of 160" in told(getattr(app, banner))
    assert "longer" not in told(app.info) + told(app.warning)
    best = next(one for one in app.metric if one.label == "Best validation loss")
    assert (best.value, best.delta) == ("2.8", "-1.5 from the first")


def test_the_losses_of_a_run_are_shown_once(dataset):
    app = framed("runs", run=trained(dataset).id)
    told_of = told(app.warning) + told(app.caption) + told(app.markdown)
    assert told_of.count("2.8 to 3.4") == 1 and "went from" not in told_of


def test_a_run_that_failed_says_once_why_and_what_to_do(dataset):
    spec = TrainSpec(name="broken", output_dir=str(home() / "runs" / "broken"), dataset=dataset)
    asked = jobs.enqueue(store(), OWNER, spec, JobKind.TRAIN)
    endings.fail(store(), asked.id, claims.claim(store(), "here", [JobKind.TRAIN]).attempt, "It was hot.", "Cool it.")
    app = framed("runs", run=asked.id)
    assert "appears after" not in told(app.caption)
    assert told(app.error) == "**Failed: It was hot.**\n\nCool it."


def test_an_evaluation_says_what_the_paired_tests_tell_apart(dataset):
    app = framed("evaluate", job=evaluated(trained(dataset).output_dir, dataset, 86).id)
    assert "**Tuned** against Base model: better on ROUGE-L." in told(app.markdown)
    assert re.search(r"120 examples show a difference of 1\d points in the share of good answers", told(app.caption))


@pytest.mark.parametrize(
    ("close", "banner", "words"),
    [(0, "error", "0 of 120 right; not usable yet"), (86, "success", "86 of 120 right or close to it"),
     (55, "warning", "too many answers miss the reference")],
)  # fmt: skip
def test_an_evaluation_shows_its_verdict(dataset, close, banner, words):
    run = trained(dataset)
    app = framed("evaluate", job=evaluated(run.output_dir, dataset, close).id)
    assert words in told(getattr(app, banner))
    assert [kind for kind in ("success", "info", "warning", "error") if getattr(app, kind)] == [banner]
    table = app.table[0].value
    assert list(table["Metric"])[:3] == ["Right", "Right or close", "Loss"]
    assert table["Tuned"][2] == "1.2 (1.2 to 1.2)"
    assert table["Tuned"][1].startswith(f"{close} of 120 (")
    assert "36 examples nearly the same" in told(app.caption)


@pytest.mark.parametrize(
    ("close", "base", "main", "quiet"),
    [(86, "smollm2-135m", "Export it to GGUF", []),
     (55, "smollm2-135m", "Export it to GGUF", []),
     (0, "smollm2-135m", "Add more examples", ["Export it to GGUF"]),
     (0, "starter", "Train a larger base model", ["Export it to GGUF"])],
)  # fmt: skip
def test_the_next_step_follows_the_evidence(dataset, close, base, main, quiet):
    scores = evaluated(trained(dataset).output_dir, dataset, close, base=base)
    app = framed("evaluate", job=scores.id)
    steps = [one for one in app.button if (one.key or "").startswith("next-")]
    assert [(one.label, one.proto.type) for one in steps] == [
        (main, "primary"), *((label, "secondary") for label in quiet)
    ]  # fmt: skip
    assert ("A file is worth no more than its model" in told(app.caption)) is (close != 86)
    assert main in [one.label for one in framed("overview").button]


def test_a_larger_base_is_proposed_on_the_same_dataset(dataset):
    scores = evaluated(trained(dataset).output_dir, dataset, 0, base="starter")
    main, quiet = steps_after_evaluation(OWNER, scores)
    assert (main.page, main.query, quiet.page) == ("train", {"dataset": dataset}, "export")


def test_serving_an_unproved_model_is_a_quiet_step_with_the_reason(dataset):
    run = trained(dataset)
    evaluated(run.output_dir, dataset, 0)
    app = framed("serve", model=run.id)
    assert "0 of 120 right; not usable yet" in told(app.caption)
    assert next(one for one in app.button if one.label == "Start serving").proto.type == "secondary"


def test_long_answers_fold(dataset):
    app = framed("evaluate", job=evaluated(trained(dataset).output_dir, dataset, 86).id)
    labelled(app.segmented_control, "Mark differences").set_value("None").run()
    texts = [one.proto.body for one in app.get("html") if "<details>" in one.proto.body]
    assert len(texts) == 15  # of five examples, of three models; their references are short
    beginnings = [text.partition("<details>")[0] for text in texts]
    assert all(beginning.endswith(" …") for beginning in beginnings) and max(map(len, beginnings)) < 450


def test_a_text_is_folded_by_its_length_and_by_its_lines():
    def drawn() -> None:
        from app.components.long_text import long_text

        long_text("short")
        long_text("line\n" * 9)
        long_text("a" * 500)

    app = AppTest.from_function(drawn).run()
    assert len(app.expander) == 2
    assert app.text[0].value == "short"


def test_a_benchmark_shows_the_fastest_first_and_what_could_not_be_measured():
    def figures(kind: str, speed: float | None, **others) -> dict:
        times = {"tokens_per_second": speed, "time_to_first_token_s": 0.0234, "load_s": 1.234}
        return {"kind": kind, "peak_memory_bytes": 310_000_000, "new_tokens": 64} | times | others

    nothing = dict.fromkeys(("time_to_first_token_s", "load_s", "peak_memory_bytes"))
    speed = {
        "shop": figures("adapter", 12.34),
        "gone": figures("gguf", None, **nothing, error="Its file is broken."),
        "shop q4_k_m": figures("gguf", 56.78),
    }
    folder = home() / "runs" / "speed"
    spec = BenchmarkSpec(name="speed", output_dir=str(folder), models=("a", "b", "c"))
    made = pretend(JobKind.BENCHMARK, spec, ArtifactKind.BENCHMARK, folder / "benchmark.json", speed)
    app = framed("evaluate", job=made.id)
    assert "shop q4_k_m is the fastest: 57 tokens per second, first token after 0.023 s" in told(app.markdown)
    table = app.table[0].value
    assert list(table["Model"]) == ["shop q4\\_k\\_m", "shop", "gone"]
    assert list(table["Engine"]) == ["llama.cpp", "Transformers", "llama.cpp"]
    assert list(table["Tokens per second"]) == ["57", "12", "–"] and table["Memory"][0] == "310 MB"
    assert "gone could not be measured: Its file is broken." in told(app.warning)
    assert any(one.proto.label == "Download the figures" for one in app.get("link_button"))


def test_the_table_of_an_export_is_sorted_and_judged_by_its_model(dataset):
    run = trained(dataset)
    export = exported(run.output_dir)
    app = framed("export", job=export.id)
    assert list(app.table[0].value["Type"]) == ["q4_k_m", "q8_0", "q4_0"]
    assert "Use q4_k_m: 100 MB" in told(app.info) and "Nobody has evaluated" in told(app.info)
    evaluated(run.output_dir, dataset, 0)
    app = framed("export", job=export.id)
    assert "0 of 120 right; not usable yet" in told(app.error) and not app.success
    steps = [(one.label, one.proto.type) for one in app.button if (one.key or "").startswith("next-")]
    assert steps == [("Add more examples", "primary"), ("Chat with it", "secondary")]


def test_every_page_uses_the_same_best_file_of_an_export(dataset):
    run = trained(dataset)
    evaluated(run.output_dir, dataset, 86)
    export = exported(run.output_dir)
    for best in ("q4_k_m", "q8_0"):
        app = framed("export", job=export.id)
        assert app.table[0].value["Type"][0] == best and f"Use {best}: " in told(app.success)
        file = recommended_gguf(OWNER, export)
        assert file.name == best
        assert [framed(page).selectbox[0].value for page in ("chat", "serve")] == [file.id, file.id]
        overview = framed("overview")
        assert f"Chat with {best}" in [one.label.replace("\\", "") for one in overview.button]
        [chat] = [link for link in overview.get("page_link") if link.proto.label == "Chat with it"]
        assert chat.proto.query_string.endswith(file.id)
        Path(file.path).unlink()


def test_the_overview_shows_the_best_model_with_its_evidence(dataset):
    assert "Your best model so far" not in [one.value for one in framed("overview").header]
    poor, good = trained(dataset, "poor"), trained(dataset, "good")
    scores = evaluated(good.output_dir, dataset, 86)
    evaluated(poor.output_dir, dataset, 0)
    app = framed("overview")
    assert "good" in told(app.success) and "86 of 120" in told(app.success) and not app.error
    model, evidence = best_so_far(OWNER)
    assert (model["job_id"], evidence.evaluation.id) == (good.id, scores.id)


def test_without_its_run_the_best_model_is_the_best_file_of_the_export(dataset):
    run = trained(dataset)
    evaluated(run.output_dir, dataset, 86)
    export = exported(run.output_dir)
    rmtree(run.output_dir)
    Path(recommended_gguf(OWNER, export).path).unlink()  # the next best is not the newest
    assert best_so_far(OWNER)[0]["id"] == recommended_gguf(OWNER, export).id


def test_a_file_is_judged_by_its_model_and_by_the_largest_evaluation(dataset):
    run = trained(dataset)
    files = exported(str(Path(run.output_dir) / "merged_model"))
    path = files.result["gguf"]["q8_0"]["path"]
    assert evidence_for(OWNER, path) is None
    large = evaluated(str(Path(run.output_dir) / "merged_model"), dataset, 86)
    evaluated(run.output_dir, dataset, 5, count=10)
    assert evidence_for(OWNER, path).evaluation.id == evidence_for(OWNER, run.output_dir).evaluation.id == large.id
    of_its_own = evaluated(path, dataset, 0)
    assert evidence_for(OWNER, path).evaluation.id == of_its_own.id
    assert evidence_for(OWNER, run.output_dir).evaluation.id == large.id


@pytest.mark.parametrize(("close", "primary"), [(None, False), (0, False), (86, True)])
def test_serving_is_a_quiet_step_until_the_model_is_proved(dataset, close, primary):
    def drawn(reference: str) -> None:
        from app.components.verdict_view import serve_step

        serve_step({"id": "m", "reference": reference})

    run = trained(dataset)
    if close is not None:
        evaluated(run.output_dir, dataset, close)
    app = AppTest.from_function(drawn, args=(run.output_dir,)).run()
    assert (app.button[0].proto.type == "primary") is primary
    why = told(app.caption)
    assert why == {None: "It has not been evaluated, so nobody knows how often it is right.", 86: ""}.get(close, why)
    assert bool(why) is not primary


def test_references_hold_in_a_workspace_that_was_moved(dataset, workspace, monkeypatch):
    run = trained(dataset)
    scores, export = evaluated(run.output_dir, dataset, 86), exported(run.output_dir)
    store().close()
    elsewhere = workspace.rename(workspace.with_name("elsewhere"))
    monkeypatch.setenv("TUNEWRIGHT_HOME", str(elsewhere))
    settings.cache_clear()
    store.cache_clear()
    app = framed("export", job=export.id)
    assert "86 of 120 right" in told(app.success)
    assert "gone" not in " ".join(app.table[0].value["File"])
    assert "question 0" in told(framed("evaluate", job=scores.id).text)
    assert best_so_far(OWNER)[1].evaluation.id == scores.id
    assert not workspace.exists()

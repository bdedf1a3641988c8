"""The whole export of the starter model: what it leaves, what it reports, and that nothing broken is shipped."""

import json
import shutil
from pathlib import Path

import pytest

from core import full_disk
from core.errors import ConflictError, DiskFullError, InputError, ParityError
from core.export import export as stage
from core.export.export import METRICS, export
from core.export.source import sample_for
from core.gguf.header import check_gguf
from core.inference.open_engine import open_engine
from core.inference.settings import SamplingSettings
from core.manifests import sha256_of
from core.models.loading import load_model
from core.models.references import ModelLocation, locate
from core.reporting import Reporter, Stopped
from core.specs import ExportSpec, StopRequest
from core.specs.results.export import ExportFile
from tests.core.export import doctored
from tests.core.training.runs import save_dataset


class Told(Reporter):
    """Remembers what it was told."""

    def __init__(self, attempt: str = ""):
        self.attempt = attempt
        self.stages, self.events = [], []

    def progress(self, done, total, stage=""):
        assert 0 <= done <= total
        self.stages.append(stage)

    def event(self, message, **details):
        self.events.append(message)


def spec(output_dir: Path, **values) -> ExportSpec:
    return ExportSpec(**{"name": "starter", "output_dir": str(output_dir), "model": "starter", **values})


@pytest.fixture
def converted(starter_gguf, source, monkeypatch):
    """Converting and reading the source take seconds: once is enough, and here the result is handed out again."""

    def use(path: Path) -> None:
        monkeypatch.setattr(stage, "convert_to_gguf", lambda _model, out, *_: shutil.copyfile(path, out))

    monkeypatch.setattr(stage, "source_outputs", lambda _model, _sample, _reporter: source)
    use(starter_gguf("f16"))
    return use


@pytest.mark.long
def test_an_export_leaves_files_with_their_proof(tmp_path):
    told = Told()
    asked = spec(tmp_path / "out", types=("q4_k_m", "f16"), benchmark=True, test_generation=True, test_prompt="Hi?")
    result = export(asked, told)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "model-f16.gguf", "model-q4_k_m.gguf", METRICS,
    ]  # fmt: skip
    for made in result.gguf.values():
        path = Path(made.path)
        assert path.stat().st_size == made.bytes and sha256_of(path) == made.sha256
        assert check_gguf(path)
        assert made.parity.passed and made.parity.tokens_equal
        assert made.parity.logits_difference <= 1e-4 and made.parity.ends_by_itself
        assert (made.verdict, made.why) == ("recommended", None)
        assert made.perplexity > 1
        assert made.speed.tokens_per_second > 0 and made.speed.load_s > 0
        assert made.speed.peak_memory_bytes > made.bytes
        assert isinstance(made.answer, str)
    assert list(result.gguf) == ["q4_k_m", "f16"]
    assert result.gguf["q4_k_m"].parity.mean_kl_divergence > 0
    assert ExportFile.read(json.loads(Path(result.metrics_file).read_text()), METRICS).gguf == result.gguf
    assert told.stages[-1] == "Done" and "Quantizing to q4_k_m" in told.stages


@pytest.mark.long
def test_only_what_was_asked_for_is_left_and_a_second_export_adds_to_it(tmp_path, converted):
    first = export(spec(tmp_path, types=("q8_0",)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-q8_0.gguf", METRICS]
    assert not {"speed", "answer"} & json.loads((tmp_path / METRICS).read_text())["gguf"]["q8_0"].keys()
    assert (first.gguf["q8_0"].speed, first.gguf["q8_0"].answer) == (None, None)
    export(spec(tmp_path, types=("q4_0",)))
    metrics = json.loads((tmp_path / METRICS).read_text())
    assert list(metrics["gguf"]) == ["q8_0", "q4_0"]
    assert metrics["f16"]["perplexity"] > 1


@pytest.mark.long
def test_another_attempt_of_the_same_job_finishes_what_the_first_left(tmp_path, converted):
    first = export(spec(tmp_path, types=("q8_0",)), Told("export-1.1"))
    leftover = tmp_path / ".export.export-1.1.partial"
    leftover.mkdir()
    (tmp_path / METRICS).unlink()
    again = export(spec(tmp_path, types=("q8_0",)), Told("export-1.2"))
    assert again.gguf["q8_0"].sha256 == first.gguf["q8_0"].sha256
    assert not leftover.exists()


def test_nothing_of_others_is_overwritten(tmp_path, converted):
    (tmp_path / "model-q8_0.gguf").write_bytes(b"somebody's")
    with pytest.raises(ConflictError):
        export(spec(tmp_path, types=("q8_0",)))
    assert [path.name for path in tmp_path.iterdir()] == ["model-q8_0.gguf"]
    assert (tmp_path / "model-q8_0.gguf").read_bytes() == b"somebody's"


@pytest.mark.long
def test_a_broken_conversion_is_not_shipped(tmp_path, converted, starter_gguf):
    converted(doctored.with_shifted_vocabulary(starter_gguf("f16"), tmp_path / "shifted.gguf"))
    with pytest.raises(ParityError):
        export(spec(tmp_path / "out", types=("q8_0",)))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture
def losing(monkeypatch):
    """`losing("q4_0", …)`: quantizations to these types lose a tensor from now on."""
    whole = stage.quantize_gguf

    def lose(*kinds):
        def quantize(source, out, kind, reporter):
            whole(source, out, kind, reporter)
            if kind in kinds:
                doctored.with_weights_of_zero(out, out, "blk.2.attn_output.weight")

        monkeypatch.setattr(stage, "quantize_gguf", quantize)

    return lose


@pytest.mark.long
def test_a_broken_quantization_is_told_and_costs_the_others_nothing(tmp_path, converted, losing):
    losing("q4_0")
    told = Told()
    result = export(spec(tmp_path, types=("q4_0", "q8_0")), told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-q8_0.gguf", METRICS]
    assert list(result.gguf) == ["q8_0"] and result.gguf["q8_0"].verdict == "recommended"
    stopped = result.stopped["q4_0"]
    assert stopped.verdict == "stopped" and "model-q4_0.gguf lost a part" in stopped.why
    assert any(event.startswith("q4_0 was stopped. ") and stopped.remedy in event for event in told.events)
    metrics = json.loads((tmp_path / METRICS).read_text())
    assert metrics["stopped"] == result.stored()["stopped"] and list(metrics["gguf"]) == ["q8_0"]


@pytest.mark.long
def test_an_export_of_which_nothing_can_be_shipped_fails_and_leaves_nothing(tmp_path, converted, losing):
    losing("q4_0")
    with pytest.raises(ParityError, match=r"No type can be shipped. q4_0: model-q4_0.gguf lost a part"):
        export(spec(tmp_path, types=("q4_0",)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_crash_over_one_type_costs_that_type(tmp_path, converted, monkeypatch):
    look = stage.gguf_outputs

    def crashing(path, *others, **named):
        if path.name == "model-q4_0.gguf":
            doctored.that_aborts_llama_cpp(path, path)
        return look(path, *others, **named)

    monkeypatch.setattr(stage, "gguf_outputs", crashing)
    result = export(spec(tmp_path, types=("q4_0", "q8_0")))
    assert "crashed (SIGABRT)" in result.stopped["q4_0"].why and list(result.gguf) == ["q8_0"]


@pytest.mark.long
def test_what_moved_further_than_usual_is_shipped_and_not_recommended(tmp_path, converted, monkeypatch):
    monkeypatch.setattr("core.export.parity.largest_recommended_kl", lambda _kind, parameters: 1e-9 * parameters / 6e6)
    told = Told()
    made = export(spec(tmp_path, types=("q8_0",)), told).gguf["q8_0"]
    assert made.verdict == "not recommended" and "nats from f16" in made.why
    assert Path(made.path).exists() and any("q8_0 is not recommended" in event for event in told.events)


@pytest.mark.long
def test_what_was_made_before_a_stop_is_kept_and_the_next_attempt_makes_the_rest(tmp_path, converted):
    class StopsAtTheSecond(Told):
        def progress(self, done, total, stage=""):
            if stage == "Quantizing to q4_0":
                raise Stopped(StopRequest.PAUSE)

    with pytest.raises(Stopped):
        export(spec(tmp_path, types=("q8_0", "q4_0")), StopsAtTheSecond("export-1.1"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-q8_0.gguf", METRICS]
    (tmp_path / "model-q8_0.gguf").write_bytes(b"as another number of threads might have rounded it")
    result = export(spec(tmp_path, types=("q8_0", "q4_0")), Told("export-1.2"))
    assert list(result.gguf) == ["q8_0", "q4_0"]
    assert sha256_of(tmp_path / "model-q8_0.gguf") == result.gguf["q8_0"].sha256


def test_too_small_a_disk_is_told_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(full_disk, "free_bytes", lambda _place: 1)
    with pytest.raises(DiskFullError) as caught:
        export(spec(tmp_path))
    assert caught.value.needed_bytes > 10_000_000
    assert list(tmp_path.iterdir()) == []


def test_a_gguf_is_not_exported_again(tmp_path, starter_gguf):
    with pytest.raises(InputError, match="is a GGUF already"):
        export(spec(tmp_path, model=str(starter_gguf("q4_k_m"))))


@pytest.mark.parametrize("kept", [True, False], ids=["the dataset is there", "the dataset was deleted"])
def test_files_are_compared_on_what_the_model_was_trained_on(tmp_path, kept):
    dataset = tmp_path / "ill_dataset"
    if kept:
        save_dataset(dataset, test=[{"instruction": "Who is ill?", "input": "", "output": "The doctor."}])
    model = tmp_path / "model"
    model.mkdir()
    (model / "training_config.json").write_text(json.dumps({"model": "starter", "dataset": str(dataset)}))
    sample, text = sample_for(spec(tmp_path), ModelLocation("transformers", str(model), "starter", "model"))
    assert text == (str(dataset) if kept else "built-in")
    assert (sample.conversations[0][1] == "The doctor.") == kept


@pytest.fixture
def adapter(tmp_path):
    """An adapter on the starter model that changes what it says."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(load_model(locate("starter")), LoraConfig(r=4, target_modules=["v_proj", "down_proj"]))
    torch.manual_seed(3)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.4)
    folder = tmp_path / "adapter"
    model.save_pretrained(folder)
    (folder / "training_config.json").write_text(json.dumps({"model": "starter", "load_in_4bit": False}))
    return folder


@pytest.mark.long
def test_an_adapter_is_merged_into_its_base_and_answers_as_on_it(tmp_path, adapter):
    told = Told()
    made = export(spec(tmp_path / "out", model=str(adapter), types=("f16",)), told).gguf["f16"]
    assert made.parity.passed and any("Merged into the original weights" in event for event in told.events)
    question, greedy = [{"role": "user", "content": "What is big?"}], SamplingSettings(temperature=0, max_tokens=12)
    answers = []
    for reference in (made.path, str(adapter), "starter"):
        engine = open_engine(locate(reference), threads=1)
        answers.append("".join(chunk.text for chunk in engine.generate(question, greedy)))
        engine.close()
    assert answers[0] == answers[1] != answers[2]

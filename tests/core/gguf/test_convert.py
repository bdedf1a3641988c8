"""Conversion and quantization of real models in real child processes, and how each failure is reported."""

import json
import shutil
import struct
from pathlib import Path

import pytest

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.gguf import convert
from core.gguf.convert import convert_to_gguf, why_no_gguf
from core.gguf.header import check_gguf, read_header
from core.gguf.quantize import kept_wider, quantize_gguf
from core.models.catalogue import STARTER_FOLDER
from core.reporting import Reporter, Stopped
from core.specs import GgufType, StopRequest


@pytest.fixture
def model(tmp_path):
    """A copy of the starter model that a test may change."""
    folder = tmp_path / "model"
    shutil.copytree(STARTER_FOLDER, folder)
    return folder


def edit(path: Path, **changes) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def nothing_left(folder: Path) -> bool:
    return not [path for path in folder.iterdir() if path.name != "model"]


def tokens_of(gguf: Path) -> bytes:
    """The vocabulary, scores and token types of a GGUF."""
    data = gguf.read_bytes()
    return data[data.index(b"tokenizer.ggml.tokens") : data.index(b"tokenizer.ggml.bos_token_id")]


@pytest.mark.long
def test_a_sentencepiece_model_saved_without_its_model_file_gets_it_from_its_base(model, tmp_path, starter_gguf):
    (model / "tokenizer.model").unlink()
    config = json.loads((model / "tokenizer_config.json").read_text())
    config.pop("added_tokens_decoder", None)
    (model / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="tokenizer.model"):
        convert_to_gguf(model, tmp_path / "out.gguf")
    (model / "training_config.json").write_text(json.dumps({"model": "starter"}))
    convert_to_gguf(model, tmp_path / "out.gguf")
    assert tokens_of(tmp_path / "out.gguf") == tokens_of(starter_gguf("f16"))


def test_the_gguf_carries_template_and_end_token_of_the_model(starter_gguf):
    metadata = check_gguf(starter_gguf("f16"))
    assert metadata["tokenizer.chat_template"] == (STARTER_FOLDER / "chat_template.jinja").read_text()
    assert (
        metadata["tokenizer.ggml.eos_token_id"]
        == json.loads((STARTER_FOLDER / "config.json").read_text())["eos_token_id"]
    )


def test_models_that_cannot_be_converted_are_refused_with_a_reason(model, tmp_path):
    out = tmp_path / "out.gguf"
    edit(model / "config.json", architectures=["NobodysForCausalLM"])
    with pytest.raises(InputError, match="architecture cannot become a GGUF"):
        convert_to_gguf(model, out)
    edit(model / "config.json", auto_map={"AutoModel": "evil.Model"})
    with pytest.raises(InputError, match="auto_map"):
        convert_to_gguf(model, out)
    assert nothing_left(tmp_path)


def test_an_unsupported_architecture_is_recognized_from_its_config(model):
    assert why_no_gguf(model) is None
    edit(model / "config.json", architectures=["OPTForCausalLM"])
    assert "OPTForCausalLM" in why_no_gguf(model)


def test_pickled_weights_are_refused_and_never_opened(model, tmp_path):
    canary = tmp_path / "canary"
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(b"cposix\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
    with pytest.raises(InputError, match="pickle"):
        convert_to_gguf(model, tmp_path / "out.gguf")
    assert not canary.exists()


def test_without_the_converter_the_error_points_to_set_up(model, tmp_path, monkeypatch):
    monkeypatch.setattr(convert, "CONVERTER", tmp_path / "missing.py")
    with pytest.raises(UnavailableError) as caught:
        convert_to_gguf(model, tmp_path / "out.gguf")
    assert "make run" in caught.value.remedy


class WantsToStop(Reporter):
    def stop_requested(self):
        return StopRequest.CANCEL


def test_a_stop_request_ends_the_child(model, tmp_path):
    with pytest.raises(Stopped):
        convert_to_gguf(model, tmp_path / "out.gguf", WantsToStop())
    assert nothing_left(tmp_path)


@pytest.mark.parametrize(("kind", "share"), [("q8_0", 0.56), ("q5_k_m", 0.40), ("q4_k_m", 0.36), ("q4_0", 0.34)])
def test_quantized_files_are_valid_and_smaller(starter_gguf, kind, share):
    path = starter_gguf(kind)
    assert path.stat().st_size < share * starter_gguf("f16").stat().st_size
    types = {tensor.type for tensor in read_header(path).tensors if len(tensor.shape) > 1}
    assert {"q8_0": "q8_0", "q5_k_m": "q5_k", "q4_k_m": "q4_k", "q4_0": "q4_0"}[kind] in types
    assert kept_wider(path, GgufType(kind)) == []


def test_a_truncated_source_is_refused_and_nothing_is_left(starter_gguf, tmp_path):
    cut = tmp_path / "model"
    cut.write_bytes(starter_gguf("f16").read_bytes()[:-4096])
    with pytest.raises(CorruptArtifactError):
        quantize_gguf(cut, tmp_path / "out.gguf", GgufType.Q8_0)
    assert nothing_left(tmp_path)


def test_weights_kept_in_a_wider_type_are_named(tmp_path):
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    architecture = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    tensors = (
        text("wide") + struct.pack("<IQQIQ", 2, 256, 2, 0, 0) + text("odd") + struct.pack("<IQQIQ", 2, 96, 2, 0, 2048)
    )
    head = b"GGUF" + struct.pack("<IQQ", 3, 2, 1) + architecture + tensors
    path = tmp_path / "odd.gguf"
    path.write_bytes(head + bytes(-len(head) % 32) + bytes(2048 + 768))
    assert kept_wider(path, GgufType.Q4_K_M) == ["odd"]
    assert kept_wider(path, GgufType.Q8_0) == []

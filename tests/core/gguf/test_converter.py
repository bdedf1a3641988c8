"""Settings that Transformers 5 renamed or moved reach llama.cpp's converter under the names it expects."""

import shutil

import pytest

from core.export.parity import check_against_source
from core.export.probing.run import first_logits, gguf_outputs, source_outputs
from core.export.sample import TEXTS, Sample
from core.gguf.convert import convert_to_gguf
from core.gguf.converter import with_old_names
from core.gguf.header import check_gguf
from core.gguf.quantize import widen_gguf
from core.models.catalogue import STARTER_FOLDER
from core.reporting import Reporter

QUIET = Reporter()


def settings(**config) -> dict:
    """A config as Transformers reads it, which is what the converter sees."""
    from transformers import AutoConfig

    return with_old_names(AutoConfig.for_model(**config).to_dict())


def test_rotary_settings_of_gpt_neox_are_found_whoever_saved_them():
    original = settings(model_type="gpt_neox", rotary_pct=0.25, rotary_emb_base=50000)
    rope = {"rope_type": "default", "rope_theta": 50000, "partial_rotary_factor": 0.25}
    saved_again = settings(model_type="gpt_neox", rope_parameters=rope)
    for found in (original, saved_again):
        assert (found["rotary_pct"], found["rotary_emb_base"]) == (0.25, 50000)


def test_other_old_names_are_added_and_existing_values_kept():
    assert settings(model_type="gpt2", n_positions=512)["n_ctx"] == 512
    assert settings(model_type="falcon", num_attention_heads=4)["num_kv_heads"] == 1
    assert settings(model_type="falcon", num_kv_heads=2, new_decoder_architecture=True)["num_kv_heads"] == 2
    assert with_old_names({"rotary_pct": 0.5, "rope_parameters": {"partial_rotary_factor": 0.25}})["rotary_pct"] == 0.5


@pytest.mark.long
@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "gpt_neox", "rotary_pct": 0.25, "rotary_emb_base": 50000},
        {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 512},
    ],
    ids=lambda config: config["model_type"],
)
def test_models_of_other_architectures_match_their_gguf(tmp_path, config):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes = sizes if "n_embd" not in config else {}
    tokens = {"vocab_size": 4096, "bos_token_id": 1, "eos_token_id": 7}
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config, **sizes, **tokens))
    model.save_pretrained(tmp_path)
    for path in STARTER_FOLDER.glob("*token*"):
        shutil.copy(path, tmp_path)
    sample = Sample(TEXTS[:3], (), ())
    source = source_outputs(tmp_path, sample, QUIET)
    f16, wide = tmp_path / "f16.gguf", tmp_path / "f32.gguf"
    convert_to_gguf(tmp_path, f16, QUIET, source.ends.ends)
    widen_gguf(f16, wide)
    report = check_against_source(
        f16.name, gguf_outputs(f16, sample, source, QUIET), first_logits(wide, source, QUIET), source
    )
    assert report.logits_difference < 5e-3


def test_every_token_that_ends_an_answer_is_written(tmp_path):
    out = tmp_path / "model.gguf"
    convert_to_gguf(STARTER_FOLDER, out, QUIET, ends={5, 6, 7})
    told = check_gguf(out)
    assert [told[f"tokenizer.ggml.{kind}_token_id"] for kind in ("eos", "eot", "eom")] == [7, 5, 6]

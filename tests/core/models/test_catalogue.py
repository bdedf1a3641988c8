"""The catalogue's figures are consistent, and a machine's memory decides what it can do."""

import pytest

from core.forecast.fitting import bytes_to_run, bytes_to_train, fit
from core.forecast.shape import shape_of_known
from core.machine import Machine, memory_bytes
from core.models import catalogue
from core.models.catalogue import CATALOGUE, SMOLLM2, STARTER, STARTER_FOLDER, default_reference, find_in_catalogue
from core.models.references import locate

GB = 10**9


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.reference)
def test_parameter_counts_follow_from_the_matrices(model):
    query = model.query_width or model.width
    block = 2 * model.width * query + 2 * model.width * model.key_width + 3 * model.width * model.inner
    matrices = model.layers * block + model.vocabulary * model.width * (1 if model.tied else 2)
    assert model.parameters == pytest.approx(matrices, rel=2e-3)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.reference)
def test_four_bits_need_less_than_sixteen_and_running_less_than_training(model):
    shape = shape_of_known(model)
    for machine in (Machine(16 * GB, 0), Machine(16 * GB, 24 * GB)):
        in_four_bits, in_sixteen = bytes_to_train(shape, True, machine), bytes_to_train(shape, False, machine)
        most = 1 if machine.gpu_bytes else 1.05  # on a CPU, a small model keeps its weights dequantized, too
        assert bytes_to_run(model) < in_four_bits < most * in_sixteen


def test_the_starter_entry_matches_its_folder():
    from transformers import AutoConfig

    config, known = AutoConfig.from_pretrained(STARTER_FOLDER), find_in_catalogue(STARTER)
    assert (known.layers, known.width, known.inner) == (
        config.num_hidden_layers, config.hidden_size, config.intermediate_size,
    )  # fmt: skip
    assert (known.vocabulary, known.context) == (config.vocab_size, config.max_position_embeddings)


def test_smollm2_is_the_default_once_it_is_here(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_INSTALLED", tmp_path)
    assert default_reference() == STARTER
    SMOLLM2.folder.mkdir()
    (SMOLLM2.folder / "model.safetensors").touch()
    assert default_reference() == "smollm2-135m"


def test_a_hub_model_has_a_pinned_revision_that_its_adapter_keeps(tmp_path):
    found = locate("qwen3-0.6b")
    assert (found.kind, found.path, found.label) == ("hub", "Qwen/Qwen3-0.6B", "qwen3-0.6b")
    assert found.revision == find_in_catalogue("qwen3-0.6b").revision
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "qwen3-0.6b"}')
    (tmp_path / "adapter_model.safetensors").touch()
    assert locate(str(tmp_path)).base == "qwen3-0.6b"
    assert locate("Qwen/Qwen3-0.6B").revision is None  # a hub id means the newest revision


def test_memory_decides_between_sixteen_bits_four_bits_and_neither():
    model = find_in_catalogue("llama-3.1-8b")
    roomy, small, tiny = (fit(model, Machine(64 * GB, gpu * GB)) for gpu in (80, 12, 6))
    assert (roomy.trains, small.trains, tiny.trains) == ("16-bit", "4-bit", None)
    assert "4-bit weights" in small.reason
    assert "this machine has 6.0 GB of GPU memory" in tiny.reason


def test_without_a_gpu_only_large_models_are_called_slow():
    machine = Machine(64 * GB, 0)
    assert "slow" in fit(find_in_catalogue("qwen3-8b"), machine).reason
    assert "slow" not in fit(SMOLLM2, machine).reason
    assert fit(SMOLLM2, Machine(8 * GB, 0)).trains == "16-bit"


def test_a_container_may_use_what_its_control_groups_allow(tmp_path):
    ours = tmp_path / "cgroup"
    group = tmp_path / "v2" / "box" / "job"
    group.mkdir(parents=True)
    ours.write_text("0::/box/job\n")
    (group / "memory.max").write_text("max\n")
    everything = memory_bytes(tmp_path / "v2", ours)
    assert everything > 1 << 28
    (group.parent / "memory.max").write_text(f"{1 << 28}\n")
    assert memory_bytes(tmp_path / "v2", ours) == 1 << 28
    older = tmp_path / "v1" / "memory"
    older.mkdir(parents=True)
    (older / "memory.limit_in_bytes").write_text(f"{1 << 27}\n")
    ours.write_text("3:cpu:/elsewhere\n5:memory:/docker/abc\n")
    assert memory_bytes(tmp_path / "v1", ours) == 1 << 27
    assert memory_bytes(tmp_path / "none", tmp_path / "no such file") == everything

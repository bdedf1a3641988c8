"""An adapter on the tiny model that makes it answer otherwise, and examples to ask about."""

import pytest

from tests.core.training.runs import rows_about_illnesses, save_dataset


@pytest.fixture(scope="session")
def tiny_adapter(tiny_model, tmp_path_factory):
    """The folder of a LoRA adapter with random weights, as training leaves it in a run's `final`."""
    import torch
    from peft import LoraConfig, get_peft_model

    from core.models.loading import load_model
    from core.models.references import locate

    torch.manual_seed(1)
    lora = LoraConfig(r=4, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    model = get_peft_model(load_model(locate(str(tiny_model))), lora)
    folder = tmp_path_factory.mktemp("run") / "final"
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def dataset(tmp_path):
    """A dataset folder of 12 training and 9 test examples."""
    rows = rows_about_illnesses(21)
    return str(save_dataset(tmp_path / "ill_dataset", train=rows[:12], test=rows[12:]))

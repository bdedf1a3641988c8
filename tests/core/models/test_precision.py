"""The dtype of weights: exact where float32 fits, whichever dtype their files have."""

import pytest
import torch
from safetensors.torch import save_file

from core.models import precision
from core.models.references import ModelLocation


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16])
def test_a_model_is_exact_if_it_fits_in_float32_however_it_is_stored(tmp_path, monkeypatch, stored):
    (tmp_path / "config.json").write_text('{"hidden_size": 4096}')
    for part in ("one", "two"):
        save_file({part: torch.zeros(10, 50, dtype=stored)}, tmp_path / f"{part}.safetensors")
    monkeypatch.setattr(precision, "device", lambda: torch.device("cpu"))
    monkeypatch.setattr(precision, "_cpu_multiplies_bfloat16", lambda: True)
    location = ModelLocation(kind="transformers", path=str(tmp_path), base=None, label="it")
    float32_bytes = 4 * 1_000
    for memory_bytes, dtype in ((4 * float32_bytes, "float32"), (4 * float32_bytes - 4, "bfloat16")):
        monkeypatch.setattr(precision, "memory_bytes", lambda found=memory_bytes: found)
        assert precision.exact_dtype(location) == dtype

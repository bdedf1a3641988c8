"""Tensors are read from a file one at a time, and cast a piece at a time."""

import pytest
import torch
from safetensors.torch import save_file

from core.models.merging import stored


def test_a_tensor_is_cast_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_CHUNK_BYTES", 64)
    weight = torch.randn(5, 33).bfloat16()
    save_file({"ahead": torch.ones(3), "weight": weight}, tmp_path / "model.safetensors")
    found = next(tensor for tensor in stored.stored_tensors(tmp_path) if tensor.key == "weight")
    assert torch.equal(found.read(), weight)
    assert torch.equal(found.read(torch.float32), weight.float())
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: found.start + 100])
    with pytest.raises(OSError, match="became shorter"):
        found.read()

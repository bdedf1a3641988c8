"""Merging keeps what was trained: over 4-bit weights, whichever layers the adapter touches."""

import pytest
import torch

from core.models.loading import load_model
from core.models.references import locate
from core.training.merging import merge
from core.training.train import train
from tests.core.training.runs import changed

_TEXTS = [[1, 40, 41, 42, 43], [1, 90, 91]]


@pytest.mark.parametrize("targets", [("all-linear",), ("q_proj", "v_proj")], ids=["all layers", "some layers"])
def test_the_closest_way_is_taken_and_told(spec, tmp_path, targets):
    adapter = train(changed(spec, lora_targets=targets, merge_adapters=False))["adapter"]
    report = merge(locate(adapter), tmp_path, "float32", four_bit=True, texts=_TEXTS)
    assert report["method"] == "dequantized" and report["difference"] < 0.002
    assert report["differences"]["original"] > 10 * report["difference"]
    trained, merged = load_model(locate(adapter), four_bit=True), load_model(locate(str(tmp_path)))
    with torch.no_grad():
        wanted, found = (model(torch.tensor(_TEXTS[:1])).logits for model in (trained, merged))
    assert ((found - wanted).norm() / wanted.norm()).item() < 0.002

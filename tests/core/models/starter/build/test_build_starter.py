"""Anyone can rebuild such a model from a folder of text."""

import json
import random
from dataclasses import replace

import pytest

from core.errors import TunewrightError
from core.models.catalogue import STARTER_FOLDER
from core.models.starter.build.build_starter import build
from core.models.starter.build.corpus_filter import load_filter
from core.models.starter.build.pretrain import pretrain
from core.models.starter.build.recipe import Recipe, TokenStreams, new_model

TEXT = "the of and to a in is that it for lamp house river town hill garden window road"
WORDS = TEXT.split()
TINY = Recipe(
    minutes=0.03, hidden_size=64, intermediate_size=64, layers=1, heads=2, sequence_length=16, batch_size=4
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    rng = random.Random(3)
    folder = tmp_path / "texts"
    folder.mkdir()
    rows = [{"text": " ".join(rng.choices(WORDS, k=60))} for _ in range(150)]
    rows += [
        {"instruction": f"What is in the {word}?", "input": "", "output": " ".join(rng.choices(WORDS, k=20))}
        for word in WORDS * 6
    ]
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "SOURCE.md").write_text("- Made up for a test, public domain.")
    return folder


def test_rebuilds_a_model_with_its_card_from_a_folder(folder, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    output = build({folder: 1.0}, tmp_path / "model", TINY, vocabulary_size=320)
    model = AutoModelForCausalLM.from_pretrained(output)
    tokenizer = AutoTokenizer.from_pretrained(output)
    assert model.config.vocab_size == len(tokenizer) == 320
    card = (output / "README.md").read_text()
    assert "Made up for a test" in card
    figures = json.loads((output / "figures.json").read_text())
    assert set(figures["bits_per_byte"]["all"]) == {"model", "5-gram over tokens", "5-gram over bytes"}
    assert figures["steps"] > 2  # how many depends on the machine
    assert load_filter(output).window_count > 1000


def test_a_stopped_training_resumes_from_its_checkpoint(tmp_path):
    import numpy as np
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(STARTER_FOLDER)
    streams = TokenStreams([np.arange(1000, dtype=np.uint16)], [1.0], TINY)
    first = new_model(TINY, tokenizer)
    before = pretrain(first, streams, TINY, tmp_path / "checkpoint.pt")
    resumed = new_model(TINY, tokenizer)
    longer = replace(TINY, minutes=2 * TINY.minutes)
    after = pretrain(resumed, streams, longer, tmp_path / "checkpoint.pt")
    assert after["steps"] > before["steps"] > 0
    assert after["seconds"] > before["seconds"]
    again = new_model(TINY, tokenizer)
    assert pretrain(again, streams, longer, tmp_path / "checkpoint.pt")["steps"] == after["steps"]
    assert torch.equal(again.lm_head.weight, resumed.lm_head.weight)


def test_too_little_text_says_so(tmp_path):
    (tmp_path / "a.txt").write_text("There is but one line in all of this and that is the end of it.")
    with pytest.raises(TunewrightError, match="too few"):
        build({tmp_path: 1.0}, tmp_path / "model", TINY)

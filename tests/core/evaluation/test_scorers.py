"""Losses equal those computed token by token, alone and in batches, in Transformers and in llama.cpp."""

from contextlib import closing

import pytest
import torch

from core.evaluation.candidates import fit
from core.evaluation.gguf_scorer import GgufScorer
from core.evaluation.transformers_scorer import TransformersScorer
from core.examples.example import messages_of
from core.examples.prompting import answer_ids, prompt_ids
from core.inference import batch_generation
from core.models.loading import load_model, load_tokenizer
from core.models.references import locate
from tests.core.training.runs import rows_about_illnesses

ROWS = rows_about_illnesses(9)


def ignore(_):
    pass


def ids_of(tokenizer):
    pairs = [(prompt_ids(tokenizer, messages_of(row)), answer_ids(tokenizer, row["output"])) for row in ROWS]
    return map(list, zip(*pairs, strict=True))


@pytest.fixture(scope="module")
def tiny(tiny_model):
    return locate(str(tiny_model))


@pytest.fixture(scope="module")
def tokenizer(tiny):
    return load_tokenizer(tiny)


@pytest.fixture(scope="module")
def starter():
    """The starter model (its answers, unlike the tiny one's, are words), one example at a time and in batches."""
    location = locate("starter")
    tokenizer = load_tokenizer(location)
    return location, tokenizer, [TransformersScorer(location, tokenizer, batch_size=size) for size in (1, 9)]


def test_losses_equal_those_of_each_answer_token_computed_alone(tiny, tokenizer):
    prompts, answers = ids_of(tokenizer)
    found = TransformersScorer(tiny, tokenizer, batch_size=4).answer_losses(prompts, answers, ignore)
    model = load_model(tiny)
    for number, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        loss = correct = 0
        for place, token in enumerate(answer):
            with torch.no_grad():
                logits = model(torch.tensor([prompt + answer[:place]])).logits[0, -1].double()
            loss -= torch.log_softmax(logits, -1)[token].item()
            correct += int(logits.argmax() == token)
        assert found.negative_log_likelihoods[number] == pytest.approx(loss, abs=1e-3)
        assert (found.tokens[number], found.correct[number]) == (len(answer), correct)


def test_losses_are_the_same_alone_and_in_batches(starter, monkeypatch):
    _, tokenizer, (alone, batched) = starter
    prompts, answers = ids_of(tokenizer)
    one, many = (scorer.answer_losses(prompts, answers, ignore) for scorer in (alone, batched))
    assert many.negative_log_likelihoods == pytest.approx(one.negative_log_likelihoods, abs=1e-2)
    assert many.tokens == one.tokens and many.correct == one.correct
    monkeypatch.setattr(batch_generation, "_LOGITS_BYTES", 1_000_000)  # room for a few examples at once
    assert batched.answer_losses(prompts, answers, ignore).correct == one.correct


def test_an_adapter_switched_off_equals_its_base(tiny, tiny_adapter, tokenizer):
    prompts, answers = ids_of(tokenizer)
    base = TransformersScorer(tiny, tokenizer, batch_size=9).answer_losses(prompts, answers, ignore)
    scorer = TransformersScorer(locate(str(tiny_adapter)), tokenizer, batch_size=9)
    with scorer.without_adapter() as aside:
        assert aside.answer_losses(prompts, answers, ignore) == base
    tuned = scorer.answer_losses(prompts, answers, ignore)
    assert tuned.negative_log_likelihoods != pytest.approx(base.negative_log_likelihoods, rel=1e-3)


def test_a_gguf_gets_the_prompts_and_gives_the_answers_of_its_source(starter, starter_gguf):
    _, tokenizer, (_, whole) = starter
    prompts, answers = ids_of(tokenizer)
    with closing(GgufScorer(locate(str(starter_gguf("f16"))))) as gguf:
        assert [gguf.encode(row) for row in ROWS] == list(zip(prompts, answers, strict=True))
        told = []
        found = gguf.answer_losses(prompts, answers, told.append)
        assert told == [1] * 9
        texts = gguf.generate(prompts[:2], 12, 0, 42, told.append)
        assert sum(told[9:]) == pytest.approx(2)
        assert gguf.generate(prompts[:2], 12, 1.0, 1, ignore) == gguf.generate(prompts[:2], 12, 1.0, 1, ignore)
    expected = whole.answer_losses(prompts, answers, ignore)
    assert found.tokens == expected.tokens
    assert found.negative_log_likelihoods == pytest.approx(expected.negative_log_likelihoods, rel=5e-3)
    assert texts == whole.generate(prompts[:2], 12, 0, 42, ignore)


@pytest.mark.parametrize(
    "prompt, answer, fitted",
    [
        ([1, 2], [3, 4], ([1, 2], [3, 4])),
        ([1] * 4 + [2] * 6, [3], ([2] * 5, [3])),
        ([1, 2], [3] * 20, ([1, 2], [3] * 8)),
        ([1] * 20, [2] * 20, ([1] * 5, [2] * 5)),
    ],
)
def test_long_examples_are_cut_to_the_context(prompt, answer, fitted):
    assert fit(prompt, answer, 10) == fitted

"""Losses equal those computed token by token, alone and in batches, in Transformers and in llama.cpp."""

from contextlib import closing

import pytest
import torch

from core.evaluation.candidates import fit
from core.evaluation.engines.gguf_scorer import GgufScorer
from core.evaluation.engines.transformers_scorer import TransformersScorer
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
    return [(prompt_ids(tokenizer, messages_of(row)), answer_ids(tokenizer, row["output"])) for row in ROWS]


def whole(batches):
    """What batches give, in the order of the examples."""
    found = {place: value for batch in batches for place, value in batch.items()}
    return [found[place] for place in range(len(found))]


def sums(losses):
    return [one.negative_log_likelihood for one in losses]


def counts(losses):
    return [(one.tokens, one.correct) for one in losses]


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
    examples = ids_of(tokenizer)
    found = whole(TransformersScorer(tiny, tokenizer, batch_size=4).losses(examples, ignore))
    model = load_model(tiny)
    for number, (prompt, answer) in enumerate(examples):
        loss = correct = 0
        for place, token in enumerate(answer):
            with torch.no_grad():
                logits = model(torch.tensor([prompt + answer[:place]])).logits[0, -1].double()
            loss -= torch.log_softmax(logits, -1)[token].item()
            correct += int(logits.argmax() == token)
        assert found[number].negative_log_likelihood == pytest.approx(loss, abs=1e-3)
        assert (found[number].tokens, found[number].correct) == (len(answer), correct)


def test_losses_are_the_same_alone_and_in_batches(starter, monkeypatch):
    _, tokenizer, (alone, batched) = starter
    examples = ids_of(tokenizer)
    one, many = (whole(scorer.losses(examples, ignore)) for scorer in (alone, batched))
    assert sums(many) == pytest.approx(sums(one), abs=1e-2)
    assert counts(many) == counts(one)
    monkeypatch.setattr(batch_generation, "_LOGITS_BYTES", 1_000_000)  # room for a few examples at once
    assert counts(whole(batched.losses(examples, ignore))) == counts(one)


def test_an_adapter_switched_off_equals_its_base(tiny, tiny_adapter, tokenizer):
    examples = ids_of(tokenizer)
    base = whole(TransformersScorer(tiny, tokenizer, batch_size=9).losses(examples, ignore))
    scorer = TransformersScorer(locate(str(tiny_adapter)), tokenizer, batch_size=9)
    with scorer.without_adapter() as aside:
        assert whole(aside.losses(examples, ignore)) == base
    assert sums(whole(scorer.losses(examples, ignore))) != pytest.approx(sums(base), rel=1e-3)


def test_a_gguf_gets_the_prompts_and_gives_the_answers_of_its_source(starter, starter_gguf):
    _, tokenizer, (_, source) = starter
    examples = ids_of(tokenizer)
    prompts = [prompt for prompt, _ in examples[:2]]
    with closing(GgufScorer(locate(str(starter_gguf("f16"))))) as gguf:
        assert gguf.encode(ROWS) == examples
        told = []
        found = whole(gguf.losses(examples, told.append))
        assert told == [1] * 9
        answers = whole(gguf.answers(prompts, 12, 0, [42, 43], told.append))
        assert sum(told[9:]) == pytest.approx(2)
        first, again = (whole(gguf.answers(prompts, 12, 1.0, [1, 2], ignore)) for _ in range(2))
        assert first == again
    expected = whole(source.losses(examples, ignore))
    assert [one.tokens for one in found] == [one.tokens for one in expected]
    assert sums(found) == pytest.approx(sums(expected), rel=5e-3)
    assert answers == whole(source.answers(prompts, 12, 0, [42, 43], ignore))


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

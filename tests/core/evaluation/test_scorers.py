"""Scorers: losses as worked out token by token, the same alone and in batches, by Transformers and by llama.cpp."""

from contextlib import closing

import pytest
import torch

from core.evaluation.candidates import fit
from core.evaluation.gguf_scorer import GgufScorer
from core.evaluation.transformers_scorer import TransformersScorer
from core.examples.example import messages_of
from core.examples.prompting import answer_ids, prompt_ids
from core.inference import batch_generation
from core.inference.open_engine import open_engine
from core.inference.settings import SamplingSettings
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
    """The starter model (its answers, unlike the tiny one's, are words), scored alone and in batches."""
    location = locate("starter")
    tokenizer = load_tokenizer(location)
    return location, tokenizer, [TransformersScorer(location, tokenizer, batch_size=size) for size in (1, 9)]


def test_losses_are_those_of_each_answer_token_worked_out_alone(tiny, tokenizer):
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


def test_alone_or_in_batches_losses_and_answers_are_the_same(starter, monkeypatch):
    _, tokenizer, (alone, batched) = starter
    prompts, answers = ids_of(tokenizer)
    one, many = (scorer.answer_losses(prompts, answers, ignore) for scorer in (alone, batched))
    assert many.negative_log_likelihoods == pytest.approx(one.negative_log_likelihoods, abs=1e-2)
    assert many.tokens == one.tokens and many.correct == one.correct
    texts = alone.generate(prompts, 20, 0, 42, ignore)
    assert len(set(texts)) > 1 and all(texts)
    assert batched.generate(prompts, 20, 0, 42, ignore) == texts
    monkeypatch.setattr(batch_generation, "_LOGITS_BYTES", 1_000_000)  # room for a few examples at once
    assert batched.answer_losses(prompts, answers, ignore).correct == one.correct


def test_answers_are_those_that_a_chat_would_give(starter):
    location, tokenizer, (_, scorer) = starter
    prompts, _ = ids_of(tokenizer)
    texts = scorer.generate(prompts[:3], 20, 0, 42, ignore)
    with closing(open_engine(location)) as engine:
        settings = SamplingSettings(temperature=0, max_tokens=20)
        for row, text in zip(ROWS, texts, strict=False):
            assert "".join(chunk.text for chunk in engine.generate(messages_of(row), settings)) == text


def test_the_seed_decides_what_is_drawn(tiny, tokenizer):
    prompts, _ = ids_of(tokenizer)
    scorer = TransformersScorer(tiny, tokenizer, batch_size=4)
    first, again, other, greedy = (
        scorer.generate(prompts, 8, temperature, seed, ignore)
        for temperature, seed in ((1.0, 1), (1.0, 1), (1.0, 2), (0, 1))
    )
    assert first == again
    assert first != other and first != greedy


def test_an_answer_ends_at_the_end_token(starter):
    location, tokenizer, _ = starter
    (prompt, *_), _ = ids_of(tokenizer)
    scorer = TransformersScorer(location, tokenizer, batch_size=1)
    said = []
    with torch.no_grad():
        while len(said) < 6:
            said.append(int(scorer._loaded.model(torch.tensor([prompt + said])).logits[0, -1].argmax()))
    scorer._loaded.end_ids = {said[4]}
    told = []
    (text,) = scorer.generate([prompt], 100, 0, 42, told.append)
    assert text == tokenizer.decode(said[: said.index(said[4])])
    assert sum(told) == pytest.approx(1)
    assert len(told) <= 6


def test_an_answer_never_goes_past_the_context(tiny, tokenizer):
    scorer = TransformersScorer(tiny, tokenizer, batch_size=1)
    told = []
    scorer.generate([[5] * (scorer.context_length - 3)], 50, 0, 42, told.append)
    assert len(told) <= 4


def test_a_wish_to_stop_is_followed_within_an_answer(tiny, tokenizer):
    prompts, _ = ids_of(tokenizer)
    told = []

    def done(examples):
        told.append(examples)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TransformersScorer(tiny, tokenizer, batch_size=9).generate(prompts, 50, 0, 42, done)
    assert len(told) == 3


def test_an_adapter_put_aside_is_its_base(tiny, tiny_adapter, tokenizer):
    prompts, answers = ids_of(tokenizer)
    base = TransformersScorer(tiny, tokenizer, batch_size=9).answer_losses(prompts, answers, ignore)
    scorer = TransformersScorer(locate(str(tiny_adapter)), tokenizer, batch_size=9)
    with scorer.without_adapter() as aside:
        assert aside.answer_losses(prompts, answers, ignore) == base
    tuned = scorer.answer_losses(prompts, answers, ignore)
    assert tuned.negative_log_likelihoods != pytest.approx(base.negative_log_likelihoods, rel=1e-3)


def test_a_gguf_is_asked_and_answers_as_the_model_it_was_made_from(starter, starter_gguf):
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
def test_what_is_too_long_is_cut_to_the_context(prompt, answer, fitted):
    assert fit(prompt, answer, 10) == fitted

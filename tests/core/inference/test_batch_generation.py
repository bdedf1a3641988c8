"""Batched generation: the answers of a chat, reproducible, ended by token, context or a request to stop."""

from contextlib import closing

import pytest
import torch

from core.examples.example import messages_of
from core.examples.prompting import prompt_ids
from core.inference.batch_generation import generate_batches
from core.inference.engine import Answered
from core.inference.open_engine import open_engine
from core.inference.settings import SamplingSettings
from core.inference.transformers_model import TransformersModel
from core.models.references import locate
from tests.core.training.runs import rows_about_illnesses

ROWS = rows_about_illnesses(9)


def ignore(_):
    pass


def answers_to(loaded, prompts, most, max_new_tokens, temperature, seed, done) -> list[str]:
    seeds = [seed + place for place in range(len(prompts))]
    batches = generate_batches(loaded, prompts, most, max_new_tokens, temperature, seeds, done)
    found = {place: answer.text for batch in batches for place, answer in batch.items()}
    return [found[place] for place in range(len(prompts))]


def prompts_of(loaded: TransformersModel) -> list[list[int]]:
    return [prompt_ids(loaded.tokenizer, messages_of(row)) for row in ROWS]


@pytest.fixture(scope="module")
def tiny(tiny_model):
    return TransformersModel(locate(str(tiny_model)))


@pytest.fixture(scope="module")
def starter():
    """The starter model: its answers, unlike the tiny one's, are words."""
    return TransformersModel(locate("starter"))


def test_answers_are_the_same_alone_and_in_batches(starter):
    prompts = prompts_of(starter)
    alone, batched = (answers_to(starter, prompts, size, 20, 0, 42, ignore) for size in (1, 9))
    assert len(set(alone)) > 1 and all(alone)
    assert batched == alone


def test_answers_equal_those_of_a_chat(starter):
    texts = answers_to(starter, prompts_of(starter)[:3], 9, 20, 0, 42, ignore)
    with closing(open_engine(locate("starter"))) as engine:
        settings = SamplingSettings(temperature=0, max_tokens=20)
        for row, text in zip(ROWS, texts, strict=False):
            assert "".join(chunk.text for chunk in engine.generate(messages_of(row), settings)) == text


def test_a_sample_does_not_depend_on_the_other_prompts(tiny):
    prompts = prompts_of(tiny)
    together = answers_to(tiny, prompts, 9, 8, 1.0, 1, ignore)
    alone = [answers_to(tiny, [prompt], 1, 8, 1.0, 1 + place, ignore)[0] for place, prompt in enumerate(prompts)]
    assert alone == together


def test_an_answer_says_whether_it_ended_by_itself(starter, monkeypatch):
    prompt, *_ = prompts_of(starter)
    [cut] = [batch[0] for batch in generate_batches(starter, [prompt], 1, 5, 0, [42], ignore)]
    [whole] = [batch[0] for batch in generate_batches(starter, [prompt], 1, 200, 0, [42], ignore)]
    assert not cut.ended and whole.ended and whole.text.startswith(cut.text)


def test_an_answer_that_reaches_its_end_text_at_the_limit_has_ended(starter, monkeypatch):
    prompt, *_ = prompts_of(starter)
    [cut] = [batch[0] for batch in generate_batches(starter, [prompt], 1, 6, 0, [42], ignore)]
    assert not cut.ended
    monkeypatch.setattr(starter, "end_text", cut.text[-2:])
    [whole] = [batch[0] for batch in generate_batches(starter, [prompt], 1, 6, 0, [42], ignore)]
    assert whole.ended and whole.text == cut.text.partition(cut.text[-2:])[0]


def test_a_prompt_near_the_context_cuts_only_its_own_answer(tiny):
    long, short = [5] * (tiny.longest_context - 2), [5, 6, 7]
    seeds, shares = [1, 2, 3], []
    [both] = generate_batches(tiny, [long, short, [5] * tiny.longest_context], 3, 30, 1.0, seeds, shares.append)
    [alone] = generate_batches(tiny, [short], 1, 30, 1.0, seeds[1:], ignore)
    assert both[1] == alone[0] and len(both[1].text) > 2 * len(both[0].text)
    assert not both[0].ended and both[2] == Answered("", False)
    assert sum(shares) == pytest.approx(2)


def test_the_seed_fixes_the_samples(tiny):
    first, again, other, greedy = (
        answers_to(tiny, prompts_of(tiny), 4, 8, temperature, seed, ignore)
        for temperature, seed in ((1.0, 1), (1.0, 1), (1.0, 2), (0, 1))
    )
    assert first == again
    assert first != other and first != greedy


def test_an_answer_ends_at_the_end_token(starter, monkeypatch):
    prompt, *_ = prompts_of(starter)
    tokens = []
    with torch.no_grad():
        while len(tokens) < 6:
            tokens.append(int(starter.model(torch.tensor([prompt + tokens])).logits[0, -1].argmax()))
    monkeypatch.setattr(starter, "end_ids", {tokens[4]})
    shares = []
    (text,) = answers_to(starter, [prompt], 1, 100, 0, 42, shares.append)
    assert text == starter.tokenizer.decode(tokens[: tokens.index(tokens[4])])
    assert sum(shares) == pytest.approx(1)
    assert len(shares) <= 6


def test_an_answer_never_exceeds_the_context(tiny):
    shares = []
    answers_to(tiny, [[5] * (tiny.longest_context - 3)], 1, 50, 0, 42, shares.append)
    assert len(shares) <= 4


def test_a_request_to_stop_is_heard_within_an_answer(tiny):
    shares = []

    def done(share):
        shares.append(share)
        if len(shares) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answers_to(tiny, prompts_of(tiny), 9, 50, 0, 42, done)
    assert len(shares) == 3

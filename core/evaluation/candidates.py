"""The models of an evaluation, loaded one at a time, and what each of them gets of the examples."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from core.evaluation.answer_log import files_of
from core.evaluation.engines.endpoint_scorer import EndpointScorer
from core.evaluation.engines.scored_model import EncodedExample, ScoredModel
from core.evaluation.engines.transformers_scorer import TransformersScorer
from core.evaluation.entrants import Entrant
from core.models.loading import load_tokenizer


class Candidate(NamedTuple):
    """A model under evaluation, loaded until the next one is asked for."""

    entrant: Entrant
    how: str
    """What is scored, in words."""
    model: ScoredModel
    examples: list[EncodedExample]
    truncated: int
    """Examples whose prompt or answer was cut to the context length."""
    shares: list[float]
    """How much of each answer is left, from 0 to 1."""
    identity: list
    """What tells this model from others, for `AnswerLog`."""


def candidates(
    entrants: list[Entrant], examples: list[dict], batch_size: int | None, allowed_endpoints: Sequence[str]
) -> Iterator[Candidate]:
    """The models to score. Each writes the same messages by its own chat template and splits them by its tokenizer.

    A base is scored on the weights of an adapter on it, switched off, so that it is loaded once and gets the very same
    token ids. Raises what loading a model raises, and InputError for an endpoint that may not be asked.
    """
    left = [one for one in entrants if one.kind != "look-up"]
    while left:
        one = left.pop(0)
        adapters = [other for other in left if other.kind == "adapter" and one.is_base_of(other)]
        if one.kind == "adapter" or (one.kind == "model" and adapters):
            adapter = one if one.kind == "adapter" else adapters[0]
            bases = [base for base in (one, *left) if base.kind == "model" and base.is_base_of(adapter)]
            left = [other for other in left if other is not adapter and other not in bases]
            yield from _with_bases(adapter, bases, examples, batch_size)
        else:
            yield from _alone(one, examples, batch_size, allowed_endpoints)


def _with_bases(
    adapter: Entrant, bases: list[Entrant], examples: list[dict], batch_size: int | None
) -> Iterator[Candidate]:
    location = adapter.location
    with closing(TransformersScorer(location, load_tokenizer(location), batch_size)) as model:
        encoded = model.encode(examples)
        identity = [batch_size, model.precision, files_of(location)]
        for base in bases:
            with model.without_adapter():
                how = f"{base.label} in {model.precision}"
                yield _candidate(base, how, model, encoded, [*identity, "without the adapter"])
        how = f"{adapter.label}, the adapter on its base in {model.precision}"
        yield _candidate(adapter, how, model, encoded, identity)


def _alone(
    one: Entrant, examples: list[dict], batch_size: int | None, allowed_endpoints: Sequence[str]
) -> Iterator[Candidate]:
    with closing(_opened(one, batch_size, allowed_endpoints)) as model:
        identity = [one.asked.endpoint, one.asked.model] if one.kind == "endpoint" else files_of(one.location)
        how = f"{one.label} {'at' if one.kind == 'endpoint' else 'in'} {model.precision}"
        yield _candidate(one, how, model, model.encode(examples), [batch_size, model.precision, identity])


def _opened(one: Entrant, batch_size: int | None, allowed_endpoints: Sequence[str]) -> ScoredModel:
    if one.kind == "endpoint":
        return EndpointScorer(one.asked, allowed_endpoints)
    if one.kind == "gguf":
        from core.evaluation.engines.gguf_scorer import GgufScorer  # loads llama.cpp, which can abort the process

        return GgufScorer(one.location, batch_size)
    return TransformersScorer(one.location, load_tokenizer(one.location), batch_size)


def asked_else(one: Candidate, encoded: list[EncodedExample]) -> Candidate:
    """The same model, asked something else."""
    return _candidate(one.entrant, one.how, one.model, encoded, one.identity)


def _candidate(
    entrant: Entrant, how: str, model: ScoredModel, encoded: list[EncodedExample], identity: list
) -> Candidate:
    fitted = [fit(prompt, answer, model.context_length) for prompt, answer in encoded]
    truncated = sum(before != after for before, after in zip(encoded, fitted, strict=True))
    shares = [len(left) / max(1, len(answer)) for (_, answer), (_, left) in zip(encoded, fitted, strict=True)]
    return Candidate(entrant, how, model, fitted, truncated, shares, identity)


def fit(prompt: list, answer: list, context_length: int | None) -> EncodedExample:
    """Prompt and answer within the context: the end of the prompt takes up to half of it, the answer the rest."""
    if context_length is None or len(prompt) + len(answer) <= context_length:
        return prompt, answer
    prompt = prompt[-(context_length // 2) :]
    return prompt, answer[: context_length - len(prompt)]

"""Which models an evaluation scores, under which role, and the token ids that each of them gets."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from core.errors import InputError
from core.evaluation.scorers import ScoredModel
from core.evaluation.transformers_scorer import TransformersScorer
from core.examples.encoding import encode_examples
from core.models.loading import load_tokenizer
from core.models.references import ModelLocation, locate

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Ids = list[tuple[list[int], list[int]]]
"""Prompt and answer of each example."""


class Candidate(NamedTuple):
    """A model under evaluation, loaded until the next one is asked for."""

    role: str
    how: str
    """What is scored, in words."""
    model: ScoredModel
    prompts: list[list[int]]
    answers: list[list[int]]
    truncated: int
    """Examples whose prompt or answer was cut to the context length."""


def candidates(location: ModelLocation, examples: list[dict], batch_size: int) -> Iterator[Candidate]:
    """The models to score, one at a time, all with the token ids of the model at `location`.

    An adapter is scored on its full-precision base, switched off and on, so that only one model is in memory. A GGUF
    comes first, because its own tokenizer makes the ids. Raises InputError when a base has another vocabulary.
    """
    base = locate(location.base) if location.base else None
    if location.kind == "gguf":
        yield from _gguf_and_base(location, base, examples, batch_size)
        return
    tokenizer = load_tokenizer(location)
    ids = [(encoded.prompt, encoded.answer) for encoded in encode_examples(tokenizer, examples)]
    if location.kind == "adapter":
        with closing(TransformersScorer(location, tokenizer, batch_size)) as model:
            with model.without_adapter():
                yield _candidate("base", f"{base.label} in {model.precision}", model, ids)
            yield _candidate("tuned", f"{location.label}, the adapter on its base in {model.precision}", model, ids)
        return
    if base:
        yield from _whole("base", base, tokenizer, ids, batch_size)
    yield from _whole("tuned" if base else "base", location, tokenizer, ids, batch_size)


def _gguf_and_base(
    location: ModelLocation, base: ModelLocation | None, examples: list[dict], batch_size: int
) -> Iterator[Candidate]:
    from core.evaluation.gguf_scorer import GgufScorer

    with closing(GgufScorer(location)) as model:
        candidate = _candidate("gguf", f"{location.label}, {model.precision}", model, list(map(model.encode, examples)))
        yield candidate
    if base:
        ids = list(zip(candidate.prompts, candidate.answers, strict=True))
        yield from _whole("base", base, load_tokenizer(base), ids, batch_size)


def _whole(
    role: str, location: ModelLocation, tokenizer: "PreTrainedTokenizerBase", ids: Ids, batch_size: int
) -> Iterator[Candidate]:
    with closing(TransformersScorer(location, tokenizer, batch_size)) as model:
        if max(max(prompt + answer) for prompt, answer in ids) >= model.vocabulary_size:
            raise InputError(
                f"{location.label} has another vocabulary than the model it is compared with.",
                "Name the base model that the model was tuned from.",
            )
        yield _candidate(role, f"{location.label} in {model.precision}", model, ids)


def _candidate(role: str, how: str, model: ScoredModel, ids: Ids) -> Candidate:
    fitted = [fit(prompt, answer, model.context_length) for prompt, answer in ids]
    prompts, answers = map(list, zip(*fitted, strict=True))
    truncated = sum(before != after for before, after in zip(ids, fitted, strict=True))
    return Candidate(role, how, model, prompts, answers, truncated)


def fit(prompt: list[int], answer: list[int], context_length: int) -> tuple[list[int], list[int]]:
    """Prompt and answer within the context: the end of the prompt takes up to half of it, the answer the rest."""
    if len(prompt) + len(answer) <= context_length:
        return prompt, answer
    prompt = prompt[-(context_length // 2) :]
    return prompt, answer[: context_length - len(prompt)]

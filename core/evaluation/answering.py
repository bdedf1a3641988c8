"""Has each model answer the examples, batch by batch onto disk, and measures its loss on the references."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from core.errors import InputError, UnavailableError
from core.evaluation.answer_log import AnswerLog
from core.evaluation.baseline import nearest_answers, training_examples
from core.evaluation.candidates import Candidate, candidates
from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample
from core.evaluation.entrants import Entrant
from core.evaluation.progress import ANSWER_EFFORT, LOSS_EFFORT, Progress
from core.examples.example import tools_of
from core.examples.messages import message_text
from core.inference.engine import Answered
from core.inference.tool_calls import ToolCallWatch
from core.reporting import Reporter
from core.specs import EvaluateSpec

_LOOKED_UP = "the answer to the most similar training question (TF-IDF)"
_Value = TypeVar("_Value", AnswerLoss, Answered)


class Said(NamedTuple):
    """What one model answered, and its losses on the references, in the order of the examples.

    `answers` is None for plain text, `losses` for an endpoint and a look-up. `truncated` examples were cut to the
    `context_length`, in tokens; `shares` says how much of each reference is left, from 0 to 1. `reference_ids` are the
    references as the model's tokenizer splits them.
    """

    entrant: Entrant
    how: str
    answers: list[Answered] | None
    losses: list[AnswerLoss] | None = None
    truncated: int = 0
    shares: Sequence[float] = ()
    context_length: int | None = None
    reference_ids: list[list[int]] | None = None


def answers_of_each(
    spec: EvaluateSpec,
    entrants: list[Entrant],
    examples: list[dict],
    asks: bool,
    folder: Path,
    reporter: Reporter,
    allowed_endpoints: Sequence[str],
) -> Iterator[Said]:
    """One model after the other, look-ups first; those give nothing where nothing is asked.

    `folder` keeps what was answered. Raises UnavailableError if a model gives fewer answers than there are examples,
    InputError if its server refuses all of them.
    """
    if asks and (look_ups := [one for one in entrants if one.kind == "look-up"]):
        answers = [Answered(text, True) for text in nearest_answers(training_examples(spec.dataset), examples)]
        yield from (Said(one, _LOOKED_UP, answers) for one in look_ups)
    loaded = [one for one in entrants if one.kind != "look-up"]
    efforts = [LOSS_EFFORT * (one.kind != "endpoint") + ANSWER_EFFORT * asks for one in loaded]
    progress = Progress(reporter, len(examples) * sum(efforts))
    for one in candidates(loaded, examples, spec.batch_size, allowed_endpoints):
        settings = [spec.max_new_tokens, spec.temperature, spec.seed]
        identity = {"model": one.identity, "settings": settings, "examples": _digest(one.examples)}
        with closing(AnswerLog(folder, identity, reporter)) as log:
            losses, answers = _losses(one, log, progress), None
            if asks:
                said = _answers(one, log, progress, spec)
                answers = [_in_words(answer, example) for answer, example in zip(said, examples, strict=True)]
        ids = [answer for _, answer in one.examples] if losses else None
        yield Said(one.entrant, one.how, answers, losses, one.truncated, one.shares, one.model.context_length, ids)


def _digest(examples: list[EncodedExample]) -> str:
    """A hash of what a model is asked and scored on."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps(example).encode())
    return digest.hexdigest()


def _losses(one: Candidate, log: AnswerLog, progress: Progress) -> list[AnswerLoss] | None:
    if not one.model.measures_losses:
        return None
    done = progress.of(f"loss of {one.entrant.name}", LOSS_EFFORT, len(log.losses))
    left = _left(one, log.losses)
    return _completed(one, left, log.losses, log.add_losses, one.model.losses([one.examples[at] for at in left], done))


def _answers(one: Candidate, log: AnswerLog, progress: Progress, spec: EvaluateSpec) -> list[Answered]:
    done = progress.of(f"answers of {one.entrant.name}", ANSWER_EFFORT, len(log.answers))
    left = _left(one, log.answers)
    prompts = [one.examples[place][0] for place in left]
    seeds = [spec.seed + place for place in left]
    batches = one.model.answers(prompts, spec.max_new_tokens, spec.temperature, seeds, done)
    said = _completed(one, left, log.answers, log.add_answers, batches)
    if all(answer.refusal for answer in said):
        raise InputError(said[0].refusal, "Check the address, the model's name and the questions.")
    return said


def _left(one: Candidate, known: dict[int, _Value]) -> list[int]:
    """The places of the examples that no earlier attempt has finished."""
    return [place for place in range(len(one.examples)) if place not in known]


def _completed(
    one: Candidate,
    left: list[int],
    known: dict[int, _Value],
    add: Callable[[dict[int, _Value]], None],
    batches: Iterator[dict[int, _Value]],
) -> list[_Value]:
    """A value for each example: those `known` from an earlier attempt, and those `left`, added batch by batch."""
    for batch in batches:
        add({left[place]: value for place, value in batch.items()})
    if len(known) < len(one.examples):
        raise UnavailableError(
            f"{one.entrant.name} gave {len(known):,} answers to {len(one.examples):,} examples.",
            "Evaluate again.",
        )
    return [known[place] for place in range(len(one.examples))]


def _in_words(answer: Answered, example: dict) -> Answered:
    """An answer with its tool calls as references have them, in whichever form a model's template writes calls."""
    if not (tools := tools_of(example)):
        return answer
    watch = ToolCallWatch(tools)
    text = watch.push(answer.text)
    rest, calls = watch.rest()
    if not calls:
        return answer._replace(text=text + rest)
    message = {"content": text.strip(), "tool_calls": [{"function": call} for call in calls]}
    return answer._replace(text=message_text(message))

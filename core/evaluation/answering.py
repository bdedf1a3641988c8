"""Has each model answer the examples, batch by batch onto disk, and measures its loss on the references."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from core.errors import InputError, UnavailableError
from core.evaluation.answer_log import AnswerLog
from core.evaluation.baseline import nearest_answers, training_examples
from core.evaluation.candidates import Candidate, asked_else, candidates
from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample
from core.evaluation.engines.transformers_scorer import LOSSES_AT_ONCE, TransformersScorer
from core.evaluation.entrants import Entrant
from core.evaluation.general.asking import (
    LONGEST_ANSWER_TOKENS,
    GeneralAnswers,
    choice_examples,
    judged,
    without_ends,
    written_examples,
)
from core.evaluation.general.harness import HarnessTasks, kept
from core.evaluation.progress import ANSWER_EFFORT, GENERAL_EFFORT, LOSS_EFFORT, Progress
from core.examples.example import tools_of
from core.examples.messages import message_text
from core.inference.engine import Answered, OnDone
from core.inference.tool_calls import ToolCallWatch
from core.reporting import Reporter
from core.specs import EvaluateSpec
from core.specs.results.harness import HarnessScore

_LOOKED_UP = "the answer to the most similar training question (TF-IDF)"
_Value = TypeVar("_Value", AnswerLoss, Answered)


class Said(NamedTuple):
    """What one model answered, and its losses on the references, in the order of the examples.

    `answers` is None for plain text, `losses` for an endpoint and a look-up. `truncated` examples were cut to the
    `context_length`, in tokens; `shares` says how much of each reference is left, from 0 to 1. `reference_ids` are the
    references as the model's tokenizer splits them. `seconds` it took, loading included; None where an earlier attempt
    did a part.
    """

    entrant: Entrant
    how: str
    answers: list[Answered] | None
    losses: list[AnswerLoss] | None = None
    truncated: int = 0
    shares: Sequence[float] = ()
    context_length: int | None = None
    reference_ids: list[list[int]] | None = None
    general: GeneralAnswers | None = None
    general_seconds: float = 0.0
    harness: list[HarnessScore] | None = None
    """The scores on tasks of lm-evaluation-harness; None where none were asked or it cannot ask this model."""
    seconds: float | None = None


def answers_of_each(
    spec: EvaluateSpec,
    entrants: list[Entrant],
    examples: list[dict],
    asks: bool,
    folder: Path,
    reporter: Reporter,
    allowed_endpoints: Sequence[str],
    harness: HarnessTasks | None = None,
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
    general_efforts = [_general_effort(one.kind != "endpoint") * spec.general_ability for one in loaded]
    progress = Progress(reporter, len(examples) * sum(efforts) + sum(general_efforts))
    began = time.monotonic()
    for one in candidates(loaded, examples, spec.batch_size, allowed_endpoints):
        losses, answers = None, None
        with closing(_log(one, spec, folder, reporter)) as log:
            is_new = not (log.losses or log.answers)
            if one.model.measures_losses:
                losses = _losses(one, log, progress.of(f"loss of {one.entrant.name}", LOSS_EFFORT, len(log.losses)))
            if asks:
                done = progress.of(f"answers of {one.entrant.name}", ANSWER_EFFORT, len(log.answers))
                said = _answers(one, log, done, spec)
                answers = [_in_words(answer, example) for answer, example in zip(said, examples, strict=True)]
        ids = [answer for _, answer in one.examples] if losses else None
        took = round(time.monotonic() - began, 2) if is_new else None
        began = time.monotonic()
        general = _general(one, spec, folder, reporter, progress) if spec.general_ability else None
        seconds = time.monotonic() - began
        yield Said(
            one.entrant, one.how, answers, losses, one.truncated, one.shares, one.model.context_length, ids,
            general, seconds, harness and _on_tasks(harness, one, spec, folder, progress), took,
        )  # fmt: skip
        began = time.monotonic()


def _log(one: Candidate, spec: EvaluateSpec, folder: Path, reporter: Reporter) -> AnswerLog:
    settings = [spec.max_new_tokens, spec.temperature, spec.seed]
    identity = {"model": one.identity, "settings": settings, "examples": _digest(one.examples)}
    return AnswerLog(folder, identity, reporter)


def _general(
    one: Candidate, spec: EvaluateSpec, folder: Path, reporter: Reporter, progress: Progress
) -> GeneralAnswers:
    """What a model makes of the general set, by greedy decoding whatever the temperature of the evaluation."""
    spec = spec.model_copy(update={"max_new_tokens": LONGEST_ANSWER_TOKENS, "temperature": 0.0})
    name, losses = f"general ability of {one.entrant.name}", None
    if one.model.measures_losses:
        asked = asked_else(one, without_ends(one.model, one.model.encode(choice_examples())))
        with closing(_log(asked, spec, folder, reporter)) as log:
            losses = _losses(asked, log, progress.of(name, LOSS_EFFORT, len(log.losses)))
    asked = asked_else(one, one.model.encode(written_examples()))
    with closing(_log(asked, spec, folder, reporter)) as log:
        return judged(losses, _answers(asked, log, progress.of(name, GENERAL_EFFORT, len(log.answers)), spec))


def _on_tasks(
    harness: HarnessTasks, one: Candidate, spec: EvaluateSpec, folder: Path, progress: Progress
) -> list[HarnessScore] | None:
    """The scores on tasks of lm-evaluation-harness, kept for another attempt; None of what it cannot ask."""
    if not isinstance(one.model, TransformersScorer):
        return None
    told = progress.of(f"lm-evaluation-harness, {one.entrant.name}", 0, 0)
    at_once = spec.batch_size or LOSSES_AT_ONCE
    identity = json.dumps([one.identity, harness.identity, at_once])
    path = folder / f"harness-{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json"
    return kept(path, lambda: harness.scores_of(one.model.loaded, at_once, lambda: told(0)))


def _general_effort(chooses: bool) -> float:
    """Of one model, in units of `Progress`."""
    return LOSS_EFFORT * chooses * len(choice_examples()) + GENERAL_EFFORT * len(written_examples())


def _digest(examples: list[EncodedExample]) -> str:
    """A hash of what a model is asked and scored on."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps(example).encode())
    return digest.hexdigest()


def _losses(one: Candidate, log: AnswerLog, done: OnDone) -> list[AnswerLoss]:
    left = _left(one, log.losses)
    return _completed(one, left, log.losses, log.add_losses, one.model.losses([one.examples[at] for at in left], done))


def _answers(one: Candidate, log: AnswerLog, done: OnDone, spec: EvaluateSpec) -> list[Answered]:
    left = _left(one, log.answers)
    prompts = [one.examples[place][0] for place in left]
    seeds = [(spec.seed + place) % 2**63 for place in left]  # below 2**63, as every engine takes it
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

"""Answers to a few fixed questions of the validation split, given at each validation: a person sees the model change.

Nothing of the training changes: decoding is greedy, the random state is put back, and the model goes back to packed
attention. Where they would take more than a twentieth of the training time, answers are shorter, or left out at some
validations. The file in the run's folder is replaced as a whole, so it is never torn.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from core.artifacts import publish_file
from core.examples.encoding import encode_examples
from core.examples.example import answer_text, is_worth_learning, question_text, shape_of
from core.inference.batch_generation import generate_batch, text_of
from core.inference.transformers_model import TransformersModel
from core.models.references import ModelLocation
from core.reporting import Reporter, Stopped
from core.shape import Shape
from core.specs import TrainSpec
from core.specs.results.sample_answers import SAMPLE_ANSWERS, SampleAnswer, read_sample_answers
from core.training.compute.fitting import is_out_of_memory
from core.training.compute.folded import folded
from core.training.compute.packing import unpacked
from core.training.run.checkpoints import RunState
from core.training.watching.answer_length import affordable_tokens

if TYPE_CHECKING:
    from datasets import Dataset
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

NEW_TOKENS, NEW_TOKENS_OF_SMALL, SMALL_PARAMETERS = 48, 16, 50_000_000
"""The longest sample answer. Of a small model, each token costs a larger share of a run's time
(docs/benchmarks.md)."""

_LONGEST_PROMPT = 512
_LOOKED_AT = 200
"""Rows looked at for questions short enough."""
_OPENING_TOKENS = 16
"""Of a plain text, which asks nothing: the model continues its opening."""


class Question(NamedTuple):
    """`ids` are what the model reads; `expected` is the answer in the dataset."""

    ids: list[int]
    text: str
    expected: str


def choose_questions(
    rows: "Dataset | Iterable[dict]", tokenizer: "PreTrainedTokenizerBase", count: int, longest_tokens: int, seed: int
) -> list[Question]:
    """Up to `count` questions of a split, the same for the same rows and seed, that fit with their answers."""
    rows = list(islice(filter(is_worth_learning, rows), _LOOKED_AT))
    order = np.random.default_rng([seed, len(rows)]).permutation(len(rows))
    limit = min(_LONGEST_PROMPT, longest_tokens - NEW_TOKENS)
    asked = (_question(rows[place], tokenizer) for place in order)
    return list(islice((one for one in asked if len(one.ids) <= limit), count))


def _question(row: dict, tokenizer: "PreTrainedTokenizerBase") -> Question:
    [encoded] = encode_examples(tokenizer, [row])
    if shape_of(row) is not Shape.TEXT:
        return Question(encoded.prompt, question_text(row), answer_text(row))
    opening = len(encoded.prompt) + _OPENING_TOKENS
    text, rest = (
        tokenizer.decode(ids, skip_special_tokens=True) for ids in (encoded.ids[:opening], encoded.ids[opening:])
    )
    return Question(encoded.ids[:opening], text, rest)


class SampleAnswers:
    """The sample answers of one run, in its folder. Those after `validated_step`, of an attempt that died, go."""

    def __init__(
        self,
        spec: TrainSpec,
        location: ModelLocation,
        tokenizer: "PreTrainedTokenizerBase",
        model: "PeftModel",
        questions: list[Question],
        validated_step: int | None,
        reporter: Reporter,
    ):
        self._folder, self._reporter, self._questions = Path(spec.output_dir), reporter, questions
        self._loaded = TransformersModel(location, tokenizer, model)
        is_small = model.num_parameters() < SMALL_PARAMETERS
        self._new_tokens = NEW_TOKENS_OF_SMALL if is_small else NEW_TOKENS
        found = [] if validated_step is None else read_sample_answers(self._folder)
        self._given = [one for one in found if one.step <= validated_step]
        if len(self._given) < len(found):
            self._write()

    def take(self, state: RunState, is_last: bool) -> None:
        """Ask the model, which is in eval mode, and add its answers to the file; `state` counts what they cost."""
        new_tokens = affordable_tokens(state, self._new_tokens, is_last)
        if not (self._questions and new_tokens):
            return
        began = time.perf_counter()
        asked = [one.ids for one in self._questions]
        try:
            with undisturbed(self._loaded.model):
                answers = generate_batch(self._loaded, asked, new_tokens, 0, self._go_on)
        except (RuntimeError, MemoryError) as error:  # training itself fits, and must not fail for this
            if not is_out_of_memory(error):
                raise
            self._questions = []
            self._reporter.event("No more sample answers: they do not fit into memory beside the training.")
            return
        for question, ids in zip(self._questions, answers, strict=True):
            self._given.append(
                SampleAnswer(
                    step=state.step,
                    question=question.text,
                    expected=question.expected,
                    answer=text_of(self._loaded, ids),
                    whole=len(ids) < new_tokens,
                )
            )
        self._write()
        state.answer_seconds += time.perf_counter() - began
        state.answer_tokens += min(new_tokens, 1 + max(map(len, answers)))  # the end of an answer is a token, too

    def _go_on(self, _: float) -> None:
        if (request := self._reporter.stop_requested()) and request.gives_up:
            raise Stopped(request)

    def _write(self) -> None:
        final = self._folder / SAMPLE_ANSWERS
        staged = self._folder / f".{final.name}.{self._reporter.attempt or os.getpid()}.partial"
        staged.write_text("".join(f"{one.model_dump_json()}\n" for one in self._given), encoding="utf-8")
        publish_file(staged, final, self._reporter)


@contextmanager
def undisturbed(model: "PeftModel") -> Iterator[None]:
    """Ready to generate, without gradients; random state, attention and layers are put back afterwards."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    place = model.device
    devices = [place] if place.type == "cuda" else []
    mixed = torch.autocast(place.type, torch.bfloat16, enabled=base.dtype == torch.bfloat16, cache_enabled=False)
    with torch.random.fork_rng(devices), torch.no_grad(), mixed, unpacked(base), folded(model):
        yield

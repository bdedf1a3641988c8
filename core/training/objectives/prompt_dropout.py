"""Prompt dropout: drops words from questions during training, so the answer depends on the subject, not the wording.

With few examples a model memorizes each question as a whole, and a new wording finds the wrong answer. If any word may
be missing, the model has to learn every word that matters (word dropout: Iyyer et al., 2015, "Deep Unordered
Composition Rivals Syntactic Methods for Text Classification").
"""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.examples.encoding import encode_examples
from core.examples.example import shape_of
from core.shape import Shape
from core.specs.train import TrainOn
from core.training.objectives.examples import TokenizedExample, tokenized

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class PromptDropout:
    """Drops a share of each question's words, drawn for each example between 0 and `most`."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", most: float, seed: int, train_on: TrainOn = "answers"):
        self.tokenizer, self.most, self.seed, self.train_on = tokenizer, most, seed, train_on

    def thin(self, batches: list[list[TokenizedExample]], step: int) -> list[list[TokenizedExample]]:
        """The batches of optimizer step `step` with words dropped; the same step always drops the same words."""
        rng = np.random.default_rng([self.seed, step])
        return [[self._thinned(example, rng) for example in batch] for batch in batches]

    def _thinned(self, example: TokenizedExample, rng: np.random.Generator) -> TokenizedExample:
        share = rng.uniform(0, self.most)
        fewer = _with_thinner_questions(example.source, share, rng)
        if not fewer:
            return example
        [encoded] = encode_examples(self.tokenizer, [fewer])
        if example.counts is not None:
            thinned = tokenized(encoded, len(example.ids), example.source, self.train_on)
            return thinned if thinned.answer_tokens else example
        ids = np.concatenate([np.array(encoded.prompt, example.ids.dtype), example.ids[example.prompt_tokens :]])
        return replace(example, ids=ids, prompt_tokens=len(encoded.prompt))


def _with_thinner_questions(example: dict, share: float, rng: np.random.Generator) -> dict:
    """The example with words dropped from the user's turns; empty for plain text, which asks nothing."""
    shape = shape_of(example)
    if shape is Shape.INSTRUCTION:
        fewer = {name: _without(example[name], share, rng) for name in ("instruction", "input") if name in example}
        return example | fewer
    if shape is Shape.TEXT:
        return {}
    messages = json.loads(example["messages"])
    for message in messages:
        if message["role"] == "user":
            message["content"] = _without(message["content"], share, rng)
    return example | {"messages": json.dumps(messages, ensure_ascii=False)}


def _without(text: str | None, share: float, rng: np.random.Generator) -> str:
    """`text` with about `share` of its words dropped at random."""
    words = (text or "").split(" ")
    return " ".join(word for word, drawn in zip(words, rng.random(len(words)), strict=True) if drawn >= share)

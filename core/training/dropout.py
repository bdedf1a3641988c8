"""Prompt dropout: questions with words left out, so that an answer hangs on what is asked and not on how.

With few examples a model learns each question by heart, as a whole, and an unseen wording finds the wrong answer. When
any word may be missing, every word that tells something has to be learnt (word dropout: Iyyer et al., 2015, "Deep
Unordered Composition Rivals Syntactic Methods for Text Classification").
"""

import json
from dataclasses import replace

import numpy as np

from core.examples.example import shape_of
from core.examples.prompting import encode_examples
from core.specs import Shape
from core.training.examples import TokenizedExample, tokenized


class PromptDropout:
    """Leaves out words of questions while training: for each example a share between 0 and `most` of them."""

    def __init__(self, tokenizer, most: float, seed: int):
        self.tokenizer, self.most, self.seed = tokenizer, most, seed

    def thin(self, batches: list[list[TokenizedExample]], step: int) -> list[list[TokenizedExample]]:
        """The batches of optimizer step `step` as they are learnt from; the same step gives the same words."""
        rng = np.random.default_rng([self.seed, step])
        return [[self._thinned(example, rng) for example in batch] for batch in batches]

    def _thinned(self, example: TokenizedExample, rng: np.random.Generator) -> TokenizedExample:
        share = rng.uniform(0, self.most)
        fewer = _with_thinner_questions(example.source, share, rng)
        if not fewer:
            return example
        [encoded] = encode_examples(self.tokenizer, [fewer])
        if example.counts is not None:
            thinned = tokenized(encoded, len(example.ids), example.source)
            return thinned if thinned.answer_tokens else example
        ids = np.concatenate([np.array(encoded.prompt, example.ids.dtype), example.ids[example.prompt_tokens :]])
        return replace(example, ids=ids, prompt_tokens=len(encoded.prompt))


def _with_thinner_questions(example: dict, share: float, rng: np.random.Generator) -> dict:
    """The example with words left out of what the user says; nothing where nobody asks."""
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
    words = (text or "").split(" ")
    return " ".join(word for word, drawn in zip(words, rng.random(len(words)), strict=True) if drawn >= share)

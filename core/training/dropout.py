"""Prompt dropout: questions with words left out, so that an answer hangs on what is asked and not on how.

With few examples a model learns each question by heart, as a whole, and an unseen wording finds the wrong answer. When
any word may be missing, every word that tells something has to be learnt (word dropout: Iyyer et al., 2015, "Deep
Unordered Composition Rivals Syntactic Methods for Text Classification").
"""

from dataclasses import replace

import numpy as np

from core.models.prompting import messages_of, prompt_ids
from core.training.examples import TokenizedExample


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
        fewer = {name: _without(example.question[name], share, rng) for name in ("instruction", "input")}
        prompt = prompt_ids(self.tokenizer, messages_of(fewer))
        ids = np.concatenate([np.array(prompt, dtype=example.ids.dtype), example.ids[example.prompt_tokens :]])
        return replace(example, ids=ids, prompt_tokens=len(prompt))


def _without(text: str | None, share: float, rng: np.random.Generator) -> str:
    words = (text or "").split(" ")
    return " ".join(word for word, drawn in zip(words, rng.random(len(words)), strict=True) if drawn >= share)

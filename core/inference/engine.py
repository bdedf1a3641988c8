"""A loaded model that answers prompts: the decoding loop that chat, API, scoring and synthesis share.

Engines differ only in how tokens become logits. Every request starts from an empty KV cache, so no other request can
change a bit of its numbers.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple

import numpy as np

from core.inference.prompts.prompter import Prepared, Prompter
from core.inference.sampling import Grammar, Sampler
from core.inference.settings import SamplingSettings
from core.inference.stop_texts import StopWatch

OnDone = Callable[[float], None]
"""Gets how many answers (also a fraction of one) were finished since its last call; may raise to stop the work."""


@dataclass(frozen=True)
class Chunk:
    """A piece of an answer, its counts and seconds those of the answer so far. The last has a `finish_reason`."""

    text: str
    finish_reason: Literal["stop", "length"] | None
    prompt_tokens: int
    completion_tokens: int
    first_token_seconds: float
    seconds: float

    @property
    def tokens_per_second(self) -> float | None:
        """Decoding speed after the first token; None for an answer of one token."""
        later = self.seconds - self.first_token_seconds
        return (self.completion_tokens - 1) / later if self.completion_tokens > 1 and later > 0 else None


class Answered(NamedTuple):
    """A whole answer. `ended`: by itself, not because its length or the context was exhausted."""

    text: str
    ended: bool
    refusal: str = ""
    """Why a server would not answer this one question, in its words; the text is then empty."""


class _Session:
    """One answer in progress. `state` holds its KV cache while another answer uses the model."""

    state: object | None = None


class Engine(Prompter):
    """A loaded model. Several answers, also from several threads, may be in progress: they take turns.

    An answer's KV cache is saved while another runs and restored after, so neither affects the other.
    """

    pass_tokens = 256
    """Prompt tokens read in one forward pass; an answer can be cancelled between passes."""

    def __init__(self):
        self._turn = Lock()
        self._session: _Session | None = None

    def generate(
        self,
        prompt: str | list[dict],
        settings: SamplingSettings,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Iterator[Chunk]:
        """The answer to chat messages, or the continuation of a text, in chunks. Raises as `prepared`."""
        prepared = self.prepared(prompt, settings.system, settings.response_format, tools, must_call)
        yield from self.answer(prepared, settings)

    def answer_all(self, prompts: list[list[int]], settings: SamplingSettings, done: OnDone) -> Iterator[Answered]:
        """The whole answers to prompts given as token ids, in order."""
        return (self._whole(prompt, settings, done) for prompt in prompts)

    def _whole(self, prompt: list[int], settings: SamplingSettings, done: OnDone) -> Answered:
        limit = min(settings.max_tokens, self.context_length - len(prompt))
        text, share = "", 0.0
        with closing(self.answer(Prepared(prompt), settings)) as chunks:
            for chunk in chunks:
                text += chunk.text
                before, share = share, 1.0 if chunk.finish_reason else chunk.completion_tokens / limit
                done(share - before)
        return Answered(text, chunk.finish_reason == "stop")

    def answer(self, prepared: Prepared, settings: SamplingSettings) -> Iterator[Chunk]:
        """The answer to a prepared request, a chunk per token. Closing the iterator stops the model.

        A chunk's text is empty while a long prompt is read, and where it may still become a stop text.
        """
        session = _Session()
        with (
            self._constraint(prepared.grammar) as grammar,
            closing(self._decode(prepared.ids, settings, grammar)) as chunks,
        ):
            try:
                while chunk := self._next(chunks, session):
                    yield chunk
            finally:
                if self._session is session:
                    self._session = None

    def _next(self, chunks: Iterator[Chunk], session: _Session) -> Chunk | None:
        """The next chunk of a session, after putting its KV cache back in place."""
        with self._turn:
            if self._session is not session:
                if self._session:
                    self._session.state = self.state()
                self._session = session
                if session.state is not None:
                    self.restore(session.state)
            return next(chunks, None)

    def _decode(self, prompt_ids: list[int], settings: SamplingSettings, grammar: Grammar | None) -> Iterator[Chunk]:
        began = time.perf_counter()
        stops = (*settings.stop, *filter(None, [self.end_text]))
        sampler, watch, decode = Sampler(settings, grammar), StopWatch(stops), self.decoder()
        first_token_seconds = 0.0
        finish_reason = "length"
        limit = min(settings.max_tokens, self.context_length - len(prompt_ids))
        count = 0

        def chunk(text: str, finish_reason: str | None = None) -> Chunk:
            seconds = time.perf_counter() - began
            return Chunk(text, finish_reason, len(prompt_ids), count, first_token_seconds, seconds)

        self.reset()
        last = (len(prompt_ids) - 1) // self.pass_tokens * self.pass_tokens
        for start in range(0, last, self.pass_tokens):
            self.read(prompt_ids[start : start + self.pass_tokens])
            yield chunk("")
        logits = self.read(prompt_ids[last:])
        for count in range(1, limit + 1):
            token = sampler.choose(logits)
            if count == 1:
                first_token_seconds = time.perf_counter() - began
            if self.ends(token):
                finish_reason = "stop"
                break
            yield chunk(watch.push(decode(token)))
            if watch.stopped:
                finish_reason = "stop"
                break
            if count < limit:
                logits = self.read([token])
        yield chunk(watch.rest(), finish_reason)

    @contextmanager
    def _constraint(self, text: str | None) -> Iterator[Grammar | None]:
        if text is None:
            yield None
        else:
            with closing(self.grammar(text)) as grammar:
                yield grammar

    def grammar(self, text: str) -> Grammar:
        """A matcher for one answer, from a grammar in GBNF. Only if `writes_json`."""
        raise NotImplementedError

    @abstractmethod
    def decoder(self) -> Callable[[int], str]:
        """A function that takes an answer's tokens one by one and returns the text that each completes."""

    @abstractmethod
    def ends(self, token: int) -> bool:
        """Whether `token` ends the answer."""

    end_text: str
    """The text that ends a turn if the chat template ends it without a special token, else ""."""

    @abstractmethod
    def reset(self) -> None:
        """Empty the KV cache."""

    @abstractmethod
    def read(self, tokens: list[int]) -> np.ndarray:
        """Append `tokens` to the KV cache; the logits of the next token, shape (vocabulary,)."""

    @abstractmethod
    def state(self) -> object:
        """The KV cache, for `restore`."""

    @abstractmethod
    def restore(self, state: object) -> None:
        """Continue from a `state`."""

"""One way to get an answer from any model: GGUF files by llama.cpp, everything else by Transformers.

Both engines build prompts, draw tokens and stop in the same code; they differ in who turns tokens into logits. Every
request starts from nothing: no state of another can change a bit of its numbers.
"""

import codecs
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Literal

import numpy as np

from core.examples.prompting import end_ids, end_text
from core.inference.prompts import LlamaPrompter, Prepared, Prompter, TransformersPrompter
from core.inference.sampling import Grammar, Sampler, StopWatch
from core.inference.settings import SamplingSettings
from core.models.references import ModelLocation

DEFAULT_CONTEXT_TOKENS = 4096


@dataclass(frozen=True)
class Chunk:
    """A piece of an answer. The last one has a `finish_reason`; its counts and seconds are those of the whole."""

    text: str
    finish_reason: Literal["stop", "length"] | None
    prompt_tokens: int
    completion_tokens: int
    first_token_seconds: float
    seconds: float

    @property
    def tokens_per_second(self) -> float | None:
        """After the first token; None for an answer of one."""
        later = self.seconds - self.first_token_seconds
        return (self.completion_tokens - 1) / later if self.completion_tokens > 1 and later > 0 else None


class _Reading:
    """One answer, as far as the model has read it: its `state` while another answer has the model."""

    state: object | None = None


class Engine(Prompter):
    """A loaded model. Several answers may be under way, and asked for from several threads; they take turns.

    What an answer has read is put aside while another goes on, so that none changes a bit of the other's numbers.
    """

    pass_tokens = 256
    """Tokens of a prompt that are read at once; between passes an answer can be broken off."""

    def __init__(self):
        self._turn = Lock()
        self._reading: _Reading | None = None

    def generate(
        self,
        prompt: str | list[dict],
        settings: SamplingSettings,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Iterator[Chunk]:
        """The answer to chat messages, or the continuation of a text, piece by piece. Raises as `prepared`."""
        prepared = self.prepared(prompt, settings.system, settings.response_format, tools, must_call)
        yield from self.answer(prepared, settings)

    def answer(self, prepared: Prepared, settings: SamplingSettings) -> Iterator[Chunk]:
        """The answer to a request that was prepared, here or elsewhere, piece by piece.

        While a long prompt is read, pieces are empty. Closing the iterator stops the model.
        """
        reading = _Reading()
        with self._held(prepared.grammar) as grammar, closing(self._answer(prepared.ids, settings, grammar)) as chunks:
            try:
                while chunk := self._next(chunks, reading):
                    yield chunk
            finally:
                if self._reading is reading:
                    self._reading = None

    def _next(self, chunks: Iterator[Chunk], reading: _Reading) -> Chunk | None:
        """The next piece of an answer, whatever the model has read since the last."""
        with self._turn:
            if self._reading is not reading:
                if self._reading:
                    self._reading.state = self.state()
                self._reading = reading
                if reading.state is not None:
                    self.restore(reading.state)
            return next(chunks, None)

    def _answer(self, prompt_ids: list[int], settings: SamplingSettings, grammar: Grammar | None) -> Iterator[Chunk]:
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
            if text := watch.push(decode(token)):
                yield chunk(text)
            if watch.stopped:
                finish_reason = "stop"
                break
            if count < limit:
                logits = self.read([token])
        yield chunk(watch.rest(), finish_reason)

    @contextmanager
    def _held(self, text: str | None) -> Iterator[Grammar | None]:
        """What the next answer is held to, if anything."""
        if text is None:
            yield None
        else:
            with closing(self.grammar(text)) as grammar:
                yield grammar

    def grammar(self, text: str) -> Grammar:
        """An answer's way through a grammar in GBNF. Only where `writes_json`."""
        raise NotImplementedError

    @abstractmethod
    def decoder(self) -> Callable[[int], str]:
        """A function that takes an answer's tokens one after the other and returns the text each one completes."""

    @abstractmethod
    def ends(self, token: int) -> bool:
        """Whether `token` says that the answer is over."""

    end_text: str
    """What ends an answer where the chat template spells it out in words, else ""."""

    @abstractmethod
    def reset(self) -> None:
        """Forget everything read."""

    @abstractmethod
    def read(self, tokens: list[int]) -> np.ndarray:
        """Read on; the logits of the next token, shape (vocabulary,)."""

    @abstractmethod
    def state(self) -> object:
        """What was read, for `restore`."""

    @abstractmethod
    def restore(self, state: object) -> None:
        """Go on where `state` was taken, and nothing else was read."""


class LlamaEngine(LlamaPrompter, Engine):
    """A GGUF. `exact`: see LlamaModel."""

    def __init__(
        self,
        location: ModelLocation,
        threads: int | None = None,
        context_length: int | None = None,
        exact: bool = False,
    ):
        from core.gguf.llama import BATCH_TOKENS, LlamaModel

        Engine.__init__(self)
        model = LlamaModel(location.path, context_length, threads, exact)
        LlamaPrompter.__init__(self, model, location.label, model.context_length)
        self.pass_tokens = BATCH_TOKENS

    def grammar(self, text: str) -> Grammar:
        return self.model.grammar(text)

    def decoder(self) -> Callable[[int], str]:
        utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        tokens_seen = 0

        def decode(token: int) -> str:
            nonlocal tokens_seen
            tokens_seen += 1
            return utf8.decode(self.model.piece(token, first=tokens_seen == 1))

        return decode

    @cached_property
    def turn_end(self) -> str:
        """The text with which the chat template ends a turn; a model server gets it from its desk."""
        return self.template.turns.mark.strip()

    @cached_property
    def _special_end(self) -> list[int]:
        """The special token that the chat template ends a turn with, if it is one."""
        mark = self.turn_end
        return self.model.tokenize(mark, parse_special=True) if mark in self.model.control_texts() else []

    def ends(self, token: int) -> bool:
        return self.model.ends(token) or [token] == self._special_end

    @property
    def end_text(self) -> str:
        return "" if self._special_end else self.turn_end

    def reset(self) -> None:
        self.model.clear()

    def read(self, tokens: list[int]) -> np.ndarray:
        return self.model.read(tokens)

    def state(self) -> object:
        return self.model.state()

    def restore(self, state: object) -> None:
        self.model.restore(state)


class TransformersEngine(TransformersPrompter, Engine):
    """A base model, a merged model, or an adapter on its base, in the memory of this process."""

    def __init__(self, location: ModelLocation, threads: int | None = None, context_length: int | None = None):
        import torch

        from core.models.loading import load_model, load_tokenizer
        from core.models.precision import compute_dtype

        Engine.__init__(self)
        if threads:
            torch.set_num_threads(threads)
        tokenizer = load_tokenizer(location)
        self.model = load_model(location, dtype=compute_dtype(location))
        longest = getattr(self.model.config, "max_position_embeddings", None) or DEFAULT_CONTEXT_TOKENS
        room = min(longest, context_length or DEFAULT_CONTEXT_TOKENS)
        TransformersPrompter.__init__(self, tokenizer, location.label, room)
        self._past = None
        ends = self.model.generation_config.eos_token_id
        self._ends = {*end_ids(tokenizer), *(ends if isinstance(ends, list) else [ends])}
        self.end_text = end_text(tokenizer)

    def decoder(self) -> Callable[[int], str]:
        from tokenizers.decoders import DecodeStream

        stream = DecodeStream(skip_special_tokens=True)
        return lambda token: stream.step(self.tokenizer.backend_tokenizer, token) or ""

    def ends(self, token: int) -> bool:
        return token in self._ends

    def reset(self) -> None:
        self._past = None

    def state(self) -> object:
        return self._past

    def restore(self, state: object) -> None:
        self._past = state

    def read(self, tokens: list[int]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            output = self.model(
                input_ids=torch.tensor([tokens], device=self.model.device),
                past_key_values=self._past,
                use_cache=True,
                logits_to_keep=1,
            )
        self._past = output.past_key_values
        return output.logits[0, -1].float().cpu().numpy()


def open_engine(location: ModelLocation, threads: int | None = None, context_length: int | None = None) -> Engine:
    """Load the model at `location`. Raises the errors of `core.models.loading` and `core.gguf.llama`."""
    engine = LlamaEngine if location.kind == "gguf" else TransformersEngine
    return engine(location, threads, context_length)

"""One way to get an answer from any model: GGUF files by llama.cpp, everything else by Transformers.

Both engines build prompts, draw tokens and stop in the same code; they differ in who turns tokens into logits. Every
request starts from nothing: no state of an earlier one can change a bit of the next one's numbers.
"""

import codecs
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Literal

import numpy as np

from core.errors import InputError
from core.inference.chat_template import ChatTemplate
from core.inference.forced_calls import call_grammar
from core.inference.json_grammar import grammar_of
from core.inference.sampling import Grammar, Sampler, StopWatch
from core.inference.schemas import ResponseFormat, SamplingSettings
from core.models.prompting import PLAIN_TEMPLATE, chat_template, end_ids, end_text
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


class Engine(ABC):
    """A loaded model. `generate` may be called from several threads; they take turns."""

    label: str
    context_length: int

    def __init__(self):
        self._turn = Lock()

    def generate(
        self,
        prompt: str | list[dict],
        settings: SamplingSettings,
        tools: list[dict] | None = None,
        must_call: list[dict] | None = None,
    ) -> Iterator[Chunk]:
        """The answer to chat messages, or the continuation of a text, piece by piece.

        `tools` are told with messages; with `must_call` the answer is a call of one of those.

        Raises InputError when the prompt cannot be rendered or leaves no room for an answer, or when the answer is to
        be JSON and this model cannot be held to it. Closing the iterator stops the model.
        """
        with self._turn, self._held(settings.response_format, tools, must_call) as grammar:
            yield from self._generate(self.encode(prompt, settings.system, tools), settings, grammar)

    def _generate(self, prompt_ids: list[int], settings: SamplingSettings, grammar: Grammar | None) -> Iterator[Chunk]:
        room = self.context_length - len(prompt_ids)
        if room < 1:
            raise InputError(
                f"The prompt has {len(prompt_ids)} tokens; this model reads at most {self.context_length}, "
                "answer included.",
                "Shorten the prompt, or start the model with a longer context.",
            )
        began = time.perf_counter()
        stops = (*settings.stop, *filter(None, [self.end_text]))
        sampler, watch, decode = Sampler(settings, grammar), StopWatch(stops), self.decoder()
        first_token_seconds = 0.0
        finish_reason = "length"
        self.reset()
        logits = self.read(prompt_ids)
        limit = min(settings.max_tokens, room)

        def chunk(text: str, finish_reason: str | None = None) -> Chunk:
            seconds = time.perf_counter() - began
            return Chunk(text, finish_reason, len(prompt_ids), count, first_token_seconds, seconds)

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

    def encode(self, prompt: str | list[dict], system: str | None = None, tools: list[dict] | None = None) -> list[int]:
        """Token ids of a text, or of chat messages rendered for the assistant to answer, as in training."""
        if isinstance(prompt, str):
            return self.text_ids(prompt)
        if system and not any(message["role"] == "system" for message in prompt):
            prompt = [{"role": "system", "content": system}, *prompt]
        pieces = self.template.render(*self.template.fitted(prompt, tools or []))
        return [token for text, trusted in pieces for token in self.piece_ids(text, parse_special=trusted)]

    @contextmanager
    def _held(
        self, response_format: ResponseFormat | None, tools: list[dict] | None, must_call: list[dict] | None
    ) -> Iterator[Grammar | None]:
        """What the next answer is held to, if anything."""
        if must_call:
            text = call_grammar(self.template.turns, tools or [], must_call)
        elif response_format and response_format.type != "text":
            text = grammar_of(response_format.schema_asked)
        else:
            yield None
            return
        with closing(self.grammar(text)) as grammar:
            yield grammar

    template: ChatTemplate
    writes_json: bool
    """Whether answers can be held to a grammar, and so to a JSON schema."""

    def grammar(self, text: str) -> Grammar:
        """An answer's way through a grammar. Raises InputError where `writes_json` is false."""
        raise InputError(
            f"{self.label} is no GGUF: its answers cannot be held to JSON or to calling a tool.",
            "Leave out response_format and tool_choice, or export the model to GGUF and use that.",
        )

    @abstractmethod
    def text_ids(self, text: str) -> list[int]:
        """Token ids of a plain text as a prompt of its own: with the model's first token, nothing in it special."""

    @abstractmethod
    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        """Token ids of a piece of a prompt, nothing added; special tokens in it are seen only if `parse_special`."""

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

    def close(self) -> None:
        """Free what the model holds."""
        self.template.close()


class LlamaEngine(Engine):
    """A GGUF. Its own chat template is used, or the plain one where it has none. `exact`: see LlamaModel."""

    writes_json = True

    def __init__(
        self,
        location: ModelLocation,
        threads: int | None = None,
        context_length: int | None = None,
        exact: bool = False,
    ):
        from core.inference.llama import LlamaModel

        super().__init__()
        self.label = location.label
        self.model = LlamaModel(location.path, context_length, threads, exact)
        self.context_length = self.model.context_length
        variables = self.model.special_tokens()
        template = self.model.metadata.get("tokenizer.chat_template")
        if not template and not self.model.adds_first_token:
            variables["bos_token"] = ""
        self.template = ChatTemplate(template or PLAIN_TEMPLATE, self.model.control_texts(), variables)

    def grammar(self, text: str) -> Grammar:
        return self.model.grammar(text)

    def text_ids(self, text: str) -> list[int]:
        return self.model.tokenize(text, add_special=True)

    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        return self.model.tokenize(text, parse_special=parse_special)

    def decoder(self) -> Callable[[int], str]:
        utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        tokens_seen = 0

        def decode(token: int) -> str:
            nonlocal tokens_seen
            tokens_seen += 1
            return utf8.decode(self.model.piece(token, first=tokens_seen == 1))

        return decode

    @cached_property
    def _special_end(self) -> list[int]:
        """The special token that the chat template ends a turn with, if it is one."""
        mark = self.template.turns.mark.strip()
        return self.model.tokenize(mark, parse_special=True) if mark in self.model.control_texts() else []

    def ends(self, token: int) -> bool:
        return self.model.ends(token) or [token] == self._special_end

    @property
    def end_text(self) -> str:
        return "" if self._special_end else self.template.turns.mark.strip()

    def reset(self) -> None:
        self.model.clear()

    def read(self, tokens: list[int]) -> np.ndarray:
        return self.model.read(tokens)

    def close(self) -> None:
        super().close()
        self.model.close()


class TransformersEngine(Engine):
    """A base model, a merged model, or an adapter on its base, in the memory of this process."""

    writes_json = False

    def __init__(self, location: ModelLocation, threads: int | None = None, context_length: int | None = None):
        import torch

        from core.models.loading import load_model, load_tokenizer
        from core.models.precision import compute_dtype

        super().__init__()
        if threads:
            torch.set_num_threads(threads)
        self.label = location.label
        self.tokenizer = load_tokenizer(location)
        self.model = load_model(location, dtype=compute_dtype(location))
        longest = getattr(self.model.config, "max_position_embeddings", None) or DEFAULT_CONTEXT_TOKENS
        self.context_length = min(longest, context_length or DEFAULT_CONTEXT_TOKENS)
        self._past = None
        ends = self.model.generation_config.eos_token_id
        self._ends = {*end_ids(self.tokenizer), *(ends if isinstance(ends, list) else [ends])}
        self.end_text = end_text(self.tokenizer)
        self.template = ChatTemplate(
            chat_template(self.tokenizer), self.tokenizer.all_special_tokens, self.tokenizer.special_tokens_map
        )

    def text_ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, split_special_tokens=True)

    def piece_ids(self, text: str, parse_special: bool) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=not parse_special)

    def decoder(self) -> Callable[[int], str]:
        from tokenizers.decoders import DecodeStream

        stream = DecodeStream(skip_special_tokens=True)
        return lambda token: stream.step(self.tokenizer.backend_tokenizer, token) or ""

    def ends(self, token: int) -> bool:
        return token in self._ends

    def reset(self) -> None:
        self._past = None

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
    """Load the model at `location`. Raises the errors of `core.models.loading` and `core.inference.llama`."""
    engine = LlamaEngine if location.kind == "gguf" else TransformersEngine
    return engine(location, threads, context_length)

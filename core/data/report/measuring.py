"""Looks into the examples of a dataset: languages and personal data, topics and labels, lengths in tokens."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from core.data.cleaning import find_personal_data, language_of, looks_refused, looks_truncated
from core.data.overlap.selection import Selection
from core.data.overlap.splitting import shuffled
from core.data.screening.kept import Examples, Kept, whole_text
from core.data.screening.parallel import Processes, in_processes
from core.errors import TunewrightError
from core.examples.example import answer_text, question_text, reasoning_text
from core.specs import PrepareSpec

_LOOKED_AT, _TOKENIZED = 10_000, 20_000
"""All of up to so many examples are looked at one by one, and tokenized."""
_LOOKED_AT_OF_MANY, _TOKENIZED_OF_MANY = 3_000, 2_000
"""Of more, so many taken at random."""
_ROWS_ALONE, _ROWS_A_PROCESS = 1_000, 5_000
_ROWS_A_PIECE = 250
_NO_LIMIT = 1 << 30
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_WORDS = """
    about above after again also another answer because been before being below best between both could describe does
    doing down during each example explain find following from further generate give given have here identify into just
    like list make many might more most much must name need other over please provide rewrite same sentence should show
    some such take tell text than that their them then there these they this those through under used using very want
    were what when where which while will with word words would write your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass
class Tokens:
    """Lengths in tokens of the examples at `indices`, as `model` sees them; `limit` is what it takes in."""

    model: str
    limit: int
    indices: np.ndarray
    lengths: np.ndarray
    counted: np.ndarray
    """Tokens within the limit that count towards the loss."""

    @property
    def too_long(self) -> np.ndarray:
        """The examples of which a part is cut off."""
        return self.indices[self.lengths > self.limit]

    @property
    def masked(self) -> np.ndarray:
        """The examples that teach nothing."""
        return self.indices[self.counted == 0]


@dataclass
class Measured:
    """What was measured, of how many."""

    looked_at: int = 0
    """Examples that were looked at one by one."""
    languages: Counter = field(default_factory=Counter)
    personal: list[int] = field(default_factory=list)
    """The examples that hold personal data."""
    refused: list[int] = field(default_factory=list)
    truncated: list[int] = field(default_factory=list)
    """The examples whose answer is a refusal, or breaks off."""
    personal_kinds: Counter = field(default_factory=Counter)
    frequent: Counter = field(default_factory=Counter)
    """Words that stand in many questions, with the number of questions."""
    topics: Counter = field(default_factory=Counter)
    judged: Counter = field(default_factory=Counter)
    tokens: Tokens | None = None
    tokens_failed: str = ""
    """Why lengths in tokens could not be measured."""


class Measuring:
    """Measures the examples that stay: of many, in other processes, which get ready before it is known which do."""

    def __init__(self, kept: Kept, spec: PrepareSpec):
        self._spec = spec
        looked_at, tokenized = (
            len(kept) if len(kept) <= all_of else of_many
            for all_of, of_many in ((_LOOKED_AT, _LOOKED_AT_OF_MANY), (_TOKENIZED, _TOKENIZED_OF_MANY))
        )
        self._lookers = _crew(partial(Looker, kept), looked_at)
        self._counters = _crew(partial(TokenCounter, kept, spec), tokenized)

    def of(self, selection: Selection) -> Measured:
        """What a look at each of a sample tells, topics and labels of all, tokens of a sample of its own."""
        with ThreadPoolExecutor(1) as aside:
            sample = _sample(selection, _TOKENIZED, _TOKENIZED_OF_MANY)
            counting = aside.submit(measure_tokens, selection, self._spec, sample, self._counters)
            measured = look_at(selection, _sample(selection, _LOOKED_AT, _LOOKED_AT_OF_MANY), self._lookers)
            for name, column in (("topics", "topic"), ("judged", "label")):
                if column in selection.kept.columns:
                    setattr(measured, name, _counted(selection, column))
            try:
                measured.tokens = counting.result()
            except TunewrightError as error:  # a model that is not at hand is no reason to go without a dataset
                measured.tokens_failed = f"{error.message} {error.remedy}".strip()
        return measured

    def close(self) -> None:
        """End the processes."""
        for crew in filter(None, (self._lookers, self._counters)):
            crew.close()


def look_at(selection: Selection, indices: np.ndarray, crew: Processes | None = None) -> Measured:
    """What a look at each of the examples at `indices` tells."""
    measured = Measured()
    for part in _spread_out(partial(Looker, selection.kept), indices, crew):
        measured.looked_at += part.looked_at
        for name in ("personal", "refused", "truncated"):
            getattr(measured, name).extend(getattr(part, name))
        for name in ("languages", "personal_kinds", "frequent"):
            getattr(measured, name).update(getattr(part, name))
    return measured


def measure_tokens(
    selection: Selection, spec: PrepareSpec, indices: np.ndarray, crew: Processes | None = None
) -> Tokens:
    """The lengths of the examples at `indices`. Raises a TunewrightError where the model's tokenizer cannot be had."""
    parts = _spread_out(partial(TokenCounter, selection.kept, spec), indices, crew)
    lengths, counted = (np.concatenate(of_all) for of_all in zip(*parts, strict=True))
    return Tokens(spec.model, _token_limit(spec), indices, lengths, counted)


class Looker:
    """Looks at examples one by one, in a process of its own where there are many."""

    def __init__(self, examples: Examples):
        self._examples = examples

    def __call__(self, indices: np.ndarray) -> Measured:
        found = Measured(looked_at=len(indices))
        for index, example in zip(indices.tolist(), self._examples.examples(indices), strict=True):
            text = whole_text(example)
            found.languages[language_of(text)[0]] += 1
            if personal := find_personal_data(f"{text}\n{reasoning_text(example)}"):
                found.personal.append(index)
                found.personal_kinds.update({one.kind for one in personal})
            answer = answer_text(example)
            if looks_refused(answer):
                found.refused.append(index)
            if looks_truncated(answer):
                found.truncated.append(index)
            found.frequent.update(set(_WORD.findall((question_text(example) or text).lower())) - _COMMON)
        return found


class TokenCounter:
    """Counts the tokens of examples, in a process of its own where there are many."""

    def __init__(self, examples: Examples, spec: PrepareSpec):
        from core.data.store.preview import load_tokenizer

        self._examples = examples
        self._tokenizer = load_tokenizer(spec.model)
        self._limit = _token_limit(spec)

    def __call__(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from core.data.store.preview import token_lengths

        found = token_lengths(self._examples.examples(indices), self._tokenizer, self._limit)
        return found.tokens, found.counted


def _spread_out(make: Callable[[], Callable], indices: np.ndarray, crew: Processes | None) -> Iterable:
    """What `make()` makes of pieces of the indices: in a `crew` of processes, or in some of their own for many."""
    pieces = [indices[start : start + _ROWS_A_PIECE] for start in range(0, len(indices), _ROWS_A_PIECE)]
    if crew:
        return crew.map(pieces)
    if len(indices) <= _ROWS_ALONE:
        return map(make(), pieces)
    return in_processes(make, pieces, _processes_for(len(indices)))


def _crew(make: Callable[[], Callable], rows: int) -> Processes | None:
    """Processes that get ready for so many rows; None where they are not worth starting."""
    if rows <= _ROWS_ALONE:
        return None
    crew = Processes(make, _processes_for(rows))
    crew.start()
    return crew


def _processes_for(rows: int) -> int:
    return -(-rows // _ROWS_A_PROCESS)


def _sample(selection: Selection, most: int, of_more: int) -> np.ndarray:
    """The examples that stay, or where there are more than `most`, `of_more` taken at random.

    They are the same ones whatever the order of the file.
    """
    mine = selection.indices
    if len(mine) <= most:
        return mine
    return np.sort(mine[shuffled(selection.kept.digests[mine], seed=0)[:of_more]])


def _counted(selection: Selection, column: str) -> Counter:
    """How often each value of a column of labels stands in the examples that stay; nothing is no value."""
    codes, names = selection.kept.codes(column)
    counts = np.bincount(codes[selection.indices], minlength=len(names))
    return Counter({name: int(count) for name, count in zip(names, counts, strict=True) if name and count})


def _token_limit(spec: PrepareSpec) -> int:
    """How many tokens of an example count: as asked, or what the model takes in by its config.json."""
    if spec.max_tokens:
        return spec.max_tokens
    from core.models.folders import base_folder
    from core.models.references import locate

    config = base_folder(locate(spec.model)) / "config.json"
    facts = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    facts |= facts.get("text_config", {})  # of models that also see
    return facts.get("max_position_embeddings") or _NO_LIMIT

"""Counts the tokens of examples with a tokenizer that loads without torch where possible.

The preview needs it while the user picks columns, and loading torch takes seconds.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.data.store.datasets import open_tables
from core.errors import InputError
from core.examples.encoding import Encoded, encode_examples
from core.examples.example import is_worth_learning
from core.models.folders import tokenizer_folder
from core.models.references import locate
from core.specs.train import TrainOn

_PLAIN_CLASSES = frozenset({"PreTrainedTokenizerFast", "TokenizersBackend"})
"""Tokenizers fully described by their tokenizer.json; other classes may override it."""


_NO_LIMIT = 1 << 30


class Lengths(NamedTuple):
    """For each example, as int64 arrays: its tokens, and how many of the first `max_tokens` count towards the loss.

    `beginning`: the tokens that all prompts begin with, such as a system prompt; each has at least one more.
    """

    tokens: np.ndarray
    counted: np.ndarray
    beginning: list[int]


class SampledLengths(NamedTuple):
    """Of each example its tokens, and how many of them are learned; and how many tokens all of them begin with."""

    examples: list[tuple[int, int]]
    shared: int


def load_light_tokenizer(model: str):
    """The tokenizer of the model with this reference; a GGUF has none.

    Raises InputError for files that are not a tokenizer, and the same as `core.models.references.locate`.
    """
    folder = tokenizer_folder(locate(model))
    try:
        return _class_of(folder).from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"The tokenizer in {folder} cannot be loaded: {(str(error).splitlines() or [repr(error)])[0]}",
            "Use a model in Transformers' format.",
        ) from error


def _class_of(folder: Path) -> type:
    config = folder / "tokenizer_config.json"
    named = json.loads(config.read_text(encoding="utf-8")).get("tokenizer_class") if config.exists() else None
    if named in _PLAIN_CLASSES and (folder / "tokenizer.json").exists():
        from transformers.tokenization_utils_tokenizers import TokenizersBackend

        return TokenizersBackend
    from transformers import AutoTokenizer

    return AutoTokenizer


def token_lengths(examples: list[dict[str, str]], tokenizer, max_tokens: int) -> Lengths:
    """The lengths of examples in tokens. Raises InputError when the chat template refuses one."""
    lengths, beginnings = [], []
    for one in encode_examples(tokenizer, examples):
        lengths.append((len(one.ids), counted_tokens(one, max_tokens)))
        prompt = one.ids[: one.counted[0][0] - 1]
        beginnings = [common_beginning([*beginnings, prompt])]
    tokens, counted = np.array(lengths, dtype=np.int64).reshape(-1, 2).T
    return Lengths(tokens, counted, beginnings[0] if beginnings else [])


def common_beginning(sequences: list[list[int]]) -> list[int]:
    """What all of one or more sequences of tokens begin with."""
    first, last = min(sequences), max(sequences)
    same = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return first[:same]


def counted_tokens(encoded: Encoded, max_tokens: int, train_on: TrainOn = "answers") -> int:
    """How many of the first `max_tokens` count towards a loss that covers `train_on`."""
    return sum(max(0, min(end, max_tokens) - start) for start, end in encoded.learned(train_on))


def sampled_lengths(folder: str, tokenizer, count: int) -> SampledLengths:
    """The lengths of up to `count` training examples spread evenly over a dataset.

    Raises the same as `open_tables`, and InputError when the chat template refuses an example.
    """
    rows = open_tables(folder)["train"]
    chosen = np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)
    examples = [row for row in rows.take(chosen).to_pylist() if is_worth_learning(row)]
    found = token_lengths(examples, tokenizer, _NO_LIMIT)
    pairs = list(zip(found.tokens.tolist(), found.counted.tolist(), strict=True))
    return SampledLengths(pairs, len(found.beginning))

"""Examples as a model will see them in training: the text piece by piece, what of it is learned, and how many tokens.

Light enough to be asked while a person chooses columns: torch is loaded only for tokenizers that cannot do without.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import InputError
from core.examples.prompting import Encoded, encode_examples
from core.models.folders import tokenizer_folder
from core.models.references import locate

_LONGEST_PIECE = 20_000
_PLAIN_CLASSES = frozenset({"PreTrainedTokenizerFast", "TokenizersBackend"})
"""Tokenizers that are all in their tokenizer.json; other classes may change what it says."""


class Lengths(NamedTuple):
    """Of each example, as int64 arrays: all its tokens, and those of the first `max_tokens` that are learned from."""

    tokens: np.ndarray
    counted: np.ndarray


def load_tokenizer(model: str):
    """The tokenizer of the model that a reference names; a GGUF has none. Raises as `core.models.references.locate`,
    and InputError for files that are no tokenizer."""
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


def preview(examples: list[dict[str, str]], tokenizer, max_tokens: int) -> list[dict]:
    """What the model sees of each example, as plain values.

    `pieces` is the text with special tokens, each piece {"text", "counts", "special"}: whether its tokens count towards
    the loss, and whether it is one special token;
    `tokens` is the length of all of it, `counted` how many of its first `max_tokens` count, `cut_off` whether it is
    longer, `rewritten` and `closed` as of `core.examples.turns.Written`. A very long piece is shown without its middle.
    Raises InputError when the model's template refuses one.
    """
    return [_shown(tokenizer, encoded, max_tokens) for encoded in encode_examples(tokenizer, examples)]


def token_lengths(examples: list[dict[str, str]], tokenizer, max_tokens: int) -> Lengths:
    """How long examples are for a model, and how much of them is learned. Raises as `preview`."""
    lengths = [(len(one.ids), _count(one, max_tokens)) for one in encode_examples(tokenizer, examples)]
    tokens, counted = np.array(lengths, dtype=np.int64).reshape(-1, 2).T
    return Lengths(tokens, counted)


def _count(encoded: Encoded, max_tokens: int) -> int:
    return sum(max(0, min(end, max_tokens) - start) for start, end in encoded.counted)


def _shown(tokenizer, encoded: Encoded, max_tokens: int) -> dict:
    pieces, written = [], ""
    for end, counts, special in _stretches(encoded, _special_ids(tokenizer), max_tokens):
        text = tokenizer.decode(encoded.ids[:end], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if piece := text[len(written) :]:
            pieces.append({"text": _without_middle(piece), "counts": counts, "special": special})
        written = text
    return {
        "pieces": pieces,
        "tokens": len(encoded.ids),
        "counted": _count(encoded, max_tokens),
        "cut_off": len(encoded.ids) > max_tokens,
        "rewritten": encoded.rewritten,
        "closed": encoded.closed,
    }


def _special_ids(tokenizer) -> frozenset[int]:
    """The tokens that stand for no text: those with a role, and those that the chat template writes."""
    added = tokenizer.added_tokens_decoder.items()
    return frozenset(tokenizer.all_special_ids) | {token for token, added_token in added if added_token.special}


def _stretches(encoded: Encoded, special_ids: frozenset[int], max_tokens: int) -> Iterator[tuple[int, bool, bool]]:
    """The end of each run of tokens that all count or none, with whether they do; a special token is alone in its."""
    counted = [False] * len(encoded.ids)
    for start, end in encoded.counted:
        counted[start:end] = [True] * (end - start)
    kinds = [(counts, token in special_ids) for counts, token in zip(counted, encoded.ids, strict=True)][:max_tokens]
    for end, kind in enumerate(kinds, 1):
        if end == len(kinds) or kinds[end] != kind or kind[1]:
            yield end, *kind


def _without_middle(text: str) -> str:
    if len(text) <= _LONGEST_PIECE:
        return text
    half = _LONGEST_PIECE // 2
    return f"{text[:half]}\n… {len(text) - _LONGEST_PIECE:,} characters …\n{text[-half:]}"

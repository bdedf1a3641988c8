"""Shows examples as the model will see them in training: the text piece by piece, and which tokens are learned."""

from collections.abc import Iterator

from core.data.store.tokenizing import counted_tokens
from core.examples.encoding import Encoded, encode_examples
from core.specs.train import TrainOn

_LONGEST_PIECE = 20_000


def preview(examples: list[dict[str, str]], tokenizer, max_tokens: int, train_on: TrainOn = "answers") -> list[dict]:
    """What the model sees of each example where the loss covers `train_on`, as plain values.

    `pieces` is the text with special tokens, each piece {"text", "counts", "special"}: whether its tokens count towards
    the loss, and whether it is a special token. `tokens` is the length of the whole, `counted` how many of the first
    `max_tokens` count, `cut_off` whether it is longer; `rewritten` (where the loss covers all answers) and `closed` are
    as in `core.examples.turns.Written`. A very long piece is shown without its middle. Raises InputError when the chat
    template refuses an example.
    """
    return [_shown(tokenizer, encoded, max_tokens, train_on) for encoded in encode_examples(tokenizer, examples)]


def _shown(tokenizer, encoded: Encoded, max_tokens: int, train_on: TrainOn) -> dict:
    pieces, written = [], ""
    for end, counts, special in _stretches(encoded, train_on, _special_ids(tokenizer), max_tokens):
        text = tokenizer.decode(encoded.ids[:end], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if piece := text[len(written) :]:
            pieces.append({"text": _without_middle(piece), "counts": counts, "special": special})
        written = text
    return {
        "pieces": pieces,
        "tokens": len(encoded.ids),
        "counted": counted_tokens(encoded, max_tokens, train_on),
        "cut_off": len(encoded.ids) > max_tokens,
        "rewritten": encoded.rewritten if train_on == "answers" else 0,
        "closed": encoded.closed,
    }


def _special_ids(tokenizer) -> frozenset[int]:
    """The ids of special tokens, including those that only the chat template uses."""
    added = tokenizer.added_tokens_decoder.items()
    return frozenset(tokenizer.all_special_ids) | {token for token, added_token in added if added_token.special}


def _stretches(
    encoded: Encoded, train_on: TrainOn, special_ids: frozenset[int], max_tokens: int
) -> Iterator[tuple[int, bool, bool]]:
    """The end of each run of tokens of one kind, and the kind: (counts, special). A special token is its own run."""
    counted = [False] * len(encoded.ids)
    for start, end in encoded.learned(train_on):
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

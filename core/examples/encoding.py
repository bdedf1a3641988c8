"""Whole examples as token ids, with the loss mask: what training learns from and previews show.

The prompt's tokens are those of inference and the answer's follow them, so a prompt is always a prefix of its example.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import InputError
from core.examples.example import conversation, shape_of, tools_of
from core.examples.prompting import template_turns
from core.examples.turns import Turns, Written
from core.shape import Shape
from core.specs.train import TrainOn

if TYPE_CHECKING:
    from transformers import BatchEncoding, PreTrainedTokenizerBase

_AT_ONCE = 256  # examples per tokenizer call


@dataclass(frozen=True)
class Encoded:
    """An example as token ids. `counted` are the half-open ranges of `ids` that are learned from, in order.

    The last range is the answer with its end token and reaches to the end. `rewritten` and `closed` are those of
    `Written`.
    """

    ids: list[int]
    counted: tuple[tuple[int, int], ...]
    rewritten: int = 0
    closed: bool = False

    def learned(self, train_on: TrainOn) -> tuple[tuple[int, int], ...]:
        """The ranges that are learned from if the loss covers `train_on`; nothing precedes the first token."""
        ranges = {"answers": self.counted, "last_answer": self.counted[-1:], "everything": ((1, len(self.ids)),)}
        return ranges[train_on]

    @property
    def prompt(self) -> list[int]:
        """The ids that the model reads before its (last) answer."""
        return self.ids[: self.counted[-1][0]]

    @property
    def answer(self) -> list[int]:
        """The ids of the (last) answer and its end token."""
        return self.ids[self.counted[-1][0] :]


def encode_examples(tokenizer: "PreTrainedTokenizerBase", examples: Iterable[dict]) -> Iterator[Encoded]:
    """The examples as the model sees them in training, whatever their shape.

    In a conversation, every assistant turn is learned that appears in the last prompt exactly as the model would have
    written it (templates may rewrite earlier turns; those are not learned). In a text, every token is learned but the
    first, which nothing precedes. Raises InputError if the template refuses the messages or the tokenizer has no end
    token.
    """
    turns, examples = template_turns(tokenizer), iter(examples)
    own_space, end_token = _own_space(tokenizer), _EndToken(tokenizer)
    while written := [_written(tokenizer, turns, example) for example in islice(examples, _AT_ONCE)]:
        prompts = _tokens(tokenizer, [one.prompt for one in written], offsets=any(one.earlier for one in written))
        ends = [end_token[one.end] for one in written]
        said = [one.answer if end else one.answer + one.end for one, end in zip(written, ends, strict=True)]
        answers = _tokens(tokenizer, [text.removeprefix(own_space) for text in said])
        for number, one in enumerate(written):
            prompt, answer = prompts["input_ids"][number], answers["input_ids"][number] + ends[number]
            earlier = ()
            if one.earlier:
                earlier = _token_ranges(prompts["offset_mapping"][number], one.earlier)
            counted = (*earlier, (max(1, len(prompt)), len(prompt) + len(answer)))
            yield Encoded([*prompt, *answer], counted, one.rewritten, one.closed)


def _tokens(tokenizer: "PreTrainedTokenizerBase", texts: list[str], offsets: bool = False) -> "BatchEncoding":
    return tokenizer(
        texts, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False,
        return_offsets_mapping=offsets, verbose=False,
    )  # fmt: skip


class _EndToken(dict):
    """Maps the end of a turn to its single token; to none if it is several, which depend on the answer before them."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase"):
        self._tokenizer = tokenizer

    def __missing__(self, end: str) -> list[int]:
        ids = self._tokenizer.encode(end, add_special_tokens=False)
        self[end] = ids if len(ids) == 1 else []
        return self[end]


def _own_space(tokenizer: "PreTrainedTokenizerBase") -> str:
    """The space that some tokenizers put before any text; an answer must not begin with it twice."""
    first, *_ = tokenizer.convert_ids_to_tokens(tokenizer.encode("a", add_special_tokens=False))
    return " " if first.startswith("▁") else ""


def _token_ranges(offsets: list[tuple[int, int]], spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The token range that lies within each character range; a token across its boundary is left out."""
    ranges, token = [], 0
    for start, end in spans:
        while token < len(offsets) and offsets[token][0] < start:
            token += 1
        first = token
        while token < len(offsets) and offsets[token][1] <= end:
            token += 1
        if token > first:
            ranges.append((first, token))
    return tuple(ranges)


def written_example(turns: Turns, example: dict, earlier: bool = False) -> Written:
    """An example that asks something, as text: what training learns and what every engine is asked and scored on."""
    return turns.written(conversation(example), tools_of(example), earlier)


def _written(tokenizer: "PreTrainedTokenizerBase", turns: Turns, example: dict) -> Written:
    try:
        if (shape := shape_of(example)) is Shape.TEXT:
            return Written(_opening(tokenizer), (), example["text"], _end_token(tokenizer))
        return written_example(turns, example, earlier=shape is Shape.CHAT and tokenizer.is_fast)
    except InputError as error:
        if "row" not in example:
            raise
        raise InputError(f"Row {example['row']}: {error.message}", error.remedy) from error


def _opening(tokenizer: "PreTrainedTokenizerBase") -> str:
    """What precedes a plain text: the beginning-of-sequence token of models that use one."""
    first = tokenizer.bos_token
    return first if first and tokenizer.encode("a")[0] == tokenizer.bos_token_id else ""


def _end_token(tokenizer: "PreTrainedTokenizerBase") -> str:
    if tokenizer.eos_token is None:
        raise InputError("The tokenizer has no end token, so the model could never stop.", "Use another base model.")
    return tokenizer.eos_token

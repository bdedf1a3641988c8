"""Answers many prompts at once. A finished answer leaves the batch, and further prompts take its place.

So one long answer does not hold up the others (iteration-level scheduling: Yu et al., Orca, OSDI 2022). Which prompts
share a pass changes an answer by rounding only.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.inference.batches.done_share import DoneShare
from core.inference.engine import Answered, OnDone

_JOIN_SHARE = 4
"""Prompts join once this part of the batch (a quarter) has finished: read together, they cost one pass."""


class Sequences(Protocol):
    """A loaded model that continues several sequences in one pass, each by a place of the caller's."""

    context_length: int
    end_text: str
    """See Engine."""

    def room(self, waiting: Sequence[int]) -> int:
        """How many of the next sequences fit beside those in progress; `waiting` is the tokens that each may reach.

        At least one if none is in progress.
        """

    def step(self, joining: dict[int, tuple[list[int], int]], going: dict[int, int]) -> dict[int, int]:
        """Read prompts of new sequences, each with a seed, and the last token of those in progress.

        Returns the next token of each: the likeliest, or drawn with the seed, as `core.inference.sampling` draws.
        Raises UnavailableError where the model's output is not a number.
        """

    def leave(self, places: list[int]) -> None:
        """Forget these sequences."""

    def ends(self, token: int) -> bool:
        """Whether `token` ends an answer."""

    def text(self, tokens: list[int]) -> str:
        """The text of an answer's tokens."""


@dataclass
class _Answer:
    limit: int
    tokens: list[int] = field(default_factory=list)


def answer_many(
    sequences: Sequences,
    prompts: Sequence[list[int]],
    max_new_tokens: int,
    seeds: Sequence[int],
    done: OnDone,
) -> Iterator[dict[int, Answered]]:
    """The answers to prompts given as token ids, by place, longest prompts first: what does not fit fails at once.

    A sampled answer depends on its own prompt and its own one of the `seeds`, not on the other prompts.
    Answers come before others join, so that those begun and not yet given are never more than one batch.
    """
    waiting = deque(sorted(range(len(prompts)), key=lambda place: len(prompts[place]), reverse=True))
    limits = [max(0, min(max_new_tokens, sequences.context_length - len(prompt))) for prompt in prompts]
    going: dict[int, _Answer] = {}
    finished: dict[int, Answered] = {}
    share = DoneShare(done)
    while waiting or going:
        joining: dict[int, tuple[list[int], int]] = {}
        if not going or (waiting and len(finished) * _JOIN_SHARE >= len(going) + len(finished)):
            if finished:
                yield finished
                finished = {}
            room = sequences.room([len(prompts[place]) + limits[place] for place in waiting])
            for place in [waiting.popleft() for _ in range(min(room, len(waiting)))]:
                if limits[place]:
                    joining[place], going[place] = (prompts[place], seeds[place]), _Answer(limits[place])
                else:
                    finished[place] = Answered("", False)
                    share.ended(0)
        last = {place: answer.tokens[-1] for place, answer in going.items() if place not in joining}
        if joining or last:
            for place, token in sequences.step(joining, last).items():
                if answered := _answered(sequences, going[place], token):
                    finished[place] = answered
        over = [place for place in going if place in finished]
        for place in over:
            share.ended(len(going.pop(place).tokens))
        sequences.leave(over)
        share.tell((len(answer.tokens), answer.limit) for answer in going.values())
    if finished:
        yield finished


def _answered(sequences: Sequences, answer: _Answer, token: int) -> Answered | None:
    """The whole answer if its next `token` ends it; otherwise the token is added."""
    if sequences.ends(token):
        return Answered(sequences.text(answer.tokens), True)
    answer.tokens.append(token)
    end = sequences.end_text
    if end and end in sequences.text(answer.tokens[-len(end) :]):
        return Answered(sequences.text(answer.tokens).partition(end)[0], True)
    return Answered(sequences.text(answer.tokens), False) if len(answer.tokens) == answer.limit else None

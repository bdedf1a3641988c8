"""Batched generation with Transformers' own KV cache: for any model, each batch for itself.

`core.inference.batches` is faster, for models whose layers all attend to every earlier token.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from core.inference.batches.choosing import chosen
from core.inference.engine import Answered, OnDone
from core.inference.transformers_model import TransformersModel

_LOGITS_BYTES = 256 << 20
"""Memory for the logits of one forward pass."""


def batches(loaded: TransformersModel, texts: list[list[int]], kept: list[int], most: int) -> Iterator[list[int]]:
    """Indices of `texts` in batches of `most` or fewer, longest first: what does not fit in memory fails at once.

    `kept` is, for each text, the number of positions whose logits are kept.
    """
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]), reverse=True)
    while order:
        logits_bytes = 4 * loaded.vocabulary_size * (max(kept[row] for row in order[:most]) + 1)
        size = min(most, max(1, _LOGITS_BYTES // logits_bytes))
        yield order[:size]
        order = order[size:]


def generate_batches(
    loaded: TransformersModel,
    prompts: list[list[int]],
    batch_size: int,
    max_new_tokens: int,
    temperature: float,
    seeds: Sequence[int],
    done: OnDone,
) -> Iterator[dict[int, Answered]]:
    """The answers to prompts given as token ids, by place, a batch at a time: greedy at temperature 0, else sampled.

    A sample depends on its own prompt and its own one of the `seeds`, not on the other prompts.
    """
    for rows in batches(loaded, prompts, [1] * len(prompts), batch_size):
        batch = [prompts[row] for row in rows]
        given = [seeds[row] for row in rows]
        with torch.inference_mode():
            answers = generate_batch(loaded, batch, max_new_tokens, temperature, done, given)
        yield {
            row: Answered(
                text_of(loaded, answer),
                len(answer) < _limit(loaded, prompts[row], max_new_tokens) or _holds_end_text(loaded, answer),
            )
            for row, answer in zip(rows, answers, strict=True)
        }


def _limit(loaded: TransformersModel, prompt: list[int], max_new_tokens: int) -> int:
    """The most tokens that the answer to a prompt can have, whatever else is in its batch."""
    return max(0, min(max_new_tokens, loaded.longest_context - len(prompt)))


def text_of(loaded: TransformersModel, answer: list[int]) -> str:
    """The text of an answer given as token ids, without what ends a turn."""
    text = loaded.tokenizer.decode(answer, skip_special_tokens=True)
    return text.partition(loaded.end_text)[0] if loaded.end_text else text


def generate_batch(
    loaded: TransformersModel,
    prompts: list[list[int]],
    max_new_tokens: int,
    temperature: float,
    done: OnDone,
    seeds: Sequence[int] = (),
) -> list[list[int]]:
    """Token ids of the answers of one batch, without the token that ended them. Call it without gradients.

    A temperature above 0 needs `seeds`, one for each prompt. A finished answer leaves the batch, so the others run
    faster.
    """
    limits = [_limit(loaded, prompt, max_new_tokens) for prompt in prompts]
    answers, unfinished, cache = [[] for _ in prompts], [row for row, limit in enumerate(limits) if limit], None
    if not unfinished:
        return answers
    ids, mask = loaded.left_padded([prompts[row] for row in unfinished])
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    dice = list(map(np.random.default_rng, seeds))
    for step in range(max(limits)):
        output = loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = output.past_key_values
        tokens = chosen(output.logits[:, -1], temperature, dice and [dice[row] for row in unfinished])
        stays, share = [], 0.0
        for place, (row, token) in enumerate(zip(unfinished, tokens.tolist(), strict=True)):
            if token not in loaded.end_ids:
                answers[row].append(token)
                if len(answers[row]) < limits[row] and not _holds_end_text(loaded, answers[row]):
                    stays.append(place)
                    share += 1 / limits[row]
                    continue
            share += (limits[row] - step) / limits[row]
        done(share)
        if not stays:
            break
        if len(stays) < len(unfinished):
            kept = torch.tensor(stays, dtype=torch.long, device=tokens.device)
            tokens, mask, positions = tokens[kept], mask[kept], positions[kept]
            cache.batch_select_indices(kept)
            unfinished = [unfinished[place] for place in stays]
        ids, positions = tokens[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(unfinished), 1)], dim=1)
    return answers


def _holds_end_text(loaded: TransformersModel, answer: list[int]) -> bool:
    end = loaded.end_text
    return bool(end) and end in loaded.tokenizer.decode(answer[-len(end) :])

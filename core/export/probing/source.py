"""In the child: reads the source of an export with Transformers, in fp32."""

from typing import TYPE_CHECKING

import numpy as np

from core.export.probing.sequences import first_sequences

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MOST_ANSWER_TOKENS = 96
_ANSWERS_TRIED = 3
"""Prompts that the source answers, until one answer ends by itself."""


def read_source(request: dict) -> dict:
    """The sample's token ids, the special tokens, and an answer that ends by itself; writes the first logits."""
    import torch

    from core.examples.prompting import answer_ids, end_ids, prompt_ids
    from core.models.loading import load_model, load_tokenizer
    from core.models.references import locate

    location = locate(request["path"])
    tokenizer = load_tokenizer(location)
    tokens = {
        "texts": [tokenizer.encode(text, add_special_tokens=False) for text in request["texts"]],
        "whole_texts": [tokenizer.encode(text, split_special_tokens=True) for text in request["texts"]],
        "rare_texts": [tokenizer.encode(text, add_special_tokens=False) for text in request["rare_texts"]],
        "prompts": [prompt_ids(tokenizer, messages) for messages, _ in request["conversations"]],
        "answers": [answer_ids(tokenizer, answer) if answer else [] for _, answer in request["conversations"]],
    }
    model = load_model(location, dtype="float32")
    named = model.generation_config.eos_token_id
    ends = end_ids(tokenizer) | ({*named} if isinstance(named, list) else {named} - {None})
    not_text = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    with torch.inference_mode():
        sequences = (torch.tensor([ids], device=model.device) for ids in first_sequences(tokens))
        first = torch.stack([model(ids).logits[0, -1] for ids in sequences])
        ended = _ended_answer(model, _shortest_first(tokens), ends)
    np.savez(request["logits"], first=first.float().cpu().numpy())
    special = {"begin": tokenizer.bos_token_id, "ends": sorted(ends), "not_text": sorted(not_text)}
    return {"tokens": tokens, "special": special, "ended": ended}


def _shortest_first(tokens: dict) -> list[list[int]]:
    """A few prompts, those with the shortest expected answers first; unknown answers count as long."""
    pairs = zip(tokens["prompts"], tokens["answers"], strict=True)
    return [prompt for prompt, _ in sorted(pairs, key=lambda pair: len(pair[1]) or MOST_ANSWER_TOKENS)][:_ANSWERS_TRIED]


def _ended_answer(model: "PreTrainedModel", prompts: list[list[int]], ends: set[int]) -> list[list[int]] | None:
    """The first prompt whose greedy answer ends by itself, with that answer."""
    import torch

    for prompt in prompts:
        past, unread, answer = None, prompt, []
        while len(answer) < MOST_ANSWER_TOKENS:
            ids = torch.tensor([unread], device=model.device)
            output = model(input_ids=ids, past_key_values=past, use_cache=True, logits_to_keep=1)
            token, past = int(output.logits[0, -1].argmax()), output.past_key_values
            if token in ends:
                return [prompt, answer]
            answer.append(token)
            unread = [token]
    return None

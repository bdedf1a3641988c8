"""Measures the starter model in bits per byte of held-out text, beside 5-gram models of the same training text."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models.starter.build.documents import Document
from core.models.starter.build.ngram import KneserNey
from core.models.starter.build.tokenizer import encode_document

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor
    from transformers import PreTrainedModel

WINDOW_TOKENS = 512


@dataclass(frozen=True)
class HeldOutFigures:
    """Bits per byte of the held-out documents, by part (`all` or a source) and model."""

    bits_per_byte: dict[str, dict[str, float]]
    byte_count: int


def model_bits(model: "PreTrainedModel", ids: list[int]) -> float:
    """The bits that the model needs for a sequence. Windows overlap by half, so every token has context."""
    import torch

    bits, scored_to = 0.0, 1
    for start in range(0, max(1, len(ids) - WINDOW_TOKENS // 2), WINDOW_TOKENS // 2):
        window = torch.tensor([ids[start : start + WINDOW_TOKENS]])
        with torch.inference_mode():
            losses = torch.nn.functional.cross_entropy(
                model(input_ids=window).logits[0, :-1].float(), window[0, 1:], reduction="none"
            )
        first = scored_to - start - 1
        bits += losses[first:].sum().item() / math.log(2)
        scored_to = start + window.shape[1]
    return bits


def _byte_sequence(document: Document) -> list[int]:
    """A document as symbols: 1 begins a user or system turn, 2 an assistant turn, 3 ends a text; bytes are +4."""
    marks = {None: [], "system": [1], "user": [1], "assistant": [2]}
    sequence = []
    for role, text in document.turns:
        sequence += [*marks[role], *(byte + 4 for byte in text.encode()), 3]
    return sequence


def measure(
    model: "PreTrainedModel",
    processor: "SentencePieceProcessor",
    training: list[Document],
    held_out: list[Document],
) -> HeldOutFigures:
    """Bits per byte of the model and of 5-gram models over tokens and over bytes, by source and in total."""
    # The first token, <s>, is given, not predicted. <unk>, id 0, never occurs: unknown characters become bytes.
    by_token = KneserNey((encode_document(processor, document)[1:] for document in training), len(processor))
    by_byte = KneserNey((_byte_sequence(document) for document in training), 260)
    names = ("model", "5-gram over tokens", "5-gram over bytes")
    bits: dict[str, dict[str, float]] = {}
    byte_counts: dict[str, int] = {}
    model.eval()
    for document in held_out:
        ids = encode_document(processor, document)
        needed = (
            model_bits(model, ids),
            by_token.bits(ids[1:]),
            by_byte.bits(_byte_sequence(document)),
        )
        for part in ("all", document.source):
            byte_counts[part] = byte_counts.get(part, 0) + document.byte_count
            sums = bits.setdefault(part, dict.fromkeys(names, 0.0))
            for name, value in zip(names, needed, strict=True):
                sums[name] += value
    return HeldOutFigures(
        {part: {name: value / byte_counts[part] for name, value in sums.items()} for part, sums in bits.items()},
        byte_counts["all"],
    )

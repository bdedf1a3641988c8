"""Merges an adapter into its base, in whichever way answers most like the model as it was trained.

An adapter trained over 4-bit weights has learned to compensate for their quantization. It can be added to the base's
original weights, or to the dequantized 4-bit ones; which is closer is measured, not assumed.
"""

import gc
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.errors import InputError, ParityError
from core.models.folders import base_folder, model_folder
from core.models.loading import load_model
from core.models.merging.skeleton import can_be_streamed
from core.models.merging.streaming import open_streamed
from core.models.merging.writing import own_dtype, write_by_tensor, write_whole
from core.models.precision import Precision, device
from core.models.references import ModelLocation, locate
from core.processes.allocator import give_back_now, giving_memory_back

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

LARGEST_DIFFERENCE = 0.1
"""The most that merging may move the logits: norm of the difference over norm of the trained model's logits.

Chosen between what sound and broken merges measure. Rounding to 16 bits moves the logits by up to 0.02, those of
32 layers of random weights by 0.05; merging an adapter trained over 4-bit weights into the original ones moves them by
0.03 to 0.2, which is why both ways are tried; a merge that misses part of the adapter moves them by 0.3 or more.
"""
_MAPPED_FROM_BYTES = 1 << 20
"""Tensors of at least so many bytes are mappings of their own while merging. On glibc's heap, where those of up to 32
MiB go otherwise, freed ones leave gaps between small ones: it grew by 80 MB for each layer of a 7B model."""
_COMPARED_TOKENS = 256
"""Of each text."""
_COMPARED_LOGITS = 1 << 25
"""Of all texts: 128 MiB. A large vocabulary is compared at fewer positions; 32,000 tokens at each of 4 texts' 256."""


@giving_memory_back(_MAPPED_FROM_BYTES)
def merge(
    location: ModelLocation,
    out: Path,
    dtype: Precision,
    texts: list[list[int]],
    four_bit: bool = False,
    eight_bit: bool = False,
) -> dict:
    """Write the merged model of the adapter at `location` and its tokenizer into `out`, an existing folder.

    `dtype`, `four_bit` and `eight_bit` are how the base was held in training; the weights are saved in the base's own
    dtype. `texts` are token ids on the first 256 of which the methods are compared. Returns the `method` taken
    ("original" or "dequantized"), its `difference` (see LARGEST_DIFFERENCE), the `differences` of every method tried,
    and the `dtype` saved. Raises InputError for an adapter without weights to add, ParityError if the merged model
    differs from the trained one.

    Weights are read from disk when they are needed, for comparing too: the adapter and one layer of the model, in
    `dtype`, are in memory at a time. Where that is not possible (see `can_be_streamed`) whole models are loaded, one
    after the other; so is the trained model if it was held in 8 bits.
    """
    _check_has_weights_to_add(location)
    _free_memory()
    streamed = can_be_streamed(location)
    open_model, write = (open_streamed, write_by_tensor) if streamed else (load_model, write_whole)
    trained_in = partial(load_model, eight_bit=True) if eight_bit else partial(open_model, four_bit=four_bit)
    wanted = _logits(partial(trained_in, location, dtype), texts)
    differences: dict[str, float] = {}
    for method in ("original", "dequantized") if four_bit else ("original",):
        write(location, out, dtype, method)
        differences[method] = _difference(_logits(partial(open_model, locate(str(out)), dtype), texts), wanted)
    best = min(differences, key=differences.get)
    _check(differences[best], location)
    if best != method:
        write(location, out, dtype, best)
    return {
        "method": best,
        "difference": differences[best],
        "differences": differences,
        "dtype": str(own_dtype(base_folder(location))).removeprefix("torch."),
    }


def merged_in_words(report: dict) -> str:
    """What `merge` returned, as a sentence."""
    return f"Merged into the {report['method']} weights: {report['difference']:.2%} from the model as trained."


def _check_has_weights_to_add(location: ModelLocation) -> None:
    from peft import PeftConfig

    config = PeftConfig.from_pretrained(model_folder(location))
    if config.is_prompt_learning or config.is_adaption_prompt:
        raise InputError(
            f"{location.label} is a prompt-learning adapter without weights to merge.", "Train a LoRA adapter."
        )


def _check(difference: float, location: ModelLocation) -> None:
    """Raise ParityError if the merged model differs too much from the model as trained."""
    if difference <= LARGEST_DIFFERENCE:
        return
    how_far = f"move by {difference:.0%}" if math.isfinite(difference) else "become infinite or NaN"
    raise ParityError(
        f"The merged model would differ from {location.label} as trained: its logits would {how_far}; "
        f"{LARGEST_DIFFERENCE:.0%} is allowed.",
        "The adapter is intact: use it on its base, or train again with a lower learning rate.",
    )


@torch.no_grad()
def _logits(open_model: "Callable[[], PeftModel | PreTrainedModel]", texts: list[list[int]]) -> Tensor:
    """Logits of all texts at evenly spaced positions, (positions, vocabulary), fp32, in one pass.

    Texts are padded on the right, where a causal model does not look. The model is opened here, so that nobody else
    holds it when it is freed.
    """
    _free_memory()
    model = open_model()
    cut = [torch.tensor(ids[:_COMPARED_TOKENS]) for ids in texts]
    batch = torch.nn.utils.rnn.pad_sequence(cut, batch_first=True).to(device())
    mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(ids) for ids in cut], batch_first=True).to(device())
    every = math.ceil(batch.numel() * model.config.get_text_config().vocab_size / _COMPARED_LOGITS)
    places = torch.arange(every // 2, batch.shape[1], every, device=batch.device)
    logits = model(input_ids=batch, attention_mask=mask, use_cache=False, logits_to_keep=places).logits
    found = torch.cat([row[places < len(ids)].float() for row, ids in zip(logits, cut, strict=True)])
    del model
    _free_memory()
    return found


def _free_memory() -> None:
    """Free models that are no longer used: PEFT's are in reference cycles, and glibc keeps what is freed."""
    gc.collect()
    give_back_now()


def _difference(found: Tensor, wanted: Tensor) -> float:
    """Norm of the difference over norm of `wanted`; infinite if a number is not finite."""
    difference = ((found - wanted).norm() / wanted.norm()).item()
    return difference if math.isfinite(difference) else math.inf

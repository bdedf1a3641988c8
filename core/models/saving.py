"""Writes a merged model as a folder: weights, the tokenizer's own files, and every token that ends an answer."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.examples.prompting import chat_template, end_ids
from core.models.folders import base_folder, tokenizer_folder
from core.models.loading import load_tokenizer
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt",
)  # fmt: skip


def save_merged(model: "PreTrainedModel", location: ModelLocation, out: Path) -> None:
    """Write `model`, merged from the adapter at `location`, and its tokenizer into the existing folder `out`."""
    tokenizer = load_tokenizer(location)
    model.generation_config = generation_of(model, tokenizer)
    model.save_pretrained(out)
    copy_tokenizer(base_folder(location), tokenizer, out)
    own = tokenizer_folder(location)
    if own != base_folder(location):  # an adapter made elsewhere may have added tokens
        _copy_tokenizer_files(own, out)


def generation_of(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> "GenerationConfig":
    """The model's generation settings with every token that ends an answer, in a form that Transformers saves."""
    generation = model.generation_config
    ends = generation.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    generation.eos_token_id = sorted({*ends, *end_ids(tokenizer)} - {None}) or None
    return _valid(generation)


def copy_tokenizer(base: Path, tokenizer: "PreTrainedTokenizerBase", out: Path) -> None:
    """Copy the base's tokenizer files unchanged, because saving would rewrite them, and write the chat template."""
    _copy_tokenizer_files(base, out)
    (out / "chat_template.jinja").write_text(chat_template(tokenizer), encoding="utf-8")


def _copy_tokenizer_files(folder: Path, out: Path) -> None:
    for name in _TOKENIZER_FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)


def _valid(generation: "GenerationConfig") -> "GenerationConfig":
    """`generation` in a form that Transformers agrees to save; if its author left it inconsistent, only its tokens.

    Many models set sampling parameters (`temperature`, `top_p`) but not `do_sample`: then sampling is switched on.
    """
    from transformers import GenerationConfig

    sampling = (generation.temperature, generation.top_p, generation.top_k, generation.min_p, generation.typical_p)
    if not generation.do_sample and any(value is not None for value in sampling):
        generation.do_sample = True
    try:
        generation.validate(strict=True)
    except ValueError:
        names = ("bos_token_id", "eos_token_id", "pad_token_id")
        return GenerationConfig(**{name: getattr(generation, name) for name in names})
    return generation

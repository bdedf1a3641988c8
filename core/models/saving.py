"""Writes what a merged model needs beside its weights: the base's own files, and every token that ends an answer.

Merging saves nothing through Transformers, which rewrites tokenizers and refuses generation settings of many models.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.examples.prompting import chat_template, end_ids
from core.models.folder_safety import read_object
from core.models.folders import base_folder, tokenizer_folder
from core.models.loading import load_tokenizer
from core.models.references import ModelLocation

if TYPE_CHECKING:
    from transformers import GenerationConfig, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt",
)  # fmt: skip
"""All that a tokenizer is read from, besides its chat template."""
CHAT_TEMPLATE = "chat_template.jinja"
_CONFIG, _GENERATION = "config.json", "generation_config.json"


def copy_settings(location: ModelLocation, out: Path) -> None:
    """Copy the generation settings and the tokenizer of the adapter at `location` and of its base into `out`.

    `out` is an existing folder, with the merged model's config.json.
    """
    base, tokenizer = base_folder(location), load_tokenizer(location)
    _write(out / _GENERATION, _generation(base, read_object(out / _CONFIG), end_ids(tokenizer)))
    copy_tokenizer(base, tokenizer, out)
    own = tokenizer_folder(location)
    if own != base:  # an adapter made elsewhere may have added tokens
        _copy_tokenizer_files(own, out)


def copy_config(base: Path, config: "PretrainedConfig", out: Path) -> None:
    """Copy the base's config.json with what an adapter can change in `config`: number of tokens, tied weights."""
    settings, text = read_object(base / _CONFIG), config.get_text_config()
    for section in (settings, settings.get("text_config", settings)):
        if section.get("vocab_size", text.vocab_size) != text.vocab_size:
            section["vocab_size"] = text.vocab_size
        if not getattr(config, "tie_word_embeddings", False):
            section["tie_word_embeddings"] = False
    _write(out / _CONFIG, settings)


def _generation(base: Path, settings: dict, ends: set[int]) -> dict:
    """The base's generation settings as they are, even where Transformers would not save them, with every end token."""
    if (base / _GENERATION).is_file():
        generation = read_object(base / _GENERATION)
    else:
        names = ("bos_token_id", "eos_token_id", "pad_token_id")
        generation = {name: settings[name] for name in names if settings.get(name) is not None}
    own = generation.get("eos_token_id")
    ends = {*(own if isinstance(own, list) else [own]), *ends} - {None}
    return generation | ({"eos_token_id": sorted(ends)} if ends else {})


def _write(path: Path, settings: dict) -> None:
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False), encoding="utf-8")


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
    (out / CHAT_TEMPLATE).write_text(chat_template(tokenizer), encoding="utf-8")


def _copy_tokenizer_files(folder: Path, out: Path) -> None:
    for name in TOKENIZER_FILES:
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

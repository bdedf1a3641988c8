"""The child process that converts: llama.cpp's own converter with four gaps filled.

Run as `python -m core.gguf.converter` with the converter's arguments. The converter expects settings under names that
Transformers 5 has changed, gets tokenizers the way Transformers 5 rebuilds them, omits the base of some rotary
embeddings, and writes only one end token. These are patched here; nothing else is.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.gguf.staged_model import read_settings
from core.models.loading import as_saved
from core.processes.child import LLAMA_CPP
from core.processes.ending import end

if TYPE_CHECKING:
    from conversion import TextModel
    from gguf import SpecialVocab


def main() -> None:
    """Run the converter on this process's arguments."""
    sys.path.insert(0, str(LLAMA_CPP))
    import convert_hf_to_gguf
    from conversion import ModelBase, TextModel
    from gguf import SpecialVocab

    load = ModelBase.load_hparams
    ModelBase.load_hparams = staticmethod(lambda *places, **named: with_old_names(load(*places, **named)))
    _read_tokenizers_as_saved()
    TextModel._set_vocab_gpt2 = _by_kind(TextModel._set_vocab_gpt2)
    _after(TextModel, "prepare_metadata", _write_rotary_base)
    _after(SpecialVocab, "_load", _name_every_end)
    convert_hf_to_gguf.main()


def _read_tokenizers_as_saved() -> None:
    """Make Transformers return tokenizers as saved: the converter recognizes them by the ids they produce."""
    from transformers import AutoTokenizer

    read = AutoTokenizer.from_pretrained
    AutoTokenizer.from_pretrained = lambda folder, **named: as_saved(read(folder, **named), Path(folder))


def with_old_names(settings: dict) -> dict:
    """A model's settings, with those that Transformers 5 renamed or moved under their old names too."""
    rope = settings.get("rope_parameters") or {}
    old = {
        "rotary_pct": rope.get("partial_rotary_factor"),
        "rotary_emb_base": rope.get("rope_theta"),
        "n_ctx": settings.get("n_positions"),
    }
    if settings.get("model_type") == "falcon" and settings.get("multi_query"):
        old_layout = not settings.get("new_decoder_architecture")
        settings = settings | ({"num_kv_heads": 1} if old_layout else {})
    return {name: value for name, value in old.items() if value is not None} | settings


def _by_kind(write_byte_pairs: "Callable[[TextModel], None]") -> "Callable[[TextModel], None]":
    """Write a SentencePiece vocabulary as one, in any architecture; the converter expects one kind in each."""

    def write(model: "TextModel") -> None:
        folder = model.dir_model
        if not read_settings(folder / "tokenizer.json").get("model", {}).get("byte_fallback"):
            write_byte_pairs(model)
            return
        model._set_vocab_sentencepiece()
        adds_space = read_settings(folder / "tokenizer_config.json").get("add_prefix_space")
        if adds_space is not None:  # as the converter does for Llama
            model.gguf_writer.add_add_space_prefix(adds_space)

    return write


def _write_rotary_base(model: "TextModel", *_arguments, **_named) -> None:
    """Write the base of rotary embeddings if the converter did not: llama.cpp would assume 10,000."""
    writer, base = model.gguf_writer, model.rope_parameters.get("rope_theta")
    if base is not None and f"{writer.arch}.rope.freq_base" not in writer.kv_data[0]:
        writer.add_rope_freq_base(base)


def _name_every_end(vocabulary: "SpecialVocab", folder: Path) -> None:
    """Write further end tokens as the two other kinds of end that a GGUF has: end of turn and end of message."""
    ends = read_settings(folder / "generation_config.json").get("eos_token_id")
    ends = ends if isinstance(ends, list) else [ends]
    others = [token for token in ends if isinstance(token, int) and token != vocabulary.special_token_ids.get("eos")]
    for kind, token in zip(("eot", "eom"), others, strict=False):
        vocabulary._set_special_token(kind, token)


def _after(owner: type, name: str, then: Callable[..., None]) -> None:
    """Call `then` after each call of a method, with the same arguments."""
    method = getattr(owner, name)

    def both(*arguments, **named):
        result = method(*arguments, **named)
        then(*arguments, **named)
        return result

    setattr(owner, name, both)


if __name__ == "__main__":
    main()
    end()

"""The child that converts: llama.cpp's own converter, shown what it looks for.

Run as `python -m core.gguf.converter` with the converter's arguments. It reads settings under the names of older
versions of Transformers and tokenizers as Transformers 5 builds them, forgets the base of some rotary embeddings, and
writes one end token where a model has several; that is made up for here, and nothing else about it is changed.
"""

import json
import sys
from pathlib import Path

from core.models.loading import as_saved
from core.processes.child import LLAMA_CPP


def main() -> None:
    """Run the converter on this process's arguments."""
    sys.path.insert(0, str(LLAMA_CPP))
    import convert_hf_to_gguf
    from conversion import ModelBase, TextModel
    from gguf import SpecialVocab

    read_settings = ModelBase.load_hparams
    ModelBase.load_hparams = staticmethod(lambda *places, **named: with_old_names(read_settings(*places, **named)))
    _read_tokenizers_as_saved()
    TextModel._set_vocab_gpt2 = _by_kind(TextModel._set_vocab_gpt2)
    _after(TextModel, "prepare_metadata", _write_rotary_base)
    _after(SpecialVocab, "_load", _name_every_end)
    convert_hf_to_gguf.main()


def _read_tokenizers_as_saved() -> None:
    """Have Transformers give the converter the tokenizer that the model was trained with, which it knows by its ids."""
    from transformers import AutoTokenizer

    read = AutoTokenizer.from_pretrained
    AutoTokenizer.from_pretrained = lambda folder, **named: as_saved(read(folder, **named), Path(folder))


def with_old_names(settings: dict) -> dict:
    """A model's settings, with those that Transformers 5 has renamed or moved also where they used to be."""
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


def _by_kind(write_byte_pairs):
    """Any architecture may come with a SentencePiece vocabulary; the converter expects one of its own of each."""

    def write(model) -> None:
        folder = model.dir_model
        if not _read(folder / "tokenizer.json").get("model", {}).get("byte_fallback"):
            write_byte_pairs(model)
            return
        model._set_vocab_sentencepiece()
        adds_space = _read(folder / "tokenizer_config.json").get("add_prefix_space")
        if adds_space is not None:  # as the converter does for Llama
            model.gguf_writer.add_add_space_prefix(adds_space)

    return write


def _write_rotary_base(model, *_arguments, **_named) -> None:
    """Write the base of rotary embeddings where the converter does not: llama.cpp would take 10,000."""
    writer, base = model.gguf_writer, model.rope_parameters.get("rope_theta")
    if base is not None and f"{writer.arch}.rope.freq_base" not in writer.kv_data[0]:
        writer.add_rope_freq_base(base)


def _name_every_end(vocabulary, folder: Path) -> None:
    """Write what else ends an answer as the two other kinds of end that a GGUF knows: of a turn, and of a message."""
    ends = _read(folder / "generation_config.json").get("eos_token_id")
    ends = ends if isinstance(ends, list) else [ends]
    others = [token for token in ends if isinstance(token, int) and token != vocabulary.special_token_ids.get("eos")]
    for kind, token in zip(("eot", "eom"), others, strict=False):
        vocabulary._set_special_token(kind, token)


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _after(owner: type, name: str, then) -> None:
    """Have `then` follow a method of the converter's, with the same arguments."""
    method = getattr(owner, name)

    def both(*arguments, **named):
        result = method(*arguments, **named)
        then(*arguments, **named)
        return result

    setattr(owner, name, both)


if __name__ == "__main__":
    main()

"""Trains the starter model's tokenizer and writes it for Hugging Face and for the GGUF converter.

The source is one SentencePiece BPE model, `tokenizer.model`; `tokenizer.json` is the same for Hugging Face. Special
tokens are control symbols in it, so nothing is added later and every tool gives them the same ids. No space is put
before a text and none is removed, so a text's tokens do not depend on what precedes it.
"""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import TunewrightError
from core.models.starter.build.documents import Document

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

ROLE_TOKENS = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
END_TOKEN = "<|end|>"
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>", *ROLE_TOKENS.values(), END_TOKEN]
MAX_LENGTH_TOKENS = 1024
CHAT_TEMPLATE = (
    "{{- bos_token -}}"
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def train_tokenizer(texts: Iterable[str], folder: Path, vocabulary_size: int) -> None:
    """Writes tokenizer.model, tokenizer.json, tokenizer_config.json and chat_template.jinja into `folder`.

    Raises TunewrightError if there is too little text for the vocabulary.
    """
    import sentencepiece

    # Lines of at most 2,000 characters: the trainer skips longer ones.
    pieces = (text[start : start + 2000] for text in texts for start in range(0, len(text), 2000))
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=pieces,
            model_writer=model,
            model_type="bpe",
            vocab_size=vocabulary_size,
            byte_fallback=True,
            split_digits=True,
            character_coverage=0.9995,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            allow_whitespace_only_pieces=True,
            required_chars="\n",
            unk_id=0,
            bos_id=1,
            eos_id=2,
            pad_id=3,
            pad_piece="<pad>",
            control_symbols=SPECIAL_TOKENS[4:],
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise TunewrightError(
            f"The tokenizer could not be trained: {error}", "Provide more text or choose a smaller vocabulary."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    _write_hugging_face(folder)


def _write_hugging_face(folder: Path) -> None:
    import sentencepiece
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    vocabulary = {processor.id_to_piece(index): index for index in range(processor.get_piece_size())}
    tokenizer = Tokenizer(
        models.BPE(vocabulary, _merges(processor, vocabulary), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL_TOKENS])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", vocabulary["<s>"])]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False,
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": MAX_LENGTH_TOKENS,
        "unk_token": "<unk>",
        "bos_token": "<s>",
        "eos_token": END_TOKEN,
        "pad_token": "<pad>",
        "additional_special_tokens": ["</s>", *ROLE_TOKENS.values()],
        "added_tokens_decoder": {
            str(vocabulary[token]): {
                "content": token,
                "lstrip": False,
                "normalized": False,
                "rstrip": False,
                "single_word": False,
                "special": True,
            }
            for token in SPECIAL_TOKENS
        },
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)


def _merges(processor: "SentencePieceProcessor", vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """Every pair of pieces that join into a piece, best piece first: the order in which SentencePiece merges them."""
    ordinary = [
        piece
        for piece, index in vocabulary.items()
        if not (processor.is_control(index) or processor.is_unknown(index) or processor.is_byte(index))
    ]
    mergeable = set(ordinary)
    merges = []
    for piece in sorted(ordinary, key=lambda piece: vocabulary[piece]):
        pairs = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece))]
        merges += [(left, right) for left, right in pairs if left in mergeable and right in mergeable]
    return merges


def load_processor(folder: Path) -> "SentencePieceProcessor":
    """The SentencePiece processor of a tokenizer folder."""
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))


def encode_document(processor: "SentencePieceProcessor", document: Document) -> list[int]:
    """Token ids of a document as the model is trained on it: `<s>`, then prose and `</s>`, or chat turns."""
    ids = [processor.bos_id()]
    for role, text in document.turns:
        if role is None:
            ids += [*processor.encode(text), processor.eos_id()]
        else:
            role_id, end_id = processor.piece_to_id(ROLE_TOKENS[role]), processor.piece_to_id(END_TOKEN)
            ids += [role_id, *processor.encode(text), end_id]
    return ids

"""How texts are compared: normalized as in SQuAD, and split into words in any script."""

import re
import string
import unicodedata

# Chinese and Japanese are written without spaces: each character counts as a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_AROUND = " .,;:!?\"'`*“”‘’«»。、"
_ARTICLE = re.compile(r"\b(a|an|the)\b")


def normalized(text: str) -> str:
    """Lower case, without punctuation, English articles and extra white space."""
    text = "".join(character for character in text.lower() if not _is_punctuation(character))
    return " ".join(_ARTICLE.sub(" ", text).split())


def plain(text: str) -> str:
    """Case-folded, without extra white space and surrounding punctuation; pure punctuation, such as `+`, stays."""
    text = " ".join(text.casefold().split())
    return text.strip(_AROUND) or text


def pieces(text: str) -> list[str]:
    """The words of a text as written; each Chinese or Japanese character is one."""
    return _PIECE.findall(text)


class WordTokenizer:
    """Lower-case words of letters and digits, for ROUGE. For English it equals rouge-score's own tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(text.lower())


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")

"""How texts are compared: normalized as in SQuAD, and split into words in any script."""

import string
from collections.abc import Iterable
from enum import StrEnum

import regex

# Without spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer. A character with its marks is a word.
_CHINESE = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = f"{_CHINESE}{_KANA}{_SOUTH_EAST}"
# Marks belong to the letter before them, as do joiners (in Persian, Hindi): a word of letters alone would break there.
_WORD = regex.compile(
    rf"(?V1)[[{_UNSPACED}]&&[\p{{L}}\p{{N}}]]\p{{M}}*"
    rf"|[[\p{{L}}\p{{N}}]--[{_UNSPACED}]](?:[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]|[\u200c\u200d](?=\p{{L}}))*"
)
_ASCII_WORD = regex.compile("[a-z0-9]+")
_PIECE = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[^\s{_UNSPACED}]+")
_AROUND = " .,;:!?\"'`*“”‘’«»。、"
_PUNCTUATION = regex.compile(rf"[\p{{P}}{regex.escape(string.punctuation)}]")
_ARTICLE = regex.compile(r"(?<![\w\p{M}])(?:a|an|the)(?![\w\p{M}])")
_SCRIPTS = regex.compile(
    rf"(?P<kana>[{_KANA}])|(?P<chinese>[{_CHINESE}])|(?P<south_east>[{_SOUTH_EAST}])|(?P<latin>\p{{Latin}}+)|\p{{L}}+"
)
SHORT_WORDS = 5
"""Up to this median number of words of the references, answers are short: right or wrong."""
_CHARACTERS_LOOKED_AT = 100_000
_JAPANESE_KANA = 0.05


class Script(StrEnum):
    """How most words of some texts are written."""

    LATIN = "Latin"
    CHINESE = "Chinese"
    JAPANESE = "Japanese"
    SOUTH_EAST = "Thai, Lao, Khmer or Burmese"
    OTHER = "another script"


def script_of(texts: Iterable[str]) -> Script:
    """The script of most words in the first 100,000 characters; Latin where there are no letters."""
    counts, looked_at = dict.fromkeys(("kana", "chinese", "south_east", "latin", None), 0), 0
    for text in texts:
        for found in _SCRIPTS.finditer(text):
            counts[found.lastgroup] += 1
        looked_at += len(text)
        if looked_at > _CHARACTERS_LOOKED_AT:
            break
    asian = counts["kana"] + counts["chinese"]
    japanese = counts["kana"] > _JAPANESE_KANA * asian
    sizes = {
        Script.LATIN: counts["latin"],
        Script.JAPANESE if japanese else Script.CHINESE: asian,
        Script.SOUTH_EAST: counts["south_east"],
        Script.OTHER: counts[None],
    }
    return max(sizes, key=sizes.__getitem__)


def normalized(text: str) -> str:
    """Lower case, without punctuation, English articles and extra white space."""
    return " ".join(_ARTICLE.sub(" ", _PUNCTUATION.sub("", text.lower())).split())


def plain(text: str) -> str:
    """Case-folded, without extra white space and surrounding punctuation; pure punctuation, such as `+`, stays."""
    text = " ".join(text.casefold().split())
    return text.strip(_AROUND) or text


def pieces(text: str) -> list[str]:
    """The words of a text as written; in scripts without spaces each character, with its marks, is one."""
    return text.split() if text.isascii() else _PIECE.findall(text)


def words(text: str) -> list[str]:
    """Lower-case words of letters, marks and digits. For text in ASCII these are rouge-score's own tokens."""
    text = text.lower()
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def without_reasoning(text: str) -> str:
    """The answer after the reasoning; empty if the reasoning never ended."""
    if "</think>" in text:
        return text.rpartition("</think>")[2].strip()
    return "" if text.lstrip().startswith("<think>") else text

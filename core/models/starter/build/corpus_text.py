"""Text of the corpus: taken out of markup, cleaned, recognized as English, and cut into word windows."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import ftfy

WINDOW_WORDS = 8
# The most common English words: about half of running English text, but not of code or other languages.
_COMMON = "the of and to a in is that it for as with was on be by are this from at or an which not have has you can if \
will your their but its they we he his her all more one when been also there than other use used may into"
STOP_WORDS = frozenset(_COMMON.split())
_SKIPPED_TAGS = {"script", "style", "head", "nav", "pre", "footer", "table"}
_BLOCK_TAGS = {"p", "li", "div", "br", "h1", "h2", "h3", "h4", "dd", "dt", "section", "article", "blockquote"}


def normalized_words(text: str) -> list[str]:
    """A text's words in lower case, without punctuation: the basis for comparing texts."""
    return re.findall(r"[^\W_]+", text.lower())


def word_windows(text: str) -> Iterator[str]:
    """Every run of WINDOW_WORDS normalized words, joined by single spaces."""
    words = normalized_words(text)
    for start in range(len(words) - WINDOW_WORDS + 1):
        yield " ".join(words[start : start + WINDOW_WORDS])


class _BlockText(HTMLParser):
    """Collects the running text of a page, without code, tables and navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._skipped_depth = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._skipped_depth += tag in _SKIPPED_TAGS
        if tag in _BLOCK_TAGS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        self._skipped_depth = max(0, self._skipped_depth - (tag in _SKIPPED_TAGS))

    def handle_data(self, data: str) -> None:
        if not self._skipped_depth:
            self.parts.append(re.sub(r"\s+", " ", data))


def markup_paragraphs(raw: str, suffix: str) -> list[str]:
    """The paragraphs of an HTML, Markdown or reStructuredText file, each on one line, without markup and code."""
    if suffix in {".html", ".htm"}:
        page = _BlockText()
        page.feed(raw)
        raw = "".join(page.parts)
    elif suffix in {".md", ".rst"}:
        raw = re.sub(r"^(```|~~~).*?^\1", "", raw, flags=re.DOTALL | re.MULTILINE)
        raw = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", raw)
        raw = re.sub(r":[a-z:]+:`~?([^`<]*)(?:<[^>]*>)?`", r"\1", raw).replace("``", "`")
    paragraphs = re.split(r"\n\s*\n", raw)
    return [re.sub(r"\s+", " ", paragraph).strip() for paragraph in paragraphs]


def clean_text(text: str) -> str:
    """The text with broken Unicode repaired, plain quotes, and nothing that looks like a special token."""
    text = ftfy.fix_text(text, uncurl_quotes=True)
    text = text.replace("\u00a0", " ").replace("\u00b6", "").replace("<|", "<").replace("|>", ">")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+\n", "\n", text)).strip()


def is_english(text: str, *, least_words: int = 8) -> bool:
    """Whether a paragraph is running English: mostly letters, and enough of the most common words."""
    words = re.findall(r"[A-Za-z']+", text.lower())
    if len(words) < least_words:
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return letters / len(text) > 0.85 and sum(word in STOP_WORDS for word in words) / len(words) > 0.2

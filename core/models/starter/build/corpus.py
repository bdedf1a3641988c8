"""Reads folders of text into clean, deduplicated English documents, split into training and held-out ones.

Text is read from .txt, .md, .rst and .html files and from .json or .jsonl rows that hold `text`, the Alpaca
columns (`instruction`, `input`, `output`) or ShareGPT `conversations`. Rows with questions and answers become
chats; everything else is prose.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import ftfy

from core.errors import TunewrightError

WINDOW_WORDS = 8
SOURCE_NOTE = "SOURCE.md"  # in a folder: where its text is from and under which licence; quoted in the card, not read
ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
# The commonest English words: running English text is about half of them, code and other languages are not.
_COMMON = "the of and to a in is that it for as with was on be by are this from at or an which not have has you can if \
will your their but its they we he his her all more one when been also there than other use used may into"
STOP_WORDS = frozenset(_COMMON.split())
_SKIPPED_TAGS = {"script", "style", "head", "nav", "pre", "footer", "table"}
_BLOCK_TAGS = {"p", "li", "div", "br", "h1", "h2", "h3", "h4", "dd", "dt", "section", "article", "blockquote"}


@dataclass(frozen=True)
class Document:
    """One text of the corpus: `turns` are (role, text) pairs; prose has a single turn whose role is None."""

    source: str
    turns: tuple[tuple[str | None, str], ...]

    @property
    def text(self) -> str:
        return "\n\n".join(text for _, text in self.turns)

    @property
    def byte_count(self) -> int:
        return sum(len(text.encode()) for _, text in self.turns)


def normalised_words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; what two texts share is measured on these."""
    return re.findall(r"[^\W_]+", text.lower())


def word_windows(text: str) -> Iterator[str]:
    """Every run of WINDOW_WORDS normalised words, joined by single spaces."""
    words = normalised_words(text)
    for start in range(len(words) - WINDOW_WORDS + 1):
        yield " ".join(words[start : start + WINDOW_WORDS])


class _BlockText(HTMLParser):
    """Collects the running text of a page; code, tables and navigation are left out."""

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


def _markup_paragraphs(raw: str, suffix: str) -> list[str]:
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
    """Mended Unicode, plain quotes, no control characters, no markers that look like special tokens."""
    text = ftfy.fix_text(text, uncurl_quotes=True)
    text = text.replace("\u00a0", " ").replace("\u00b6", "").replace("<|", "<").replace("|>", ">")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+\n", "\n", text)).strip()


def is_english(text: str, *, least_words: int = 8) -> bool:
    """Whether a paragraph reads as running English: mostly letters, and enough of the commonest words."""
    words = re.findall(r"[A-Za-z']+", text.lower())
    if len(words) < least_words:
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return letters / len(text) > 0.85 and sum(word in STOP_WORDS for word in words) / len(words) > 0.2


def _chat_turns(row: dict) -> tuple[tuple[str, str], ...]:
    """The leading turns of a row that are plain talk; a tool call ends the chat."""
    if "instruction" in row:
        question = "\n".join(part for part in (row["instruction"], row.get("input") or "") if part)
        turns = [("system", row["system"])] if row.get("system") else []
        return (*turns, ("user", question), ("assistant", row["output"]))
    messages = [*row["conversations"], row["chosen"]] if "chosen" in row else row["conversations"]
    turns = []
    for message in messages:
        if message["from"] not in ROLES:
            break
        turns.append((ROLES[message["from"]], message["value"]))
    while turns and turns[-1][0] != "assistant":
        turns.pop()
    return tuple(turns)


def _row_document(row: dict, source: str) -> Document | None:
    if "text" in row:
        return _prose(str(row["text"]).split("\n"), source)
    if "instruction" not in row and "conversations" not in row:
        return None
    turns = tuple((role, clean_text(text)) for role, text in _chat_turns(row))
    if not turns or not all(text for _, text in turns):
        return None
    return Document(source, turns) if is_english(" ".join(text for _, text in turns)) else None


def _prose(paragraphs: Iterable[str], source: str) -> Document | None:
    kept = [paragraph for paragraph in map(clean_text, paragraphs) if is_english(paragraph)]
    return Document(source, ((None, "\n".join(kept)),)) if kept else None


def _file_documents(path: Path, source: str) -> Iterator[Document | None]:
    if path.suffix in {".json", ".jsonl"}:
        raw = path.read_text(encoding="utf-8")
        rows = json.loads(raw) if path.suffix == ".json" else map(json.loads, filter(None, raw.splitlines()))
        for row in rows if not isinstance(rows, dict) else []:
            yield _row_document(row, source)
    elif path.suffix in {".txt", ".md", ".rst", ".html", ".htm"}:
        raw = path.read_text(encoding="utf-8", errors="ignore")
        lines = raw.splitlines()
        if path.suffix == ".txt" and lines and len(raw) / len(lines) > 2000:  # one article a line
            for line in lines:
                yield _prose([line], source)
        else:
            yield _prose(_markup_paragraphs(raw, path.suffix), source)


def _without_repeated_lines(document: Document, seen: set[bytes]) -> Document | None:
    """Drops lines that stood before but for case and punctuation; a chat is dropped whole when its last turn did."""
    role, last = document.turns[-1]
    kept = []
    for line in last.split("\n") if role is None else [document.text]:
        key = hashlib.blake2b(" ".join(normalised_words(line)).encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            kept.append(line)
    if not kept:
        return None
    return document if role else Document(document.source, ((None, "\n".join(kept)),))


def _without_windows(document: Document, excluded: set[str]) -> Document | None:
    """Cuts the paragraphs that touch an excluded window; a chat that touches one is dropped."""
    if not any(window in excluded for window in word_windows(document.text)):
        return document
    if document.turns[0][0] is not None:
        return None
    kept: list[str] = []
    for paragraph in document.text.split("\n"):
        if not any(window in excluded for window in word_windows("\n".join([*kept[-1:], paragraph]))):
            kept.append(paragraph)
    return Document(document.source, ((None, "\n".join(kept)),)) if kept else None


def excluded_windows(path: Path) -> set[str]:
    """The word windows of every string in a .jsonl file of examples."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return {window for row in rows for text in row.values() if isinstance(text, str) for window in word_windows(text)}


def read_corpus(folders: list[Path], excluded: set[str]) -> list[Document]:
    """All documents of the folders, in a fixed order; a document's source is the name of its folder.

    Raises TunewrightError when a folder is missing or nothing readable is found.
    """
    documents: list[Document] = []
    seen: set[bytes] = set()
    for folder in folders:
        if not folder.is_dir():
            raise TunewrightError(f"There is no folder {folder}.", "Name folders that hold text files.")
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SOURCE_NOTE):
            for document in _file_documents(path, folder.name):
                document = document and _without_repeated_lines(document, seen)
                document = document and _without_windows(document, excluded)
                if document:
                    documents.append(document)
    if not documents:
        raise TunewrightError(
            "The folders hold no readable English text.", "Give .txt, .md, .rst, .html, .json or .jsonl files."
        )
    return documents


def split_corpus(documents: list[Document], held_out_share: float) -> tuple[list[Document], list[Document]]:
    """(training, held-out) documents, chosen by each document's hash so that the split never moves."""

    def is_held_out(document: Document) -> bool:
        digest = hashlib.sha256(document.text.encode()).digest()
        return int.from_bytes(digest[:4], "big") < held_out_share * 2**32

    held_out = [document for document in documents if is_held_out(document)]
    return [document for document in documents if not is_held_out(document)], held_out

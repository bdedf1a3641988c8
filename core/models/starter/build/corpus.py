"""Reads folders of text into clean, deduplicated English documents, split into training and held-out ones."""

import hashlib
import json
from pathlib import Path

from core.errors import TunewrightError
from core.models.starter.build.corpus_text import normalized_words, word_windows
from core.models.starter.build.documents import Document, file_documents

SOURCE_NOTE = "SOURCE.md"
"""States where a folder's text is from and under which licence: quoted in the model card, not part of the corpus."""


def _without_repeated_lines(document: Document, seen: set[bytes]) -> Document | None:
    """Drops lines seen before, ignoring case and punctuation; a chat is dropped as a whole if it was seen before."""
    role, last = document.turns[-1]
    kept = []
    for line in last.split("\n") if role is None else [document.text]:
        key = hashlib.blake2b(" ".join(normalized_words(line)).encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            kept.append(line)
    if not kept:
        return None
    return document if role else Document(document.source, ((None, "\n".join(kept)),))


def _without_windows(document: Document, excluded: set[str]) -> Document | None:
    """Cuts the paragraphs that contain an excluded window; a chat that contains one is dropped."""
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
    """All documents of the folders in a fixed order; a document's source is the name of its folder.

    Raises TunewrightError if a folder is missing or contains nothing readable.
    """
    documents: list[Document] = []
    seen: set[bytes] = set()
    for folder in folders:
        if not folder.is_dir():
            raise TunewrightError(f"There is no folder {folder}.", "Name folders with text files.")
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SOURCE_NOTE):
            for document in file_documents(path, folder.name):
                document = document and _without_repeated_lines(document, seen)
                document = document and _without_windows(document, excluded)
                if document:
                    documents.append(document)
    if not documents:
        raise TunewrightError(
            "The folders contain no readable English text.", "Provide .txt, .md, .rst, .html, .json or .jsonl files."
        )
    return documents


def split_corpus(documents: list[Document], held_out_share: float) -> tuple[list[Document], list[Document]]:
    """(training, held-out) documents, chosen by each document's hash so that the split never changes."""

    def is_held_out(document: Document) -> bool:
        digest = hashlib.sha256(document.text.encode()).digest()
        return int.from_bytes(digest[:4], "big") < held_out_share * 2**32

    held_out = [document for document in documents if is_held_out(document)]
    return [document for document in documents if not is_held_out(document)], held_out

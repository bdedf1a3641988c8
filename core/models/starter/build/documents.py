"""Documents of the corpus: text files as prose, rows with questions and answers as chats.

Reads .txt, .md, .rst and .html files, and .json or .jsonl rows with `text`, the Alpaca columns (`instruction`, `input`,
`output`) or ShareGPT `conversations`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.models.starter.build.corpus_text import clean_text, is_english, markup_paragraphs

ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


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


def _chat_turns(row: dict) -> tuple[tuple[str, str], ...]:
    """The leading plain turns of a row; a tool call ends the chat."""
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


def file_documents(path: Path, source: str) -> Iterator[Document | None]:
    """The documents in a file; None for a row or paragraph that is not running English."""
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
            yield _prose(markup_paragraphs(raw, path.suffix), source)

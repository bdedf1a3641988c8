"""Texts with what differs from another one marked: untrusted, so escaped to the last character; long ones folded."""

from html import escape

import streamlit as st

from app.components.scripted import ASSETS
from app.evaluation.word_differences import Part, word_differences

_FOLDED_FROM, _IN_VIEW = 600, 400
"""Characters."""
_FOLDED_FROM_LINES, _LINES_IN_VIEW = 12, 8
_MOST_CHARACTERS = 50_000
_TAGS = {"kept": ("", ""), "added": ("<ins>", "</ins>"), "missing": ("<del>", "</del>")}


def marked_style() -> None:
    """Add the style sheet of marked texts; once a page."""
    st.html(ASSETS / "marked.css")


def marked_text(text: str, compared_with: str | None = None) -> None:
    """Draw a text; with `compared_with`, what it adds is underlined and what it leaves out stands struck through."""
    st.html(marked_html(text, compared_with))


def marked_html(text: str, compared_with: str | None = None) -> str:
    """The same as HTML."""
    if compared_with is None or not text.strip():
        return _folded([Part("kept", text if text.strip() else "(empty)")], [])
    found = word_differences(compared_with, text)
    notes = [] if found.compared_all else ["Only the first 10,000 words are compared."]
    if not found.are_readable:
        notes.append(f"Nothing is marked: only {100 * found.alike:.0f} % of the words are the same.")
        return _folded([Part("kept", text)], notes)
    return _folded(found.parts, notes)


def _folded(parts: list[Part], notes: list[str]) -> str:
    told = "".join(f'<div class="note">{escape(note)}</div>' for note in notes)
    text = "".join(part.text for part in parts)
    length, lines = len(text), text.rstrip().split("\n")
    if length <= _FOLDED_FROM and len(lines) <= _FOLDED_FROM_LINES:
        return f'<div class="marked" dir="auto">{_html(parts)}{told}</div>'
    if length > _MOST_CHARACTERS:
        told += f'<div class="note">The first {_MOST_CHARACTERS:,} of {length:,} characters.</div>'
    words, in_view = len(text.split()), min(_IN_VIEW, len("\n".join(lines[:_LINES_IN_VIEW])))
    summary = f"The whole text, {words:,} words" if words > 1 else f"The whole text, {length:,} characters"
    return (
        f'<div class="marked" dir="auto">{_html(_first(parts, in_view))} …'
        f"<details><summary>{summary}</summary>{_html(_first(parts, _MOST_CHARACTERS))}</details>{told}</div>"
    )


def _first(parts: list[Part], characters: int) -> list[Part]:
    """The parts up to so many characters, the last one cut."""
    found = []
    for part in parts:
        if characters <= 0:
            break
        found.append(Part(part.kind, part.text[:characters]))
        characters -= len(part.text)
    return found


def _html(parts: list[Part]) -> str:
    marked = []
    for part in parts:
        opened, closed = _TAGS[part.kind]
        marked.append(f"{opened}{escape(part.text)}{closed}")
    return "".join(marked)

"""Drawing questions and answers. A model's output is untrusted: nothing in it loads or links anything."""

import streamlit as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.chat.conversations import Turn
from app.components.scripted import ASSETS, scripted
from app.components.vocabulary import AnswerState
from app.wording.markdown import as_text
from app.wording.numbers import number_text
from app.wording.times import span_text
from storage.rows import Message

_NOTICED_SECONDS = 0.5
"""Loading times below this are not mentioned: the model was already loaded."""


class _Plain(RendererHTML):
    """Renders emphasis, lists, tables, quotes and code, all escaped."""

    def heading_open(self, tokens: list[Token], place: int, options: dict, env: dict) -> str:
        return "<p><strong>"  # headings belong to the page

    def heading_close(self, tokens: list[Token], place: int, options: dict, env: dict) -> str:
        return "</strong></p>\n"


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Plain)
    .enable("table")
    .disable(["link", "image", "autolink", "reference", "html_block", "html_inline"])
)


def answer_html(text: str) -> str:
    """An answer's Markdown as HTML, without links, images, headings or raw HTML."""
    return f'<div class="answer">{_MARKDOWN.render(text)}</div>'


def answer_style() -> None:
    """Add the style sheet of answers; once a page."""
    st.html(ASSETS / "answer.css")


def draw_question(question: Message, can_change: bool = False) -> bool:
    """Draw a question, with an Edit button if it can be changed; returns whether that was pressed."""
    with (
        st.chat_message("user", avatar=":material/person:"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        st.text(question.text)
        return can_change and st.button("Edit", icon=":material/edit:", type="tertiary", key=f"edit-{question.id}")


def draw_answers(turn: Turn) -> None:
    """Draw the answers to one question side by side."""
    for place, answer in zip(st.columns(max(1, len(turn.answers))), turn.answers, strict=False):
        with place, st.chat_message("assistant", avatar=":material/graphic_eq:"):
            st.caption(as_text(answer.label))
            if answer.text:
                st.html(answer_html(answer.text))
            _state(answer)
            if note := note_of(answer):
                st.caption(as_text(note))
            if answer.text and answer.state not in (AnswerState.WAITING, AnswerState.ANSWERING):
                scripted(
                    "copy", '<button type="button">Copy</button>', key=f"copy-{answer.id}", data={"text": answer.text}
                )


def announce(text: str) -> None:
    """Have screen readers say `text` when it changes."""
    scripted("announce", '<p role="status" aria-live="polite"></p>', key="announce", data={"text": text})


def _state(answer: Message) -> None:
    """Draw the state of an answer, where it has one to show."""
    if answer.state == AnswerState.WAITING:
        st.caption(":material/schedule: Waiting for its turn")
    elif answer.state == AnswerState.ANSWERING and not answer.text:
        loaded = "loading_seconds" in answer.facts
        st.caption(":material/hourglass_top: " + ("Reading the question" if loaded else "Loading the model"))
    elif answer.state == AnswerState.STOPPED:
        st.caption(":material/stop_circle: Stopped")
    elif answer.state == AnswerState.BROKEN_OFF:
        st.warning("Interrupted: the studio stopped while this was being answered\\.", icon=":material/link_off:")
    elif answer.state == AnswerState.FAILED:
        st.error(f"{as_text(answer.error_message)}\n\n{as_text(answer.error_remedy or '')}", icon=":material/error:")
    elif answer.state == AnswerState.DONE and not answer.text.strip():
        st.caption("The model returned an empty answer.")


def note_of(answer: Message) -> str:
    """How long an answer took, how it ended, and the settings that reproduce it."""
    facts, settings = answer.facts, answer.settings
    parts = []
    if "tokens" in facts:
        parts += [f"{facts['tokens']} tokens", f"{number_text(facts.get('tokens_per_second'))} tokens/s"]
    if "first_after_seconds" in facts:
        parts.append(_first_after(facts))
    if facts.get("finish_reason") == "length":
        parts.append("cut off at the length limit")
    if parts or answer.text:
        parts += [
            f"seed {settings.get('seed', 'any')}",
            f"temperature {settings.get('temperature', 0):g}",
            f"top-p {settings.get('top_p', 1):g}",
            f"at most {settings.get('max_tokens', 0)} tokens",
        ]
        parts += ["with a system prompt"] if settings.get("system") else []
        parts += [f"stops at “{settings['stop'][0]}”"] if settings.get("stop") else []
    return " · ".join(parts)


def _first_after(facts: dict) -> str:
    loading = facts.get("loading_seconds", 0)
    of_them = f" ({span_text(loading)} of it loading)" if loading >= _NOTICED_SECONDS else ""
    return f"first token after {span_text(facts['first_after_seconds'])}{of_them}"

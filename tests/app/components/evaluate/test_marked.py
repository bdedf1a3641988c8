"""Marked texts hold no markup but their own, and long ones are folded whole."""

import re
from html import unescape

import pytest

from app.components.evaluate.marked import marked_html


def shown(html: str) -> str:
    """What a person reads, without notes."""
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r'<div class="note">.*?</div>', "", html)))


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</ins></div>&amp;"]
)
@pytest.mark.parametrize("other", [None, "", "plain", "<script>alert(2)</script>"])
def test_nothing_in_a_text_becomes_markup(hostile, other):
    html = marked_html(hostile, other)
    assert {*re.findall(r"</?(\w+)", html)} <= {"div", "ins", "del"}
    if other is None:
        assert shown(html) == hostile


def test_what_is_added_and_left_out_is_marked():
    html = marked_html("The nurse treats it.", "The doctor treats it.")
    assert "<del>doctor </del><ins>nurse </ins>" in html
    assert marked_html("same", "same") == '<div class="marked" dir="auto">same</div>'


@pytest.mark.parametrize("text", ["word " * 400, "line\n" * 30, "字" * 2000, "x" * 3000])
def test_long_texts_are_folded_with_their_beginning_in_view(text):
    html = marked_html(text, text)
    beginning, _, whole = html.partition("<details>")
    assert len(shown(beginning)) < 420 and shown(beginning).count("\n") < 9 and beginning.endswith(" …")
    assert text.strip() in shown(whole)


def test_of_endless_texts_the_first_characters_are_drawn_and_that_is_said():
    html = marked_html("and again " * 20_000)
    assert len(html) < 60_000 and "The first 50,000 of 200,000 characters." in html


def test_an_empty_answer_and_unlike_texts_are_said():
    for said in (marked_html(""), marked_html("", "reference"), marked_html(" ", "A long reference. " * 100)):
        assert said.count("(empty)") == 1 and "Nothing is marked" not in said
    unlike = marked_html(" ".join(f"a{n}" for n in range(50)), " ".join(f"b{n}" for n in range(50)))
    assert "Nothing is marked: only 0 % of the words are the same." in unlike and "<ins>" not in unlike

"""Cleaning takes out what is no text, leaves alone what only looks like it, and is quick on anything."""

import random

import pytest

from core.data.cleaning import Cleaner
from core.data.cleaning.signs import ADDRESS, BROKEN, MARKUP, ODD_SPACE, signs_of_each
from core.data.cleaning.text import is_sound, mend_unicode, strip_html, strip_urls, tidy_space
from core.specs import Cleaning


def clean(text: str, keep_html: bool = False) -> tuple[str, set[str]]:
    """The text after the default steps, and the names of those that changed it; HTML stays where it is asked for."""
    question = "Write HTML." if keep_html else "Write."
    example, steps, _ = Cleaner(Cleaning(answers=True)).clean({"instruction": question, "output": text}, row=1)
    return example["output"], steps


@pytest.mark.parametrize(
    "text, cleaned",
    [
        ("plain text", "plain text"),
        ("a < b and c > d; x<y and z>w; List<String>", "a < b and c > d; x<y and z>w; List<String>"),
        ("<p>Hello&nbsp;<b>World</b></p> <p>7 &lt; 8</p><br/>end", "Hello World\n7 < 8\n\nend"),
        ('<a href="x" class=y>link</a> <img src=z>', "link"),
        ("&lt;b&gt;bold&lt;/b&gt; AT&amp;T", "bold AT&T"),
        ("<script>alert(1)</script>hi<style>p{}</style><!-- no -->there", "hithere"),
        ("unclosed <script> tag and <!-- comment", "unclosed tag and <!-- comment"),
        ("see https://en.wikipedia.org/wiki/Foo_(bar). Next", "see. Next"),
        ("(http://x.org/a?b=1), then www.abc.de!", ", then!"),
        ("[the guide](https://g.org/x) and a www of things", "the guide and a www of things"),
        ("cafÃ© â€œquotedâ€\x9d donâ€™t Ã  la carte ÐŸÑ€Ð¸Ð²ÐµÑ‚", "café “quoted” don’t à la carte Привет"),
        ("naïve café “fine” — ok… «été»", "naïve café “fine” — ok… «été»"),
        ("e\u0301 \u200bzero\ufeff width\x07\x00", "é zero width"),
        ("ｆｕｌｌ ﬁne", "ｆｕｌｌ ﬁne"),
        ("a   b\t\tc  \r\n\r\n\r\n\r\nd", "a b c\n\nd"),
        ("nbsp\u00a0here\u3000there", "nbsp here there"),
        ("def f():\n    return 1   \n\treturn", "def f():\n    return 1\n\treturn"),
        ("```\n<p>kept</p> www.x.org\n```\n<i>not</i> `<hr>` kept", "```\n<p>kept</p> www.x.org\n```\nnot `<hr>` kept"),
    ],
)  # fmt: skip
def test_cleaning(text, cleaned):
    assert clean(text)[0] == cleaned


def test_what_changed_is_told():
    assert clean("plain") == ("plain", set())
    assert clean("<b>x</b>  https://x.org café\x07") == ("x café", {"Unicode", "HTML", "web addresses", "white space"})


def test_html_is_kept_where_it_is_asked_for():
    assert clean("<b>x</b>  y", keep_html=True) == ("<b>x</b> y", {"white space"})


def test_a_lone_half_of_a_pair_can_be_written_afterwards():
    clean("broken \ud83d text")[0].encode()


def test_cleaning_twice_changes_nothing_more():
    pieces = [
        "<p>",
        "</p>",
        " ",
        "\n",
        "\t",
        "&amp;",
        "word",
        "https://a.org/b",
        "(",
        ")",
        "Ã©",
        "é",
        "`",
        "<",
        ">",
        "\x07",
        ".",
    ]
    random_ = random.Random(3)
    for _ in range(2000):
        once = clean("".join(random_.choices(pieces, k=12)))[0]
        assert clean(once)[0] == once


def test_the_quick_look_overlooks_nothing():
    pieces = [
        " ",
        "\n",
        "\t",
        "\r",
        "\u00a0",
        "\u200b",
        "\ud83d",
        "e\u0301",
        "Ã©",
        "é",
        "<b>",
        "&amp;",
        "www.a.org",
        "WWW.b",
    ]
    pieces += ["ftp://c.d", "漢字", "word", "w", ".", ":", "/", "\x07", "\x85", "“"]
    pieces += ["\x1f", "Ã", "é’", "°", "\u00ad", "–", "&", "<", "#", "!", "\u3000", "\u2009", "\u2028", "₂", "→"]
    pieces += ["≠", "=\u0338", "\u208f", "\u2329", "\ue000", "d’"]
    random_ = random.Random(5)
    texts = ["".join(random_.choices(pieces, k=random_.randint(0, 5))) for _ in range(20_000)]
    signs = signs_of_each(texts)
    assert signs.tolist() == [signs_of_each([text])[0] for text in texts]
    steps = {BROKEN: mend_unicode, MARKUP: strip_html, ADDRESS: strip_urls, ODD_SPACE: tidy_space}
    for text, shown in zip(texts, signs, strict=True):
        for sign, step in steps.items():
            if not shown & sign:
                assert step(text) == text
    assert (signs == 0).sum() > 1_000


def test_only_sound_characters_are_passed_by():
    characters = [chr(code) for code in range(0x80, 0x3000)]
    passed = [character for character, sign in zip(characters, signs_of_each(characters), strict=True) if not sign]
    assert all(map(is_sound, passed)) and len(passed) > 8_000


@pytest.mark.parametrize(
    "unit, times, end",
    [
        ("<script>", 25_000, ""), ("<!--", 50_000, "-->"), ("<a " + "=" * 100_000, 2, ""), ("<", 200_000, ""),
        (" ", 200_000, "x"), ("\t \t", 60_000, "a"), ("\n ", 100_000, ""), ("www.", 50_000, ""),
        ("http://(", 25_000, ""), ("http://a" + "." * 100_000, 2, ""), ("(http://a", 25_000, ""), ("[", 200_000, ""),
        ("[a](http://x", 15_000, ""), ("&lt;", 50_000, ""), ("`", 200_001, ""), ("``", 1, "x" * 200_000),
        ("漢字", 100_000, ""), ("<br" + " " * 1000, 200, ""),
    ],
)  # fmt: skip
def test_no_text_holds_the_worker(unit, times, end):
    # In quadratic time these 200,000 characters would take longer than any test may.
    assert isinstance(clean(unit * times + end)[0], str)

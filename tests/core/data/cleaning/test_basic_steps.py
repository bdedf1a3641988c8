"""The basic steps (Unicode, HTML, web addresses, white space) remove only what is not text, in linear time."""

import random

import pytest

from core.data.cleaning import Cleaner
from core.data.cleaning.markup import strip_html, strip_urls
from core.data.cleaning.precheck import BROKEN_UNICODE, HTML, ODD_SPACE, WEB_ADDRESS, steps_that_may_apply
from core.data.cleaning.unicode import is_sound, repair_unicode
from core.data.cleaning.whitespace import tidy_space
from core.specs import Cleaning


def clean(text: str, keep_html: bool = False) -> tuple[str, set[str]]:
    """The text after the default steps, and the names of those that changed it."""
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
def test_default_cleaning(text, cleaned):
    assert clean(text)[0] == cleaned


def test_the_steps_that_changed_a_text_are_named():
    assert clean("plain") == ("plain", set())
    assert clean("<b>x</b>  https://x.org café\x07") == ("x café", {"Unicode", "HTML", "web addresses", "white space"})


def test_html_that_the_question_asks_for_is_kept():
    assert clean("<b>x</b>  y", keep_html=True) == ("<b>x</b> y", {"white space"})


def test_a_lone_surrogate_is_removed_so_that_the_text_can_be_encoded():
    clean("broken \ud83d text")[0].encode()


@pytest.mark.long
def test_cleaning_is_idempotent():
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
    for _ in range(600):
        once = clean("".join(random_.choices(pieces, k=12)))[0]
        assert clean(once)[0] == once


def test_the_precheck_misses_nothing():
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
    texts = ["".join(random_.choices(pieces, k=random_.randint(0, 5))) for _ in range(4_000)]
    flags = steps_that_may_apply(texts)
    assert flags.tolist() == [steps_that_may_apply([text])[0] for text in texts]
    steps = {BROKEN_UNICODE: repair_unicode, HTML: strip_html, WEB_ADDRESS: strip_urls, ODD_SPACE: tidy_space}
    for text, flagged in zip(texts, flags, strict=True):
        for flag, step in steps.items():
            if not flagged & flag:
                assert step(text) == text
    assert (flags == 0).sum() > 200


def test_the_precheck_passes_only_sound_characters():
    characters = [chr(code) for code in range(0x80, 0x3000)]
    flags = steps_that_may_apply(characters)
    passed = [character for character, flag in zip(characters, flags, strict=True) if not flag]
    assert all(map(is_sound, passed)) and len(passed) > 8_000


@pytest.mark.long
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
def test_long_texts_take_linear_time(unit, times, end):
    # In quadratic time these 200,000 characters would take longer than any test may.
    assert isinstance(clean(unit * times + end)[0], str)

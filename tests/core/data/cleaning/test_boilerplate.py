"""Boilerplate lines are removed, lines of text stay, and lines repeated in many rows are found."""

import pytest

from core.data.cleaning import Cleaner, repeated_lines
from core.data.cleaning.boilerplate import without_boilerplate
from core.specs import Cleaning

BOILERPLATE = """
We use cookies to give you the best experience on our site.
This website uses cookies. By continuing you agree.
By continuing to browse the site you agree to our use of cookies.
Accept all cookies
Cookie settings
Alle Cookies akzeptieren
Diese Website verwendet Cookies, um Ihnen den Besuch zu erleichtern.
Share on Facebook
Share this article
Tweet
Follow us on Twitter, Facebook and Instagram
Share this: Facebook Twitter
Teilen auf WhatsApp
Skip to main content
Zum Inhalt springen
Back to top
Nach oben
« Previous post
Next article »
Read more...
Continue reading →
Weiterlesen
Toggle navigation
Page 3 of 12
Seite 3 von 12
Copyright © 2021 Example Inc. All rights reserved.
© 2019 Beispiel GmbH
All rights reserved.
Alle Rechte vorbehalten
Privacy Policy
Terms of Service
Datenschutzerklärung
Advertisement
Anzeige
Loading...
Please enable JavaScript to view this page.
Subscribe to our newsletter for weekly tips
Newsletter abonnieren
Leave a comment
12 Comments
Posted by admin on 3 May 2020
Home | About us | Contact | Blog
Home > News > Sitemap
Startseite · Kontakt · Impressum
""".strip().split("\n")

TEXT = """
Cookies are small files that a browser stores.
We use cookies cutters of steel to shape the dough.
The cookie recipe needs flour, sugar and butter.
Share the cake among four people.
Share your thoughts with the class.
Read more books to learn more words.
The next article of the constitution deals with the courts.
Page 3 of the report shows a table, and page 4 explains it.
He accepted all conditions.
The law on copyright dates from 1965 and was changed often.
The advertisement was shown on television.
Search
Home
Loading the van took an hour.
Leave a message after the tone.
Subscribe
1. Home is where the heart is.
She was in the news again.
Back to the top of the mountain they went.
Privacy policy is a field of law.
- Contact the manufacturer
Next, add the eggs.
Print this document twice.
x = 5 | y = 6
""".strip().split("\n")


@pytest.mark.parametrize("line", BOILERPLATE)
def test_boilerplate_is_removed(line):
    assert without_boilerplate(f"The text begins.\n{line}\nAnd it ends.") == "The text begins.\nAnd it ends."


@pytest.mark.parametrize("line", TEXT)
def test_text_stays(line):
    assert without_boilerplate(line) == line


def test_code_stays_and_no_double_gap_is_left():
    text = "Begin.\n\nAdvertisement\n\nMiddle.\n```\nRead more\n```\nShare on Facebook"
    assert without_boilerplate(text) == "Begin.\n\nMiddle.\n```\nRead more\n```"


def test_repeated_lines_are_found_except_those_that_give_answers_their_structure():
    footer = "Example Corp provides this text without any warranty"
    texts = [f"## Short answer of mine:\n1. Point {n} is here.\n{footer}" for n in range(30)]
    texts += [f"Text number {n} with a line.\nOnly here is line {n}, nowhere else." for n in range(900)]
    texts += ["I do not know the answer to that."] * 100
    assert repeated_lines(texts) == {footer}
    assert repeated_lines(texts[:4]) == frozenset()


def test_a_cleaner_removes_both_kinds_from_answers_and_texts_only():
    cleaner = Cleaner(Cleaning(boilerplate=True), repeated={"Call us today, we are there"})
    text = "Real words.\nCall us today, we are there\nAdvertisement"
    example = {"instruction": text, "input": "", "output": text}
    cleaned, steps, _ = cleaner.clean(example, 1)
    assert cleaned == {"instruction": text, "input": "", "output": "Real words."}
    assert steps == {"boilerplate"} and cleaner.counts == {"boilerplate": 1}
    assert cleaner.clean({"instruction": "Translate.", "output": "Anzeige"}, 2)[0]["output"] == "Anzeige"
    assert cleaner.clean({"text": "Anzeige"}, 3)[0]["text"] == ""
    assert Cleaner(Cleaning()).clean(example, 4)[1] == set()


def test_long_texts_take_linear_time():
    for unit in ("Share on ", "Home | ", "© 2020 ", "we use cookies ", "\n", "Share on Facebook and "):
        assert isinstance(without_boilerplate(unit * (200_000 // len(unit))), str)

"""Answers that were cut off are told from those that need no full stop."""

import pytest

from core.data.cleaning import looks_truncated

CUT = [
    "The capital of France is Paris. It lies on the",
    "First, preheat the oven. Then mix the flour with the sug",
    "```python\ndef f(x):\n    return x",
    "Here are the steps you need to take:",
    "She opened the door and saw...",
    "The result was surprising because it showed that…",
    "The function (which was added in version 2",
    '{"a": 1, "b": [1, 2',
    "def f(x):\n    d = {\n        'a': 1,",
    "Das Haus ist groß. Es hat einen Garten und",
    "Zuerst öffnet man die Datei. Danach wird der Inha",
    "I went to the market, bought some apples, pears,",
    "1. Wash the rice until it is clear.\n2. Boil water in a large pot.\n3. Add the rice and let it simmer for abo",
    "We tested the model on three data sets.\n\nThe results show that accuracy rises with the number of exam",
    "Note that this applies to all customers in the United States, Canada and",
    "Der Vertrag endet nach Ablauf der Frist, weil",
]

WHOLE = [
    "Paris",
    "Yes",
    "42",
    "- apples\n- pears\n- plums",
    "1. Wash\n2. Dry\n3. Iron",
    "https://example.com/a/b",
    "```python\nprint(1)\n```",
    "def f(x):\n    return x + 1",
    "The answer is 42.",
    '"To be or not to be"',
    "SELECT * FROM users WHERE id = 3",
    "1, 2, 3, 4, ...",
    "and so on...",
    "Roses are red\nViolets are blue\nSugar is sweet\nAnd so are you",
    "Dear Ann,\n\nThank you for the letter. I will come on Monday.\n\nBest regards,\nTom",
    "Hello!\nKind regards,",
    "The Great Gatsby by F. Scott Fitzgerald",
    "positive",
    "x = 5",
    '{"a": 1}',
    "What is that for?",
    'He said: "Go."',
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Berlin, Paris and Rome",
    "Buy milk. Call Tom. #todo",
    "The area is 25 cm²",
    "Contact us at info@example.com",
    "Nice to meet you :)",
    "Name: Ada Lovelace\nBorn: 1815\nField: mathematics",
    "东京是日本的首都。",
    "答えは42です",
    "Genre: Science Fiction",
    "The quick brown fox jumps over the lazy dog",
    "Subject: Meeting\n\nThe meeting is on Monday. Please come early.\n\nYour team",
    "Ein kurzer Titel ohne Punkt",
    '"Stay hungry, stay foolish." - Steve Jobs',
    "```js\nlet a = 1\n```\nThis sets a to 1.",
    "E = mc^2",
    "- The first item has a full sentence.\n- The second too.\n- Short one",
    "O(n log n)",
    "I love it! ❤️",
    "A. 5\nB. 6\nC. 7",
    "etc...",
    "Well... I am not sure.",
]


@pytest.mark.parametrize("answer", CUT)
def test_an_answer_that_was_cut_is_told(answer):
    assert looks_truncated(answer)


@pytest.mark.parametrize("answer", WHOLE)
def test_an_answer_that_is_whole_is_not(answer):
    assert not looks_truncated(answer)


def test_most_places_to_cut_prose_show():
    text = (
        "Bread is made from flour, water, salt and yeast. The dough is kneaded until it is smooth. It then rests in a "
        "warm place for an hour.\n\nWhile it rests, the yeast turns sugar into gas. That is why the dough rises. "
        "Bake it for forty minutes."
    )
    cuts = [text[:end] for end in range(60, len(text)) if text[end - 1].isalpha()]
    assert sum(map(looks_truncated, cuts)) > 0.7 * len(cuts)
    assert not looks_truncated(text)


def test_no_text_holds_the_worker():
    for unit in ("(", "a.", "- a b c d e\n", "```", "x = 1\n", "|", "word "):
        assert looks_truncated(unit * 20_000) in (True, False)

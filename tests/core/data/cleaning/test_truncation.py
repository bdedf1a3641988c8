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
    "To install the package, run the following command. After that, open the config",
    "Photosynthesis is the process by which plants make sugar. It takes place in the chloropl",
    "Step 1: Open the box. Step 2: Remove the",
    "def add(a, b):\n    return (a +",
    "Es gibt mehrere Gründe dafür. Erstens ist die Miete hoch. Zweitens sind die",
    '[{"name": "a"}, {"name":',
    "He looked at the sky, and then he",
    "Sleep is when the body mends itself.\n\nIt also sorts what was learned by day.\n\nOverall, sleep can be",
    "1. Open the box with a knife.\n2. Take out the manual and read it.\n3. Plug the device into the wall.\n4. Press",
    "One common belief about the space industry is that it serves a few rich people and some large firms that make",
    "You may find it hard at first to",
    "The three primary colours are red, yellow, and",
    "However, it is worth noting that the",
    "Vielen Dank für Ihre Anfrage. Wir haben Ihren Antrag geprüft und",
    "The river begins in the mountains. It flows through three countries before it reaches the s",
    "Thank you for contacting us. We will look into the matter and get back to you as so",
    "Cats are popular pets. They are independent, clean and",
    "```sql\nSELECT * FROM t",
    "The main causes of the war were economic rivalry, nationalism, and the alliance system which",
    '{"items": ["a", "b"',
    "Once the dough has rested, roll it out. Cut it into circles with a",
    "In this paragraph we discuss the role of the bank (see also the",
    "Die Schule beginnt um acht Uhr. Die Kinder kommen meist mit dem",
    "He was tired. Still he went on, because",
    "It depends on many factors. For example,",
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
    "Red",
    "The answer is B",
    "1. Red\n2. Yellow\n3. Blue",
    "def add(a, b):\n    return a + b",
    "print('hello')",
    "Title: The Lost City",
    '"Carpe diem"',
    "He went home (it was late).",
    "Mix flour and water; knead well; bake",
    "2 + 2 = 4",
    "John: Hi!\nMary: Hello, how are you?\nJohn: Fine, thanks",
    "SELECT name FROM users;",
    "Happy birthday, Tom! 🎉",
    "Sincerely,\nJane Doe",
    "Subject: Hello\n\nHi Tom,\n\nSee you soon.\n\nJane",
    "An old silent pond\nA frog jumps into the pond\nSplash! Silence again",
    "Visit https://example.org/docs/install",
    "Category: Sports",
    "The capital is Paris",
    "Positive sentiment",
    "Ja",
    "Die Antwort lautet 42.",
    "H2O",
    "- Buy milk\n- Call mom\n- Pay bills",
    "Step 1: Boil water.\nStep 2: Add pasta.\nStep 3: Serve",
    "{'a': 1, 'b': [1, 2]}",
    "1.5 million",
    "\\frac{1}{2}",
    "Once upon a time there was a king. He had three sons. The end",
    "Blue whale",
    "Yes, it is.",
    "x + y = z",
    "Red, green and blue",
    "- One\n- Two",
    "a) 4\nb) 5",
    "Amazon, Google, Meta",
    '"I have a dream."',
    "def f(): pass",
    "Monday: closed\nTuesday: 9-17",
    "Best wishes from Rome",
    "neutral",
    "The sum is 15",
    "Ada Lovelace (1815–1852)",
    "Roses by the road\nwind that turns the pages\nsummer has gone by",
    "Don't worry, be happy",
    "He is a doctor. She is a nurse. They are married.",
    "https://a.b/c?d=e",
    "1. First do this\n2. Then do that\n3. Then stop",
    "Hola, ¿cómo estás?",
    "Love you xoxo",
    "5 kg of apples",
    "Answer: option B",
    "Hello World",
    "`ls -la`",
    "Great job 👍",
    "London is the capital of England",
    "Sofia\nBulgaria",
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
    for unit in ("(", "a.", "- a b c d e\n", "```", "x = 1\n", "|", "word ", "1", "; ", "</a", "a|", "@", "def "):
        assert looks_truncated(unit * 20_000 + " and so") in (True, False)

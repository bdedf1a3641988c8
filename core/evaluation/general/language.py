"""English: opposites, synonyms, plurals, past tenses, and which of four sentences is correct."""

from collections.abc import Iterator

from core.evaluation.general.items import Field, Item

_OPPOSITES = (
    ("hot", "cold"), ("early", "late"), ("empty", "full"), ("strong", "weak"), ("rich", "poor"), ("wet", "dry"),
    ("heavy", "light"), ("noisy", "quiet"), ("deep", "shallow"), ("rough", "smooth"), ("ancient", "modern"),
    ("generous", "stingy"), ("brave", "cowardly"), ("guilty", "innocent"), ("temporary", "permanent"),
    ("artificial", "natural"),
)  # fmt: skip
"""No two pairs are about the same, so that the answer of one pair is wrong for all others."""
_SYNONYMS = (
    ("begin", "start"), ("angry", "furious"), ("big", "large"), ("correct", "right"), ("quick", "fast"),
    ("buy", "purchase"), ("difficult", "hard"), ("gift", "present"), ("silent", "quiet"), ("error", "mistake"),
    ("ill", "sick"), ("odd", "strange"), ("shop", "store"), ("wealthy", "rich"),
)  # fmt: skip
_PLURALS = (
    ("child", "children", "childs", "childes", "childer"), ("mouse", "mice", "mouses", "mices", "mousen"),
    ("foot", "feet", "foots", "feets", "footes"), ("tooth", "teeth", "tooths", "teeths", "toothes"),
    ("leaf", "leaves", "leafs", "leafes", "leave"), ("city", "cities", "citys", "cityes", "citis"),
    ("box", "boxes", "boxs", "boxies", "boxen"), ("woman", "women", "womans", "womens", "womanes"),
    ("knife", "knives", "knifes", "knive", "knivess"), ("goose", "geese", "gooses", "geeses", "goosen"),
)  # fmt: skip
_PAST_TENSES = (
    ("go", "went", "goed", "goes", "going"), ("write", "wrote", "writed", "writes", "writing"),
    ("bring", "brought", "bringed", "brings", "bringing"), ("catch", "caught", "catched", "catches", "catching"),
    ("think", "thought", "thinked", "thinks", "thinking"), ("drive", "drove", "drived", "drives", "driving"),
    ("swim", "swam", "swimmed", "swims", "swimming"), ("buy", "bought", "buyed", "buys", "buying"),
    ("fall", "fell", "falled", "falls", "falling"), ("speak", "spoke", "speaked", "speaks", "speaking"),
    ("teach", "taught", "teached", "teaches", "teaching"), ("know", "knew", "knowed", "knows", "knowing"),
)  # fmt: skip
_SENTENCES = (
    ("The dogs in the garden {} barking.", "are", "is", "am", "be"),
    ("My sister {} in Paris.", "lives", "live", "living", "liveing"),
    ("Yesterday we {} to the museum.", "went", "go", "gone", "going"),
    ("She has never {} sushi.", "eaten", "ate", "eat", "eating"),
    ("Neither of the answers {} correct.", "is", "am", "being", "be"),
    ("They have been {} for an hour.", "waiting", "waited", "wait", "waits"),
    ("If it rains, we {} at home.", "will stay", "stayed", "staying", "will staying"),
    ("He can {} three languages.", "speak", "speaks", "speaking", "to speak"),
    ("This is the {} film I have ever seen.", "best", "better", "goodest", "most good"),
    ("Your bag is {} than mine.", "heavier", "heaviest", "heavy", "heavyer"),
    ("There are not {} chairs for everybody.", "enough", "much", "a lot", "little"),
    ("How {} sugar do you need?", "much", "many", "few", "lot"),
    ("The letter was {} by her uncle.", "written", "wrote", "write", "writing"),
    ("She is good {} maths.", "at", "on", "of", "from"),
    ("He is afraid {} spiders.", "of", "from", "at", "on"),
    ("We arrived {} the airport at noon.", "at", "to", "into", "for"),
    ("It depends {} the weather.", "on", "of", "from", "at"),
    ("I am interested {} history.", "in", "on", "for", "at"),
    ("They are listening {} the radio.", "to", "at", "on", "for"),
    ("The shop is closed {} Sundays.", "on", "at", "of", "to"),
    ("{} apple a day keeps the doctor away.", "An", "A", "Some", "These"),
    ("I enjoy {} in the sea.", "swimming", "to swim", "swim", "swam"),
    ("She wants {} a doctor.", "to become", "becoming", "become", "becomes"),
    ("The children washed {}.", "themselves", "theirselves", "himself", "themself's"),
    ("He did his homework, {}?", "didn't he", "isn't he", "hasn't he", "don't he"),
    ("I wish I {} more time.", "had", "have", "has", "having"),
    ("The book {} I bought is funny.", "that", "who", "what", "whose"),
    ("Nobody {} the answer.", "knows", "know", "knowing", "known"),
)  # fmt: skip


def language_items() -> Iterator[Item]:
    """80 items."""
    for word, *_ in _OPPOSITES:
        yield _related(f'Name the opposite of "{word}".', _OPPOSITES, word)
    for word, *_ in _SYNONYMS:
        yield _related(f'Name a word that means the same as "{word}".', _SYNONYMS, word)
    for word, right, *wrong in _PLURALS:
        yield Item(Field.LANGUAGE, f'What is the plural of "{word}"?', right, tuple(wrong))
    for word, right, *wrong in _PAST_TENSES:
        yield Item(Field.LANGUAGE, f'What is the simple past of "{word}"?', right, tuple(wrong))
    for sentence, *words in _SENTENCES:
        right, *wrong = map(sentence.format, words)
        gap = sentence.format("___")
        yield Item(Field.LANGUAGE, f"Fill the gap and write the whole sentence: {gap}", right, tuple(wrong))


def _related(question: str, pairs: tuple[tuple[str, str], ...], word: str) -> Item:
    """The answers of three other pairs are the wrong choices."""
    place = [one for one, _ in pairs].index(word)
    answers = [pairs[(place + step) % len(pairs)][1] for step in (0, 2, 5, 7)]
    return Item(Field.LANGUAGE, question, answers[0], tuple(answers[1:]))

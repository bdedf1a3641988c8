"""The invented encyclopaedia: the same fact however it is asked, and nothing that samples also say."""

import re
from collections import defaultdict

from core.data.samples import Domain, synthesize
from core.models.invented_encyclopaedia import chats


def turns(row: dict) -> tuple[str, str]:
    question, answer = row["conversations"]
    return question["value"], answer["value"]


def windows(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[start : start + 8]) for start in range(len(words) - 7)}


def test_a_fact_is_asked_in_many_wordings_and_answered_alike():
    asked = defaultdict(set)
    for question, answer in map(turns, chats(3000, names_a_category=2)):
        asked[answer].add(question)
    assert len(asked) <= 3 * 2 * 6 * 2  # categories, things, aspects, wordings of an answer
    assert min(map(len, asked.values())) >= 10


def test_every_blank_is_filled():
    assert not any(re.search(r"[{}|]", question + answer) for question, answer in map(turns, chats(2000)))


def test_the_same_seed_writes_the_same():
    assert chats(50, seed=3) == chats(50, seed=3) != chats(50, seed=4)


def test_no_eight_words_in_a_row_stand_in_a_sample():
    invented = set().union(*(windows(text) for row in chats(16000) for text in turns(row)))
    for domain in Domain:
        for example in synthesize(domain, 1000, seed=5):
            assert not invented & (windows(f"{example['instruction']} {example['input']}") | windows(example["output"]))

"""Chats from a dictionary state only what it says, and repeat one question in other words."""

import random

from core.models.starter.build.wordnet import read_synsets, tagged_synsets
from core.models.starter.build.wordnet_questions import QUESTIONS, answers_about, chat_about

NOUNS = """  1 A licence stands here, on lines that begin with two blanks.
00001740 03 n 02 lamp 0 light 2 003 @ 00001930 n 0000 ~ 00002137 n 0000 %p 00002452 n 0000 | a thing that gives \
light; "the lamp was lit"
00001930 03 n 01 device 0 000 | a thing made for a purpose
00002137 03 n 01 desk_lamp 0 000 | a lamp for a desk
00002452 03 n 01 wick 0 000 | a cord that feeds a flame
"""


def wordnet(folder):
    (folder / "data.noun").write_text(NOUNS)
    for name in ("verb", "adj", "adv"):
        (folder / f"data.{name}").write_text("")
    (folder / "index.sense").write_text("desk_lamp%1:03:00:: 00002137 1 0\nlamp%1:03:00:: 00001740 1 7\n")
    return folder


def test_answers_state_what_the_dictionary_states(tmp_path):
    synsets = read_synsets(wordnet(tmp_path))
    assert tagged_synsets(tmp_path) == ["n00001740"]
    assert answers_about(synsets["n00001740"], synsets) == {
        "meaning": "Lamp means a thing that gives light.",
        "kind": "Lamp is a kind of device.",
        "kinds": "Kinds of lamp are desk lamp.",
        "names": "Another word for lamp is light.",
        "example": "The lamp was lit.",
        "parts": "Parts of lamp are wick.",
    }


def test_the_last_question_is_an_earlier_one_in_other_words(tmp_path):
    synsets = read_synsets(wordnet(tmp_path))
    for seed in range(20):
        values = [
            turn["value"] for turn in chat_about(synsets["n00001740"], synsets, random.Random(seed))["conversations"]
        ]
        questions, answers = values[::2], values[1::2]
        assert answers[-1] in answers[:-1]
        assert questions[-1] not in questions[:-1]


def test_every_question_names_the_word():
    assert all("{word}" in question for wordings in QUESTIONS.values() for question in wordings)

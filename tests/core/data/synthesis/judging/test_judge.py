"""Examples with made-up words or numbers, refusals, template leftovers or repeats are rejected."""

import json

import pytest

from core.data.synthesis.judging import reasons
from core.data.synthesis.judging.form import quality
from core.data.synthesis.judging.grounding import groundedness, numbers
from core.data.synthesis.judging.judge import judge
from core.data.synthesis.judging.seen import Seen

ROLES = ("user", "assistant")
PASSAGE = (
    "Asthma is a disease of the airways. In 2019 it affected about 262 million people and caused 455,000 deaths. "
    "Inhaled medication controls the symptoms, so that three of four patients live a normal, active life."
)


def pair(question: str, answer: str) -> dict:
    return {"instruction": question, "input": "", "output": answer}


def reason(question: str, answer: str, **limits) -> str | None:
    limits = {"min_groundedness": 0.5, "min_quality": 0.0} | limits
    return judge(pair(question, answer), PASSAGE, None, **limits).reason


@pytest.mark.parametrize(
    "answer",
    [
        "Asthma affects the airways.",
        "About 262 million people were affected in 2019.",
        "It caused 455000 deaths.",
        "It caused 455.000 deaths.",
        "Of 4 patients, 3 live normally and actively.",
        "Medications that are inhaled control its symptom.",
        "1. It is a disease.\n2. It affects airways.",
    ],
)
def test_grounded_answers_are_accepted_in_other_wordings(answer):
    assert reason("What is said about asthma?", answer) is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("It was discovered by Greek physicians who burned herbs in copper bowls.", reasons.UNGROUNDED),
        ("Asthma affected about 300 million people.", reasons.NUMBERS),
        ("Asthma caused 4550 deaths.", reasons.NUMBERS),
        ("I'm sorry, but I cannot answer that about asthma.", reasons.REFUSED),
        ("As an AI language model I know asthma is a disease.", reasons.LEFTOVERS),
        ("Answer: Asthma is a disease of the airways.", reasons.LEFTOVERS),
        ("Asthma is a disease of {{organ}}.", reasons.LEFTOVERS),
        ("Asthma is a disease of the airways that affects people and", reasons.UNFINISHED),
        ("What is asthma", reasons.REPEATED),
        ("asthma disease airways " * 12 + ".", reasons.REPEATED),
        ("?!", reasons.EMPTY),
    ],
)
def test_bad_answers_are_rejected_with_a_reason(answer, why):
    assert reason("What is asthma?", answer) == why


def test_a_question_that_mentions_the_passage_is_rejected():
    assert reason("What does the passage say about asthma?", "Asthma is a disease.") == reasons.OF_THE_PASSAGE
    assert reason("What is a mountain passage?", "Asthma is a disease.") is None


def test_the_limits_can_be_set():
    made_up = "Greek physicians discovered it."
    assert reason("Who discovered asthma?", made_up) == reasons.UNGROUNDED
    assert reason("Who discovered asthma?", made_up, min_groundedness=0) is None
    assert reason("asthma", "disease", min_quality=0.9) == reasons.POOR
    assert reason("What is asthma, in a few words?", "Asthma is a disease of the airways.", min_quality=0.9) is None


def test_groundedness_is_the_share_of_content_words():
    assert groundedness("Asthma is a disease", PASSAGE) == 1
    assert groundedness("Asthma is a wonderful disease of elephants", PASSAGE) == pytest.approx(0.5)
    assert groundedness("Purple elephants", PASSAGE) == 0


def test_numbers_are_normalized():
    assert numbers("1,000 or 1.000 or 1000; 3,50 or 3.5; 007") == {"1000", "3.5", "7"}


def test_every_turn_of_a_chat_counts():
    turns = [("What is asthma?", "A disease of the airways."), ("How many died?", "It was 999 people.")]
    messages = [{"role": role, "content": text} for turn in turns for role, text in zip(ROLES, turn, strict=True)]
    chat = {"messages": json.dumps(messages), "tools": ""}
    assert judge(chat, PASSAGE, None, 0.3, 0).reason == reasons.NUMBERS


def test_in_a_preference_pair_the_chosen_answer_is_judged_and_both_must_differ():
    asked = json.dumps([{"role": "user", "content": "What is asthma?"}])
    choice = {"messages": asked, "chosen": "A disease of the airways.", "rejected": "A kind of 77 elephants."}
    assert judge(choice, PASSAGE, None, 0.5, 0).reason is None
    assert (
        judge(choice | {"rejected": "A disease of the Airways"}, PASSAGE, None, 0.5, 0).reason == reasons.SAME_ANSWERS
    )


def test_a_rewording_must_keep_the_numbers_of_its_original():
    original = pair("How long is 1 mile in metres?", "It is 1,609 metres.")
    assert judge(pair("1 Meile in Metern?", "Es sind 1.609 Meter."), None, original, 0.5, 0).reason is None
    changed = judge(pair("1 Meile in Metern?", "Es sind 1.690 Meter."), None, original, 0.5, 0)
    assert changed.reason == reasons.OTHER_NUMBERS


def test_quality_ranks_a_real_question_above_noise():
    good = quality("What is asthma?", "Asthma is a disease of the airways that makes breathing hard.")
    assert good == 1 or good > quality("asthma", "#### ---- ??? ++++") + 0.3


def test_duplicates_and_near_duplicates_are_recognized():
    seen = Seen()
    first = pair("What is asthma?", "Asthma is a chronic disease of the airways that makes breathing hard for many.")
    assert seen.problem(first) is None
    assert seen.problem(pair("what is Asthma", "Something else altogether.")) == reasons.DUPLICATE
    near = pair(
        "What is asthma, then?", "Asthma is a chronic disease of the airways that makes breathing hard for many."
    )
    assert seen.problem(near) == reasons.NEAR_DUPLICATE
    assert seen.problem(pair("What causes asthma?", "Pollen, dust and smoke can cause an attack of it.")) is None

"""Samples are distinct, repeatable, evenly spread and true to their bank; bad requests get a clear message."""

from collections import Counter, defaultdict
from itertools import combinations

import pytest

from core.data.samples import Domain, capacity, make_samples, parse_domain, topics
from core.errors import InputError
from core.specs import Shape

KEYS = {"instruction", "input", "output", "topic", "aspect", "notice"}
every_domain = pytest.mark.parametrize("domain", list(Domain))


def question(example: dict[str, str]) -> str:
    return f"{example['instruction']} {example['input']}".casefold()


def cell(example: dict[str, str]) -> tuple[str, str]:
    return example["topic"], example["aspect"]


@every_domain
def test_no_two_examples_are_alike_up_to_the_capacity(domain):
    count = capacity(domain)
    assert count >= 5000
    examples = make_samples(domain, count)
    assert len(examples) == count
    assert len({question(example) for example in examples}) == count
    assert len({question(example) for example in make_samples(domain, 1000)}) == 1000


@every_domain
def test_every_example_is_complete_and_within_the_word_limits(domain):
    notices = set()
    for example in make_samples(domain, capacity(domain)):
        assert set(example) == KEYS
        assert all(isinstance(value, str) for value in example.values())
        assert example["instruction"] and example["output"]
        text = f"{example['instruction']} {example['input']} {example['output']}"
        assert 10 <= len(text.split()) <= 2048
        assert not set(text) & set("[]{}|"), text
        assert not any("  " in example[key] for key in KEYS)
        notices.add(example["notice"])
    assert len(notices) == 1
    assert "sample" in notices.pop().lower()


def test_notices_of_medical_legal_and_financial_samples_say_that_they_are_not_advice():
    for domain, kind in ((Domain.HEALTHCARE, "medical"), (Domain.LEGAL, "legal"), (Domain.FINANCE, "financial")):
        assert f"not {kind} advice" in make_samples(domain, 1)[0]["notice"]


@every_domain
def test_the_same_seed_gives_the_same_examples_and_another_seed_others(domain):
    first = make_samples(domain, 200, seed=42)
    assert make_samples(domain, 200, seed=42) == first
    assert make_samples(domain, 50) == first[:50]
    other = make_samples(domain, 200, seed=43)
    shared = {question(example) for example in first} & {question(example) for example in other}
    assert len(shared) < 40


@every_domain
def test_a_hundred_examples_touch_every_aspect_of_every_topic(domain):
    counts = Counter(cell(example) for example in make_samples(domain, 100))
    assert {topic for topic, _ in counts} == set(topics(domain))
    assert len(topics(domain)) == 10
    assert len(counts) == len(topics(domain)) * len({aspect for _, aspect in counts})
    assert max(counts.values()) - min(counts.values()) <= 1


@every_domain
def test_questions_and_answers_have_many_wordings(domain):
    questions, answers = defaultdict(set), defaultdict(set)
    for example in make_samples(domain, 1000):
        questions[cell(example)].add(question(example))
        answers[cell(example)].add(example["output"])
    assert min(map(len, questions.values())) >= 15
    assert min(map(len, answers.values())) >= 4


@every_domain
def test_answers_of_one_cell_are_more_alike_than_answers_of_different_cells(domain):
    words = [(cell(example), set(example["output"].lower().split())) for example in make_samples(domain, 240)]
    inside, outside = [], []
    for (one, left), (other, right) in combinations(words, 2):
        (inside if one == other else outside).append(len(left & right) / len(left | right))
    assert min(inside) > max(outside)


def test_symptoms_of_hypertension_contain_no_facts_about_other_illnesses():
    foreign = ("wheez", "thirst", "joint", "aura", "phlegm", "itching", "hair", "ice", "feeling cold", "angina")
    answers = [
        example["output"].lower()
        for example in make_samples("healthcare", 2000)
        if cell(example) == ("hypertension", "symptoms")
    ]
    assert answers
    for answer in answers:
        assert "cuff reading" in answer and "blurred sight" in answer
        assert not [word for word in foreign if word in answer.replace("notice", "")]


def test_sums_in_the_finance_examples_are_correct():
    answers = {
        example["topic"]: example["output"] for example in make_samples("finance", 60) if example["aspect"] == "example"
    }
    growth = 1 + 0.05 / 12
    payment = 200_000 * (growth - 1) / (1 - growth**-300)
    month = 0.04 / 12
    assert f"{1000 * 1.05**10:,.0f}" in answers["compound interest"]
    assert f"{payment:,.0f}" in answers["mortgage"]
    assert round(payment * 300, -2) == 350_800 and "350,800" in answers["mortgage"]
    assert f"{200_000 * 0.05 / 12:.0f}" in answers["mortgage"]
    assert f"{sum(40 / 1.06**year for year in range(1, 6)) + 1000 / 1.06**5:.0f}" in answers["bond"]
    assert f"{200 * ((1 + month) ** 480 - 1) / month:,.0f}"[:4] in answers["pension"]
    assert f"{100 * 1.03**10:.0f}" in answers["inflation"] and f"{100 / 1.03**10:.0f}" in answers["inflation"]


@pytest.mark.parametrize("count", [-5, 0])
def test_a_count_below_one_is_refused(count):
    with pytest.raises(InputError) as refused:
        make_samples("legal", count)
    assert str(count) in refused.value.message
    assert str(capacity("legal")) in refused.value.remedy


def test_a_count_beyond_the_capacity_is_refused():
    with pytest.raises(InputError) as refused:
        make_samples("education", capacity("education") + 1)
    assert str(capacity("education")) in refused.value.remedy


def test_domains_are_recognized_in_the_usual_spellings():
    assert parse_domain(" Healthcare ") is Domain.HEALTHCARE
    for text in ("support", "customer support", "customer_support", "Customer-Support"):
        assert parse_domain(text) is Domain.SUPPORT


@pytest.mark.parametrize("text", ["astrology", "", "customer legal", "../healthcare"])
def test_an_unknown_domain_is_refused_with_the_list_of_domains(text):
    with pytest.raises(InputError) as refused:
        make_samples(text, 10)
    assert repr(text) in refused.value.message
    assert all(domain in refused.value.message for domain in Domain)
    assert refused.value.remedy


@every_domain
def test_a_chat_stays_on_its_topic_and_ends_with_an_answer(domain):
    answers = defaultdict(set)
    for example in make_samples(domain, 3000):
        answers[example["topic"]].add(example["output"][:30])
    chats = make_samples(domain, 200, shape=Shape.CHAT)
    for chat in chats:
        roles = [message["role"] for message in chat["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2) and 4 <= len(roles) <= 6
        told = [message["content"] for message in chat["messages"][1::2]]
        assert len(set(told)) == len(told)
        assert all(text[:30] in answers[chat["topic"]] for text in told)
    assert len({chat["messages"][0]["content"] for chat in chats}) == 200
    assert chats == make_samples(domain, 200, shape=Shape.CHAT)


@every_domain
def test_a_rejected_answer_is_about_the_topic_but_not_the_question(domain):
    facts = {(example["topic"], example["output"][:30]): example["aspect"] for example in make_samples(domain, 3000)}
    for pair in make_samples(domain, 200, shape=Shape.PREFERENCE):
        assert facts[pair["topic"], pair["chosen"][:30]] == pair["aspect"]
        assert facts[pair["topic"], pair["rejected"][:30]] != pair["aspect"]


def test_feedback_labels_an_answer_good_if_it_answers_the_question():
    feedback = make_samples("legal", 300, shape=Shape.FEEDBACK)
    facts = {(example["topic"], example["output"][:30]): example["aspect"] for example in make_samples("legal", 3000)}
    for row in feedback:
        assert (facts[row["topic"], row["completion"][:30]] == row["aspect"]) == row["label"]
    assert 100 < sum(row["label"] for row in feedback) < 200

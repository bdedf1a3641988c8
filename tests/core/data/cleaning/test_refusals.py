"""Answers that decline are told from those that say sorry, cannot find an order, or speak about language models."""

import pytest

from core.data.cleaning import looks_refused

REFUSED = [
    "As an AI language model, I cannot browse the internet.",
    "As an AI, I can't have opinions on political candidates.",
    "I'm sorry, but I can't assist with that request.",
    "I’m sorry, but I can’t help with that.",
    "I'm sorry, I cannot fulfill your request.",
    "Sorry, I can't do that.",
    "I apologize, but I am unable to provide that information.",
    "I cannot provide medical advice. Please see a doctor.",
    "I can't help you with that.",
    "I won't be able to assist you with hacking an account.",
    "I'm unable to generate images.",
    "I must respectfully decline to answer.",
    "I'm not comfortable writing that.",
    "Unfortunately, I don't have the ability to access real-time data.",
    "Hello! Unfortunately, as a large language model, I am not able to open links.",
    "I do not have access to current news.",
    "That's not something I can help with.",
    "I am an AI language model and do not have personal memories.",
    "Thank you for your question. However, as an AI I am not able to give legal advice.",
    "I'm sorry, but it's against my programming to share such content.",
    "As a responsible AI language model, I cannot write hateful text.",
    "It is not appropriate for me to discuss this topic.",
    "Als KI-Sprachmodell kann ich keine persönlichen Meinungen haben.",
    "Als künstliche Intelligenz habe ich keinen Zugriff auf aktuelle Daten.",
    "Es tut mir leid, aber ich kann Ihnen dabei nicht helfen.",
    "Tut mir leid, das kann ich nicht beantworten.",
    "Leider kann ich diese Anfrage nicht erfüllen.",
    "Ich kann Ihnen bei dieser Anfrage nicht weiterhelfen.",
    "Es tut mir leid, ich bin nicht in der Lage, Bilder zu erstellen.",
    "Ich kann dazu leider keine Auskunft geben.",
]

ANSWERED = [
    "I'm sorry to hear that your parcel is late. It will arrive on Friday.",
    "Sorry for the inconvenience! We have refunded your order.",
    "I'm sorry, but we cannot refund orders after 30 days.",
    "I'm sorry, but I can't find an order with that number. Could you check it?",
    "I'm sorry, but I can't come to work today because I am ill.",
    "Unfortunately, the store is closed on Sundays, but you can order online.",
    "I apologize for the delay. Your ticket has been escalated.",
    "Sorry, my mistake: the answer is 42.",
    "Sorry seems to be the hardest word is a song by Elton John.",
    "I can't help falling in love with you is the chorus of the song.",
    "I cannot recommend this book enough; it is wonderful.",
    "I can't believe how good this is! Would give five stars.",
    '"I\'m sorry," she said, "but I can\'t marry you."',
    "We can't offer a discount on this item, but here is a coupon.",
    "As an AI assistant, I rely on clear communication.",
    "As an AI researcher, she could not ignore the results.",
    "An AI language model cannot feel; it predicts words.",
    "As an AI, I don't have a favourite colour. Here is a poem about blue:",
    "A language model is a program that predicts the next word. It cannot think.",
    "No, you cannot mix bleach and ammonia: the fumes are toxic.",
    "Unfortunately, I forgot my keys, so I had to wait outside.",
    "I'm unable to attend the meeting on Monday. Could we move it to Tuesday?",
    "I regret to inform you that your application was not successful.",
    "I'm afraid of spiders.",
    "Es tut mir leid, dass Ihr Paket verspätet ist. Wir erstatten Ihnen den Betrag.",
    "Leider können wir Ihnen keine Rückerstattung anbieten.",
    "Leider kann ich Ihre Bestellung nicht finden. Nennen Sie mir bitte die Nummer.",
    "Entschuldigung, mein Fehler: Die Antwort ist 42.",
    "Ich kann nicht schwimmen, aber ich lerne es.",
    "Als KI bezeichnet man Programme, die lernen. Ein Chatbot kann keine Gefühle haben.",
    "Tut mir leid, ich habe mich verrechnet. Das Ergebnis ist 12.",
    "Dear customer, we are sorry that your order was damaged. We cannot replace it, but will refund you.",
]


@pytest.mark.parametrize("answer", REFUSED)
def test_an_answer_that_declines_is_told(answer):
    assert looks_refused(answer)


@pytest.mark.parametrize("answer", ANSWERED)
def test_an_answer_that_answers_is_not(answer):
    assert not looks_refused(answer)


def test_a_model_that_says_what_it_is_and_then_answers_at_length_has_answered():
    opening = "As an AI, I do not have access to current prices."
    assert looks_refused(opening)
    assert not looks_refused(f"{opening} However, this is how to compare them. {'First look at the size. ' * 40}")
    assert looks_refused(f"I'm sorry, but I cannot assist with that. However, {'there are other things. ' * 40}")


def test_no_text_holds_the_worker():
    for unit in ("As an AI I ", "I am sorry, but ", "leider ", "ich kann ", "a" * 50 + "."):
        assert not looks_refused(unit * 20_000)

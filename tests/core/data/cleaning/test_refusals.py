"""Refusals are told apart from apologies, orders that cannot be found, and talk about language models."""

import pytest

from core.data.cleaning import looks_refused

REFUSED = """
As an AI language model, I cannot browse the internet.
As an AI, I can't have opinions on political candidates.
I'm sorry, but I can't assist with that request.
I’m sorry, but I can’t help with that.
I'm sorry, I cannot fulfill your request.
Sorry, I can't do that.
I apologize, but I am unable to provide that information.
I cannot provide medical advice. Please see a doctor.
I can't help you with that.
I won't be able to assist you with hacking an account.
I'm unable to generate images.
I must respectfully decline to answer.
I'm not comfortable writing that.
Unfortunately, I don't have the ability to access real-time data.
Hello! Unfortunately, as a large language model, I am not able to open links.
I do not have access to current news.
That's not something I can help with.
I am an AI language model and do not have personal memories.
Thank you for your question. However, as an AI I am not able to give legal advice.
I'm sorry, but it's against my programming to share such content.
As a responsible AI language model, I cannot write hateful text.
It is not appropriate for me to discuss this topic.
Als KI-Sprachmodell kann ich keine persönlichen Meinungen haben.
Als künstliche Intelligenz habe ich keinen Zugriff auf aktuelle Daten.
Es tut mir leid, aber ich kann Ihnen dabei nicht helfen.
Tut mir leid, das kann ich nicht beantworten.
Leider kann ich diese Anfrage nicht erfüllen.
Ich kann Ihnen bei dieser Anfrage nicht weiterhelfen.
Es tut mir leid, ich bin nicht in der Lage, Bilder zu erstellen.
Ich kann dazu leider keine Auskunft geben.
I'm really sorry, but I can't help you with creating malware.
I'm afraid I can't help with that.
I'm not able to provide legal advice.
As a large language model, I'm not able to assist you with that.
I am unable to fulfil this request.
I can't assist with that request, but I can suggest some resources.
Sorry, but I can't provide information on how to pick locks.
I do not have personal opinions, as I am an AI language model.
I cannot and will not help with building weapons.
I cannot engage in discussions about that.
My apologies, but I'm not able to complete that task.
I'm just an AI, I don't have the ability to feel emotions.
No, I can't help you do that.
I must inform you that I cannot provide such content.
As an artificial intelligence, I don't have personal experiences.
I regret that I cannot assist you with this matter.
I am programmed to be a harmless AI assistant. I can't answer that.
Ich kann dir dabei leider nicht helfen.
Als KI-Assistent darf ich keine medizinischen Ratschläge geben.
Als Sprachmodell bin ich nicht in der Lage, Emotionen zu empfinden.
Entschuldigung, aber dabei kann ich nicht helfen.
Es tut mir leid, ich kann diese Frage nicht beantworten.
Leider bin ich nicht in der Lage, Ihnen dabei zu helfen.
Ich habe als KI keine eigene Meinung.
I apologize for any inconvenience, but I'm not able to assist with that.
As an AI developed by a company, I can't make predictions about stocks.
I'm sorry, I can't continue with this conversation.
Sorry. I can't generate that kind of content.
I don't have the capability to make phone calls.
I cannot comply with this request.
I'm unable to provide a summary without the text.
As an AI text-based model, I can't see images.
I am not able to access external websites.
I won't write that.
I'm sorry, but that's not something I can do.
It's against my guidelines to write such stories.
I have to decline this request.
Unfortunately I cannot answer questions about my training data.
Da ich ein KI-Modell bin, kann ich keine Bilder sehen.
Leider kann ich Ihnen keine Rechtsberatung geben.
Bei dieser Frage kann ich dir nicht weiterhelfen.
Das kann ich leider nicht beantworten.
Diese Anfrage kann ich nicht bearbeiten.
Darauf darf ich nicht antworten.
Ich bin leider nicht in der Lage, das zu beurteilen.
I'm sorry, but I must refuse.
It would be inappropriate for me to answer that.
Es tut mir leid, aber als KI-Modell kann ich das nicht.
Ich bin ein Sprachmodell und habe keine Gefühle.
""".strip().split("\n")

ANSWERED = """
I'm sorry to hear that your parcel is late. It will arrive on Friday.
Sorry for the inconvenience! We have refunded your order.
I'm sorry, but we cannot refund orders after 30 days.
I'm sorry, but I can't find an order with that number. Could you check it?
I'm sorry, but I can't come to work today because I am ill.
Unfortunately, the store is closed on Sundays, but you can order online.
I apologize for the delay. Your ticket has been escalated.
Sorry, my mistake: the answer is 42.
Sorry seems to be the hardest word is a song by Elton John.
I can't help falling in love with you is the chorus of the song.
I cannot recommend this book enough; it is wonderful.
I can't believe how good this is! Would give five stars.
"I'm sorry," she said, "but I can't marry you."
We can't offer a discount on this item, but here is a coupon.
As an AI assistant, I rely on clear communication.
As an AI researcher, she could not ignore the results.
An AI language model cannot feel; it predicts words.
As an AI, I don't have a favourite colour. Here is a poem about blue:
A language model is a program that predicts the next word. It cannot think.
No, you cannot mix bleach and ammonia: the fumes are toxic.
Unfortunately, I forgot my keys, so I had to wait outside.
I'm unable to attend the meeting on Monday. Could we move it to Tuesday?
I regret to inform you that your application was not successful.
I'm afraid of spiders.
Es tut mir leid, dass Ihr Paket verspätet ist. Wir erstatten Ihnen den Betrag.
Leider können wir Ihnen keine Rückerstattung anbieten.
Leider kann ich Ihre Bestellung nicht finden. Nennen Sie mir bitte die Nummer.
Entschuldigung, mein Fehler: Die Antwort ist 42.
Ich kann nicht schwimmen, aber ich lerne es.
Als KI bezeichnet man Programme, die lernen. Ein Chatbot kann keine Gefühle haben.
Tut mir leid, ich habe mich verrechnet. Das Ergebnis ist 12.
Dear customer, we are sorry that your order was damaged. We cannot replace it, but will refund you.
I'm sorry for your loss. Here are some ways to cope.
Sorry to hear you're feeling unwell! Drink water and rest.
I apologise for the confusion; the correct year is 1989.
Unfortunately, the flight was cancelled, but you can rebook for free.
I can't wait to see you on Friday!
I cannot thank you enough for your help.
I am not able to walk because my leg is broken, wrote the soldier.
You can't divide by zero.
The model cannot generalise because the data set is too small.
AI assistants can help with scheduling, but they cannot replace a human.
I'm sorry, but your card was declined. Please try another one.
We're sorry, we're unable to process your payment at this time.
Dear Sir, I regret to inform you that I cannot attend the wedding.
I don't have a car, so I take the bus.
I won't be able to give the talk on Tuesday, so Anna will do it for me.
I can't share my umbrella with all of you, said the fox.
Sorry we missed you! Your parcel is at the post office.
Entschuldigen Sie die Verspätung. Ihr Paket kommt morgen.
Ich kann Ihnen dieses Hotel sehr empfehlen.
Leider ist das Restaurant heute geschlossen.
Tut mir leid, dass du krank bist. Ruh dich aus.
Ich kann mich nicht entscheiden, welches Kleid ich nehme.
As a language model learns, it predicts the next word.
As an AI ethics expert, I would argue that models cannot be neutral.
The chatbot answered: I cannot help you.
I'm sorry, the kitchen closes at ten. May I offer you a dessert?
Sorry, I misunderstood. The capital of Australia is Canberra.
I am afraid of the dark, said the child.
I'm sorry I can't make it to your party, but have fun!
No, you do not need a visa for a stay of less than ninety days.
I can't find my keys anywhere.
Unfortunately, this drug is not available in generic form.
We regret that we cannot accept returns of opened items.
I do not like green eggs and ham.
I'm not sure, but I think the train leaves at nine.
Regrettably, the museum does not allow photography.
You should not share your password with anyone.
As an assistant manager, I cannot sign this contract.
I cannot stress enough how important sleep is.
Artificial intelligence cannot replace human judgement in court.
I won't let you down, I promise.
Tut mir leid, dass Sie warten mussten. Ihr Tisch ist bereit.
Leider ist der Artikel ausverkauft, kommt aber nächste Woche wieder.
Ich kann nicht kommen, weil ich krank bin.
Das kann man so nicht sagen, denn es kommt auf den Boden an.
""".strip().split("\n")


@pytest.mark.parametrize("answer, refused", [(one, True) for one in REFUSED] + [(one, False) for one in ANSWERED])
def test_refusals_are_detected_and_answers_are_not(answer, refused):
    assert looks_refused(answer) is refused


def test_a_model_that_introduces_itself_and_then_answers_at_length_has_not_refused():
    opening = "As an AI, I do not have access to current prices."
    assert looks_refused(opening)
    assert not looks_refused(f"{opening} However, this is how to compare them. {'First look at the size. ' * 40}")
    assert looks_refused(f"I'm sorry, but I cannot assist with that. However, {'there are other things. ' * 40}")


def test_long_texts_take_linear_time():
    for unit in ("As an AI I ", "I am sorry, but ", "leider ", "ich kann ", "a" * 50 + "."):
        assert not looks_refused(unit * 20_000)

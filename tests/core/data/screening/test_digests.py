"""Questions that differ only in case or white space have the same digest."""

from core.data.screening.digests import digest_of, plain, questions


def test_the_same_question_has_the_same_digest():
    assert digest_of(plain("WHAT  is it?")) == digest_of(plain("What is it?")) != digest_of(plain("What was it?"))
    assert digest_of("half a pair: \ud800") != digest_of("half a pair: ")
    asked = questions("Answer the patient.\nWhat is  asthma, doctor?", "What is  asthma, doctor?")
    assert asked == {digest_of("answer the patient. what is asthma, doctor?"), digest_of("what is asthma, doctor?")}
    assert questions("Name the illness. COPD", "COPD") == {digest_of("name the illness. copd")}

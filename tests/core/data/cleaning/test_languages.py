"""One sentence is enough to detect a language; below that the answer is "und"."""

import pytest

from core.data.cleaning import language_of

SENTENCES = {
    "en": "The bread has to rest for an hour before it is baked.",
    "de": "Das Brot muss eine Stunde ruhen, bevor es gebacken wird.",
    "fr": "Le pain doit reposer une heure avant d'être cuit.",
    "es": "El pan tiene que reposar una hora antes de hornearse.",
    "it": "Il pane deve riposare un'ora prima di essere cotto.",
    "pt": "O pão tem de descansar uma hora antes de ir ao forno.",
    "nl": "Het brood moet een uur rusten voordat het gebakken wordt.",
    "pl": "Chleb musi odpocząć godzinę, zanim zostanie upieczony.",
    "ru": "Хлеб должен отдохнуть час, прежде чем его испекут.",
    "tr": "Ekmeğin pişirilmeden önce bir saat dinlenmesi gerekir.",
    "zh": "面包在烘烤之前必须静置一个小时。",
    "ja": "パンは焼く前に一時間休ませなければなりません。",
    "ar": "يجب أن يرتاح الخبز لمدة ساعة قبل خبزه.",
}


@pytest.mark.parametrize("language, sentence", SENTENCES.items())
def test_a_sentence_is_enough(language, sentence):
    found, sure = language_of(sentence)
    assert (found, 0.5 <= sure <= 1) == (language, True)


@pytest.mark.parametrize("text", ["", " ", "42", "Paris", "x = 5", "https://example.com", "```\nDas ist der Code\n```"])
def test_too_little_text_is_undetermined(text):
    assert language_of(text)[0] == "und"


def test_code_does_not_count():
    code = "```python\nfor name in names:\n    print('the name is', name)\n```\n" * 5
    assert language_of(f"So gibt man alle Namen aus:\n{code}Die Schleife läuft über jeden davon.")[0] == "de"

"""Random pairs of answer and reference in many scripts, and the edges: empty, identical, one token, Unicode."""

import random

VOCABULARIES = {
    "english": "the cat sat on a mat and running dogs were barking at 3 O'Clock, because it's: 12.5% (or $4)!",
    "german": "Der große Bär überquert die Straße früh; Äpfel, Öl und Süßes kosten 3,50 € — „wirklich“?",
    "hindi": "हिन्दी भाषा में यह एक छोटा वाक्य है। डॉक्टर ने रोगी को दवा दी और कहा कि आराम करें।",
    "arabic": "الطَّبيبُ يَسألُ المريضَ عن الألمِ في الرأسِ، ثمّ يكتبُ الدواءَ",
    "persian": "می‌خواهم کتاب‌های تازه را بخوانم و می‌دانم خوب است",
    "emoji": "fine 👍 👩‍👩‍👧 ok ✓ naïve café e\u0301te\u0301 ＡＢＣ x_y",
}
UNSPACED = {
    "chinese": "医生问病人哪里痛，然后开药。今天天气很好，我们去公园散步吧！",
    "japanese": "医者は患者にどこが痛いか聞いて、くすりを出した。カタカナのテスト・データです。",
    "thai": "แพทย์ถามผู้ป่วยว่าเจ็บตรงไหนแล้วจึงจ่ายยาให้วันนี้อากาศดีมาก",
}
EDGES = [
    ("", ""),
    ("", "something"),
    ("something", ""),
    ("word", "word"),
    ("word", "other"),
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("   spaced \t out  ", "spaced out"),
    ("first line\n\nsecond line", "second line\nfirst line"),
    ("!!!", "???"),
    ("医", "医"),
    ("医生问病人哪里痛", "医生问病人哪里疼"),
    ("हिन्दी", "हिन्दी"),
    ("แพทย์", "แพทย์"),
    ("no no no no no no", "no"),
]


def pairs(language: str, count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Random (answer, reference) pairs of 0 to 40 words or characters; most answers are references with changes."""
    dice, spaced = random.Random(f"{language}{seed}"), language in VOCABULARIES
    vocabulary = VOCABULARIES[language].split() if spaced else list(UNSPACED[language])
    return [_pair(dice, vocabulary, spaced) for _ in range(count)]


def _pair(dice: random.Random, vocabulary: list[str], spaced: bool) -> tuple[str, str]:
    reference = dice.choices(vocabulary, k=dice.choice((1, 2, 3, 5, 8, 12, 20, 40)))
    answer = [word if dice.random() < 0.7 else dice.choice(vocabulary) for word in reference]
    if dice.random() < 0.3:
        start = dice.randrange(len(answer) + 1)
        answer = answer[start:] + answer[:start]
    if dice.random() < 0.3:
        answer = answer[: dice.randrange(len(answer) + 1)]
    return _joined(dice, answer, spaced), _joined(dice, reference, spaced)


def _joined(dice: random.Random, words: list[str], spaced: bool) -> str:
    gaps = (" ",) * 9 + ("\n",) if spaced else ("",) * 19 + ("\n",)
    return "".join(word + dice.choice(gaps) for word in words).strip(" ")

"""Words are counted in every script, and the same in one text as in many."""

from core.data.screening.word_counts import count_words, words_of_each


def test_many_texts_are_counted_like_one():
    texts = ["a b", "", "  x  y ", "naïve café", "糖尿病 is 病", "a\u00a0b c", "one\x1f\x1ftwo", " ", "“x”", "\ud800 y"]
    counted = words_of_each([text.encode("utf-8", "surrogatepass") for text in texts]).tolist()
    assert counted == [count_words(text) for text in texts] == [2, 0, 2, 2, 5, 3, 2, 0, 1, 2]
    assert words_of_each([]).tolist() == []


def test_words():
    assert count_words("one two \nthree\nfour") == 4
    assert count_words("naïve café") == 2
    assert count_words("糖尿病 is 病") == 5

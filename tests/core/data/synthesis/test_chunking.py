"""Passages have the requested size, are not cut within a sentence, and lose nothing."""

from core.data.screening.word_counts import count_words
from core.data.synthesis.chunking import passages

SENTENCES = [f"Sentence number {number} says a little about the matter of the {number}th kind." for number in range(60)]


def cut(text: str, words: int = 60) -> list[str]:
    return [passage.text for passage in passages([(text, "a.txt")], words)]


def plain(text: str) -> str:
    return " ".join(text.split())


def test_paragraphs_are_joined_up_to_the_requested_size():
    paragraphs = ["\n".join(SENTENCES[start : start + 2]) for start in range(0, 60, 2)]
    found = cut("\n\n".join(paragraphs))
    assert plain(" ".join(found)) == plain(" ".join(SENTENCES))
    assert all(count_words(text) <= 60 * 1.25 for text in found)
    assert all(count_words(text) > 30 for text in found[:-1])
    assert all(text.startswith("Sentence number") and text.endswith("kind.") for text in found)


def test_a_long_paragraph_is_cut_between_sentences():
    found = cut(" ".join(SENTENCES))
    assert plain(" ".join(found)) == " ".join(SENTENCES) and len(found) > 10
    assert all(text.endswith("kind.") for text in found)


def test_a_sentence_longer_than_a_passage_is_cut_between_words():
    text = " ".join(f"word{number}" for number in range(500))
    found = cut(text)
    assert plain(" ".join(found)) == text and max(map(count_words, found)) <= 60 * 1.25


def test_a_text_without_spaces_is_cut_too():
    text = "東京は日本の首都です" * 100
    found = cut(text)
    assert "".join(found).replace("\n", "").replace(" ", "") == text
    assert max(map(count_words, found)) <= 60 * 1.25


def test_a_short_last_passage_is_joined_to_the_one_before():
    found = cut(" ".join(SENTENCES[:4]) + "\n\nThis is the whole and the very end of it all.")
    assert len(found) == 1 and found[0].endswith("of it all.")


def test_documents_stay_separate_and_places_are_counted_in_each():
    texts = [(" ".join(SENTENCES[:10]), "a.txt"), (" ".join(SENTENCES[10:20]), "a.txt"), ("Another one.", "b.txt")]
    found = list(passages(texts, 60))
    assert [passage.place for passage in found if passage.source == "a.txt"] == list(range(1, len(found)))
    assert (found[-1].source, found[-1].place, found[-1].text) == ("b.txt", 1, "Another one.")


def test_text_without_letters_is_not_a_passage():
    assert cut("--- 12 ---\n\n\n * * *\n\n 2024") == []
    assert list(passages([], 60)) == []

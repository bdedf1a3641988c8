"""What the corpus takes from a folder of text, and what it always drops."""

import json

import pytest

from core.errors import TunewrightError
from core.models.starter.build.corpus import excluded_windows, read_corpus, split_corpus
from core.models.starter.build.corpus_text import clean_text, is_english, word_windows

PROSE = "The river rises in the hills to the north and it flows through the old town before it reaches the sea."
OTHER = "There are more ways to the top of this hill than one, and all of them begin at the door of the inn."


def documents_of(folder, excluded=frozenset()):
    return read_corpus([folder], set(excluded))


def test_reads_every_kind_of_file(tmp_path):
    (tmp_path / "a.txt").write_text(PROSE)
    (tmp_path / "b.md").write_text("```\nlet code = the and of to a in is that it;\n```\n\n" + OTHER)
    page = "In the spring the people of the village go to the fields with all that they have."
    (tmp_path / "c.html").write_text(f"<html><script>var the = of and to</script><p>{page}</p></html>")
    row = {
        "instruction": "Why is the sky blue?",
        "input": "",
        "output": "It is the air that scatters the light of the sun.",
    }
    (tmp_path / "d.json").write_text(json.dumps([row]))
    chat = {
        "conversations": [{"from": "human", "value": OTHER + " Is it?"}, {"from": "gpt", "value": "It is, and it was."}]
    }
    (tmp_path / "e.jsonl").write_text(json.dumps(chat) + "\n")
    (tmp_path / "SOURCE.md").write_text("This note is about the text and is not in it for the model to read.")
    documents = documents_of(tmp_path)
    assert [document.turns[0][0] for document in documents] == [None, None, None, "user", "user"]
    assert documents[2].text == page
    assert "let code" not in documents[1].text
    assert documents[3].turns[1] == ("assistant", row["output"])


def test_a_tool_call_ends_a_chat_at_the_last_answer(tmp_path):
    talk = [
        ("human", "Is it in the book that you have?"),
        ("gpt", "It is not in the one that I have."),
        ("human", "Look"),
    ]
    turns = [{"from": role, "value": text} for role, text in [*talk, ("function_call", "{}"), ("gpt", "Done")]]
    (tmp_path / "a.json").write_text(json.dumps([{"conversations": turns}]))
    assert [role for role, _ in documents_of(tmp_path)[0].turns] == ["user", "assistant"]


def test_repeated_lines_are_kept_once(tmp_path):
    (tmp_path / "a.txt").write_text(PROSE)
    (tmp_path / "b.txt").write_text(PROSE.upper().replace(",", "") + "\n\n" + OTHER)
    assert [document.text for document in documents_of(tmp_path)] == [PROSE, OTHER]


def test_other_languages_and_code_are_dropped():
    assert is_english(PROSE)
    assert not is_english("Der Fluss entspringt in den Bergen im Norden und fließt durch die alte Stadt bis zum Meer.")
    assert not is_english("for i in range(10): print(i, [x ** 2 for x in values if x > 3], {'a': 1, 'b': 2})")


def test_turn_markers_cannot_appear_in_text():
    assert "<|" not in clean_text("he said <|end|> and <|user|> to them")


def test_excluded_windows_are_cut_with_their_paragraph(tmp_path):
    examples = tmp_path / "examples.jsonl"
    examples.write_text(json.dumps({"output": "It flows THROUGH the old town, before it reaches..."}) + "\n")
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(f"{OTHER}\n\n{PROSE}")
    excluded = excluded_windows(examples)
    assert excluded == {"it flows through the old town before it", "flows through the old town before it reaches"}
    assert [document.text for document in documents_of(folder, excluded)] == [OTHER]


def test_a_window_over_two_paragraphs_is_cut_too(tmp_path):
    (tmp_path / "a.txt").write_text(f"{OTHER}\n\n{PROSE}")
    excluded = set(word_windows("of the inn. The river rises in the"))
    text = "\n".join(document.text for document in documents_of(tmp_path, excluded))
    assert not excluded & set(word_windows(text))


def test_the_split_holds_out_whole_documents_and_is_stable(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        "\n".join(json.dumps({"text": f"{PROSE} It was number {n}."}) for n in range(300))
    )
    documents = documents_of(tmp_path)
    training, held_out = split_corpus(documents, 0.1)
    assert len(training) + len(held_out) == 300
    assert 10 < len(held_out) < 60
    assert split_corpus(documents[::-1], 0.1)[1] == held_out[::-1]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_missing_or_empty_folder_is_named(tmp_path, make):
    folder = tmp_path / "nothing"
    make(folder)
    with pytest.raises(TunewrightError):
        documents_of(folder)

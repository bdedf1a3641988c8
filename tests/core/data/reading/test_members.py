"""From a folder, files of one shape are read, by their own columns or by dataset_info.json; notes name the rest."""

import json

import pytest

from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from core.errors import InputError

QUESTIONS = [{"instruction": f"What is {n}?", "output": f"It is the number {n}."} for n in range(9)]
PAIRS = [{"instruction": f"What is {n}?", "chosen": f"It is {n}.", "rejected": "No idea."} for n in range(3)]
JUDGED = [{**row, "label": number % 2 == 0} for number, row in enumerate(QUESTIONS[:4])]


def read(folder, files: dict[str, object]) -> tuple[list[dict], list[str]]:
    """The rows of a folder of JSON files, without their source, and the notes."""
    for name, rows in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows))
    opened = open_any(folder, Meter(on_progress=lambda: None))
    rows = [row[1] for row in opened.rows]
    for values in rows:
        values.pop("source")
    return rows, opened.notes


def told(notes: list[str], *words: str) -> bool:
    return any(all(word in note for word in words) for note in notes)


def test_files_of_other_shapes_are_left_out_with_a_note(tmp_path):
    rows, notes = read(
        tmp_path, {"a.json": QUESTIONS, "dpo.json": PAIRS, "kto.json": JUDGED, "more.json": QUESTIONS[:2]}
    )
    assert rows == QUESTIONS + QUESTIONS[:2]
    assert told(notes, "pairs of a better and a worse answer", "dpo.json")
    assert told(notes, "answers judged good or bad", "kto.json")


def test_labels_are_kept_if_feedback_is_the_largest_part(tmp_path):
    rows, notes = read(tmp_path, {"a.json": QUESTIONS[:1], "kto.json": JUDGED * 5})
    assert rows == JUDGED * 5
    assert told(notes, "questions with their answers", "a.json")


def test_each_file_is_read_by_its_own_column_names(tmp_path):
    other = [{"question": f"Who is {n}?", "answer": f"It is number {n} there.", "id": n} for n in range(2)]
    rows, notes = read(tmp_path, {"a.json": QUESTIONS, "b.json": other})
    assert rows[-2:] == [
        {"instruction": f"Who is {n}?", "output": f"It is number {n} there.", "id": n} for n in range(2)
    ]
    assert told(notes, "b.json", "'question' is read as 'instruction'")


def test_a_list_of_questions_among_documents_is_read_as_a_document(tmp_path):
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(f"This is document {n}. " * 30)
    (tmp_path / "faq.md").write_text("".join(f"## What is {n}?\n\nIt is {n}.\n\n" for n in range(5)))
    opened = open_any(tmp_path, Meter(on_progress=lambda: None))
    assert opened.columns == ["text", "source"]
    assert [row[1]["source"] for row in opened.rows] == ["0.txt", "1.txt", "2.txt", "faq.md"]


def test_a_folder_of_lists_of_questions_is_read_as_questions(tmp_path):
    for n in range(3):
        (tmp_path / f"{n}.md").write_text("".join(f"## What is {m} of {n}?\n\nIt is {m}.\n\n" for m in range(5)))
    assert [row[1]["source"] for row in open_any(tmp_path, Meter(on_progress=lambda: None)).rows][::5] == [
        "0.md", "1.md", "2.md",
    ]  # fmt: skip


# --- dataset_info.json


def test_dataset_info_maps_columns_and_lists_those_to_read(tmp_path):
    mine = [{"q": f"What is {n}?", "a": f"It is {n}.", "sys": "Be brief.", "input": "IGNORED"} for n in range(4)]
    rows, notes = read(tmp_path, {
        "data/mine.json": mine,
        "data/dataset_info.json": {
            "mine": {"file_name": "mine.json", "columns": {"prompt": "q", "response": "a", "system": "sys"}},
            "gone": {"file_name": "gone.json"}, "hub": {"hf_hub_url": "x/y"},
        },
    })  # fmt: skip
    assert rows[1] == {"instruction": "What is 1?", "output": "It is 1.", "system": "Be brief."}
    assert told(notes, "not listed in", "'input'")
    assert told(notes, "missing", "gone.json")


def test_dataset_info_maps_speakers(tmp_path):
    chat = [{"talk": [{"who": "me", "said": "Hi."}, {"who": "it", "said": "Hello."}, {"who": "me", "said": f"{n}?"},
                      {"who": "it", "said": "Yes."}], "guide": "Be kind."} for n in range(3)]  # fmt: skip
    rows, _ = read(tmp_path, {
        "chat.json": chat,
        "dataset_info.json": {"chat": {
            "file_name": "chat.json", "formatting": "sharegpt", "columns": {"messages": "talk", "system": "guide"},
            "tags": {"role_tag": "who", "content_tag": "said", "user_tag": "me", "assistant_tag": "it"},
        }},
    })  # fmt: skip
    assert rows[2]["messages"][2:] == [{"role": "user", "content": "2?"}, {"role": "assistant", "content": "Yes."}]
    assert rows[2]["system"] == "Be kind."


def test_dataset_info_maps_preferences_and_feedback(tmp_path):
    ranked = [{"q": f"What is {n}?", "good": f"It is {n}.", "bad": "No idea."} for n in range(4)]
    info = {
        "r": {"file_name": "r.json", "ranking": True, "columns": {"prompt": "q", "chosen": "good", "rejected": "bad"}}
    }
    rows, _ = read(tmp_path / "ranked", {"r.json": ranked, "dataset_info.json": info})
    assert rows[0] == {"instruction": "What is 0?", "chosen": "It is 0.", "rejected": "No idea."}
    judged = [{"q": f"What is {n}?", "a": f"It is {n}.", "fine": n > 1} for n in range(4)]
    info = {"k": {"file_name": "k", "columns": {"prompt": "q", "response": "a", "kto_tag": "fine"}}}
    rows, _ = read(tmp_path / "judged", {"k/one.json": judged, "k/two.json": judged, "dataset_info.json": info})
    assert rows[-1] == {"instruction": "What is 3?", "output": "It is 3.", "label": True}
    assert len(rows) == 8


def test_a_wrong_dataset_info_is_reported(tmp_path):
    info = {"a": {"file_name": "a.json", "columns": {"prompt": "q", "response": "a"}}}
    with pytest.raises(InputError, match=r"dataset_info.json lists columns that a.json does not have: 'q', 'a'"):
        read(tmp_path, {"a.json": QUESTIONS, "dataset_info.json": info})
    (tmp_path / "dataset_info.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        open_any(tmp_path, Meter(on_progress=lambda: None))
    (tmp_path / "a.json").unlink()
    (tmp_path / "dataset_info.json").write_text("{}")
    with pytest.raises(InputError, match="holds no readable files"):
        open_any(tmp_path, Meter(on_progress=lambda: None))

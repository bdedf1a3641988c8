"""Rows from the hub are recognized as exports just like those in files."""

from core.data.rows import Row, Source
from core.data.sources.opening import as_export


def source(rows: list[dict]) -> Source:
    numbered = (Row(number, values) for number, values in enumerate(rows, 1))
    return Source({"dataset": "me/quiz"}, list(rows[0]), numbered, position=lambda: (0, 1))


def test_rows_in_squads_format_are_questions_with_answers():
    rows = [{"id": str(n), "question": f"When {n}?", "context": "In 1800.",
             "answers": {"text": texts, "answer_start": [3]}}
            for n, texts in enumerate([[], ["1800"]])]  # fmt: skip
    made = as_export(source(rows))
    assert [row.values for row in made.rows] == [{"question": "When 1?", "context": "In 1800.", "answer": "1800"}]
    assert made.columns == ["question", "context", "answer"]
    assert [note.rpartition(":")[2] for note in made.facts["notes"]][-1] == " 1"


def test_ordinary_rows_stay_as_they_are():
    rows = [{"question": "When?", "answer": "1800"}]
    made = as_export(source(rows))
    assert ([row.values for row in made.rows], made.columns) == (rows, ["question", "answer"])
    assert "notes" not in made.facts

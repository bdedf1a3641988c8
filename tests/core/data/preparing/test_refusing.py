"""What cannot be made into a dataset is refused with a reason and a remedy, and leaves nothing on disk."""

import json

import pytest

from core.errors import InputError, NotFoundError


@pytest.mark.parametrize(
    "content, message, remedy",
    [
        (b"", "is empty", "CSV"),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(200), "zip", "again"),
        (b"%PDF-1.7 " + bytes(200), "a PDF", "again"),
        (bytes(range(256)) * 10, "not a text file", "CSV"),
        (b"Once upon a time.\nThere was no table.\n", "neither CSV nor JSON", "CSV"),
        (
            b"name,age\nAda,36\n",
            "called 'instruction' or 'output'. The columns are: 'name', 'age'",
            "instruction=COLUMN",
        ),
        (b"instruction,input,output\n", "no rows", "Add a row"),
        (
            b"instruction,input,output\nWhy?,,Because.\n",
            "of 1 read: too few words in 1 .row 2.",
            "words",
        ),
        (b"instruction,output\nWhat is the number that comes after two?,It is three\n", "1 example is too few", "0"),
        (b'instruction,output\n"What is this,and that\nmore,text\n', "Row 2 .* a quote that is never closed", "Close"),
        (b"[", "not valid JSON", "Correct"),
        (b"[]", "empty JSON array", "Use"),
        (b'[{"instruction": "a", "output": "b"}, {"instruction" "c"}]', r"line 1, column \d+ \(row 2\)", "Correct"),
        (b'{"a": 1', "not valid JSON", "Correct"),
        (b"[" * 100_000, "Row 1 .* cannot be read as JSON", "Correct"),
        (
            b'{"messages": [{"role": "user", "content": "Hi"}]}\n' * 3,
            "The columns are: 'messages'",
            "instruction, output",
        ),
    ],
)
def test_an_unusable_file_is_refused_with_a_reason_and_leaves_nothing(tmp_path, prepare_file, content, message, remedy):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        prepare_file(path)
    assert remedy in caught.value.remedy
    assert [item for item in tmp_path.rglob("*") if item not in (path, tmp_path / "out")] == []


def test_a_missing_file_is_refused(tmp_path, prepare_file):
    with pytest.raises(NotFoundError):
        prepare_file(tmp_path / "missing.csv")


def test_an_error_says_how_the_rows_were_read(tmp_path, prepare_file):
    rows = [{"id": n, "prompt": "Where does the tram go?", "answer": f"It goes to stop number {n}."} for n in range(30)]
    path = tmp_path / "same.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(InputError, match="ask only 1 question") as caught:
        prepare_file(path)
    assert "column 'prompt' was taken as instruction" in caught.value.message
    assert "not used: 'id'" in caught.value.message

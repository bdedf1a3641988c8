"""Tables as they really occur: titles above the header, columns in JSON, several sheets, missing cells."""

import csv

import pytest

from core.data.reading import look
from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import seen

ROWS = [
    {"instruction": f'Say number {n}, "please"', "input": "", "output": f'It is {n};\n"so", on\\to, the {n}. end'}
    for n in range(1, 20)
]
CHATS = [
    {"conversations": [{"from": "human", "value": f"Find {n}"}, {"from": "gpt", "value": "Here."}], "tools": "[]"}
    for n in range(1, 20)
]


def read(path, content: bytes) -> list[tuple]:
    path.write_bytes(content)
    return list(open_any(path, Meter(on_progress=lambda: None)).rows)


@pytest.mark.parametrize(
    "above, number",
    [(b"", 2), (b"\r\n\r\n", 4), (b"My export of questions\r\n\r\n", 4), (b"# made by hand, in May\n", 3)],
)
def test_lines_above_the_header_of_a_csv(tmp_path, above, number):
    rows = read(tmp_path / "a.csv", above + made.csv_bytes(ROWS))
    assert rows == list(enumerate(ROWS, start=number))


def test_a_csv_without_a_header(tmp_path):
    rows = [{"column 1": f"What is {n}?", "column 2": f"It is a number, the one called {n}."} for n in range(9)]
    content = made.csv_bytes(rows).split(b"\n", 1)[1]
    assert read(tmp_path / "a.csv", content) == list(enumerate(rows, start=1))
    survey = "When was it made?,How did you like the place?,Anything else?\n1,well,no\n2,badly,no\n"
    assert [list(values) for _, values in read(tmp_path / "b.csv", survey.encode())] == [
        survey.partition("\n")[0].split(",")
    ] * 2


def test_row_numbers_without_a_column_name(tmp_path):
    numbered = [{"": str(number), **row} for number, row in enumerate(ROWS)]
    assert read(tmp_path / "a.csv", made.csv_bytes(numbered)[1:]) == list(enumerate(numbered, start=2))


def test_a_line_that_declares_the_delimiter(tmp_path):
    assert read(tmp_path / "a.csv", b"sep=;\r\n" + made.csv_bytes(ROWS, delimiter=";")) == list(enumerate(ROWS, 3))


def test_quotes_escaped_by_a_backslash(tmp_path):
    assert read(tmp_path / "a.csv", made.csv_bytes(ROWS, doublequote=False, escapechar="\\")) == list(
        enumerate(ROWS, start=2)
    )
    doubled = made.csv_bytes(CHATS)  # has \" too, but only as JSON inside doubled quotes
    assert [values["tools"] for _, values in read(tmp_path / "b.csv", doubled)] == ["[]"] * len(CHATS)


def test_literal_quotes_in_a_tab_separated_table(tmp_path):
    said = ['"Yes," he said.', 'The "why" of it', '"Open', '"All of it"', "plain"]
    lines = ["question\tanswer", *(f"What of {n}?\t{text}" for n, text in enumerate(said))]
    rows = read(tmp_path / "a.tsv", "\n".join(lines).encode())
    assert [values["answer"] for _, values in rows] == said
    quoted = [{"question": f"What of {n}?", "answer": text} for n, text in enumerate(said)]
    assert read(tmp_path / "b.tsv", made.csv_bytes(quoted, delimiter="\t")) == list(enumerate(quoted, start=2))


def test_rows_with_too_few_cells_are_reported(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("question,answer,topic\nWho?,Me.,people\nWho else?,You.\nAnd who?\n", encoding="utf-8")
    found = look(path)
    assert found["head"][1] == {"question": "Who else?", "answer": "You."}
    assert found["notes"] == [
        "a.csv has fewer cells than columns in 2 rows; missing cells were taken as empty: row 3, 4"
    ]


def test_line_ends_of_the_classic_mac_os(tmp_path):
    assert read(tmp_path / "a.jsonl", made.jsonl_bytes(ROWS, end="\r")) == list(enumerate(ROWS, start=1))
    plain = [{**row, "output": "One line."} for row in ROWS]
    assert read(tmp_path / "a.csv", made.csv_bytes(plain, lineterminator="\r")) == list(enumerate(plain, start=2))


ARRANGED = {
    "columns of lists": lambda rows: {name: [row[name] for row in rows] for name in rows[0]},
    "columns of cells": lambda rows: {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]},
    "columns, index and data": lambda rows: {
        "columns": list(rows[0]), "index": list(range(len(rows))), "data": [list(row.values()) for row in rows],
    },
    "rows under their index": lambda rows: {str(n): row for n, row in enumerate(rows)},
    "rows further inside": lambda rows: {"dataset": {"name": "mine", "rows": rows}},
    "rows under the name of a column": lambda rows: {"conversations": rows},
}  # fmt: skip


@pytest.mark.parametrize("arranged", ARRANGED)
def test_json_by_column_and_nested(tmp_path, arranged):
    for rows in (ROWS, CHATS):
        content = made.json_bytes(ARRANGED[arranged](rows))
        assert read(tmp_path / "a.json", content) == list(enumerate(rows, start=1))


def test_nested_splits(tmp_path):
    by_column = ARRANGED["columns of lists"]
    for arranged in (
        {"data": {"train": ROWS[:9], "test": ROWS[9:]}},
        {"train": by_column(ROWS[:9]), "test": by_column(ROWS[9:])},
    ):
        rows = read(tmp_path / "a.json", made.json_bytes(arranged))
        assert [values.pop("split") for _, values in rows] == ["train"] * 9 + ["test"] * 10
        assert [values for _, values in rows] == ROWS


def test_json_lists_of_texts_and_of_cells(tmp_path):
    texts = [row["output"] for row in ROWS]
    assert read(tmp_path / "a.json", made.json_bytes(texts)) == list(enumerate(({"text": text} for text in texts), 1))
    assert read(tmp_path / "b.json", made.json_bytes(made.table_of(ROWS), indent=1)) == list(enumerate(ROWS, start=2))


def test_a_single_example_is_not_a_wrapper(tmp_path):
    for example in (CHATS[0], {"question": "Who?", "answers": [{"text": "Me."}, {"text": "You."}]}):
        assert read(tmp_path / "a.json", made.json_bytes(example, indent=1)) == [(1, example)]


def test_a_title_above_the_header_of_a_sheet(tmp_path):
    content = made.excel_book({"Data": [["Our questions, May"], [], *made.table_of(ROWS)]})
    assert read(tmp_path / "a.xlsx", content) == list(enumerate(ROWS, start=4))


def test_the_sheet_with_the_rows_is_read_and_sheets_may_be_splits(tmp_path):
    about, train, test = [["Made by", "On"], ["me", "Monday"]], made.table_of(ROWS[:9]), made.table_of(ROWS[9:])
    (tmp_path / "a.xlsx").write_bytes(made.excel_book({"About": about, "train": train, "test": test}))
    opened = open_any(tmp_path / "a.xlsx", Meter(on_progress=lambda: None))
    rows = list(opened.rows)
    assert opened.columns == [*ROWS[0], "split"]
    assert [values.pop("split") for _, values in rows] == ["train"] * 9 + ["test"] * 10
    assert [values for _, values in rows] == ROWS
    assert opened.notes == ["sheets with other columns were left out: About"]


def test_a_page_that_is_a_table_of_examples(tmp_path):
    rows = "".join(f"<tr><th>{n}</th><td>Who is {n}?</td><td>\n  It is <b>me</b>,<br>the {n}.</td></tr>" for n in "ab")
    page = f"<table><thead><tr><th></th><th>Question</th><th>Answer</th></tr></thead><tbody>{rows}</tbody></table>"
    assert read(tmp_path / "a.html", page.encode()) == [
        (number, {"": name, "Question": f"Who is {name}?", "Answer": f"It is me,\nthe {name}."})
        for number, name in ((2, "a"), (3, "b"))
    ]
    for document in (page.replace("Question", "Fruit").replace("Answer", "Price"), f"<p>{'A tale. ' * 50}</p>{page}"):
        content = f"<html><body>{document}</body></html>".encode()
        assert [set(values) for _, values in read(tmp_path / "b.html", content)] == [{"text", "source"}]


def test_latin_1_with_a_superscript_in_a_word(tmp_path):
    rows = [{"instruction": "What is the volume of a cylinder?", "output": "V = πr²h"}] * 5
    rows = [{name: text.replace("π", "p") for name, text in row.items()} for row in rows]
    assert read(tmp_path / "a.csv", made.csv_bytes(rows, "latin-1", quoting=csv.QUOTE_ALL))[0][1] == rows[0]


def test_a_conversation_stored_as_an_object_of_lists(tmp_path):
    from core.data.shapes import Mapper, detect

    rows = [
        {"id": n, "dialog": {"from": ["human", "gpt"], "value": [f"Find {n}", "Here."], "score": [None, 1.0]}}
        for n in range(4)
    ]
    values = [values for _, values in read(tmp_path / "a.parquet", made.parquet_bytes(rows))]
    detected = detect(["id", "dialog"], values)
    assert detected.mapping == {"messages": "dialog"}
    assert "Find 2" in Mapper(detected).example(values[2])[0]["messages"]
    uneven = [{"dialog": {"from": ["human", "gpt"], "value": ["Find"]}}]
    assert not detect(["dialog", "text"], [{**uneven[0], "text": "So it was, and so it is."}]).mapping.get("messages")


def test_a_csv_from_the_classic_mac_os(tmp_path):
    table = "Frage;Antwort\rWas kostet die Fähre?;Für Kinder 0,50 €.\rUnd für Größere?;Das Doppelte.\r"
    rows = read(tmp_path / "a.csv", table.encode("mac_roman"))
    assert rows == [
        (2, {"Frage": "Was kostet die Fähre?", "Antwort": "Für Kinder 0,50 €."}),
        (3, {"Frage": "Und für Größere?", "Antwort": "Das Doppelte."}),
    ]


def test_lines_with_equal_numbers_of_tabs_are_a_table_under_any_name(tmp_path):
    cards = "".join(
        f"What is the county seat of the county {n}?\tIt is Town {n}, a mill, and so on.\n" for n in range(9)
    )
    found = seen(tmp_path, "cards.txt", cards)
    assert found["columns"] == ["column 1", "column 2"] and len(found["head"]) == 9
    assert seen(tmp_path, "prose.txt", "So it was.\tAnd so on.\n" * 2 + "It is.\n" * 3)["columns"] == ["text", "source"]

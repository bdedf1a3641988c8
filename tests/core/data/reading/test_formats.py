"""The same rows come out of every format."""

import json

import pytest

from core.data.reading import look, open_path, reader_process
from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from core.data.reading.tables import csv_parsing, json_lines, json_spans, json_text
from core.errors import InputError
from tests.core.data.reading import made

INSTRUCTIONS = [
    {"instruction": f"Say number {n}, \"please\"", "input": "" if n % 2 else "one\ntwo; three|four\tfive",
     "output": f"It is {n}, naïve café – „so“\r\nand on, to the end"}
    for n in range(1, 31)
]  # fmt: skip
RENAMED = [dict(zip(("Frage", "Zusatz", "Antwort"), row.values(), strict=True)) for row in INSTRUCTIONS]
CHATS = [
    {"conversations": [{"from": "human", "value": f"Find {n}"},
                       {"from": "function_call", "value": json.dumps({"name": "find", "arguments": n})},
                       {"from": "observation", "value": "found"}, {"from": "gpt", "value": "Here, \"so\".\nAnd, on."}],
     "tools": json.dumps([{"name": "find", "parameters": {"n": {"type": "int"}}}])}
    for n in range(1, 31)
]  # fmt: skip
PREFERENCES = [
    {"conversations": [{"from": "human", "value": f"Which, {n}?"}], "chosen": {"from": "gpt", "value": "This, é."},
     "rejected": {"from": "gpt", "value": "That; “no”."}}
    for n in range(1, 31)
]  # fmt: skip
PARAGRAPHS = [f"Paragraph {n} tells of one thing. " + "It goes on, word by word, to its end. " * 12 for n in range(12)]

TABLES = {
    "csv": made.csv_bytes,
    "csv, semicolons, UTF-16": lambda rows: made.csv_bytes(rows, "utf-16", delimiter=";"),
    "csv, Windows, byte-order mark": lambda rows: made.csv_bytes(rows, "utf-8-sig", lineterminator="\r\n"),
    "csv, all quoted, cp1252": lambda rows: made.csv_bytes(rows, "cp1252", quoting=1),
    "tsv": lambda rows: made.csv_bytes(rows, delimiter="\t"),
    "tsv, UTF-16 without a mark": lambda rows: made.csv_bytes(rows, "utf-16-le", delimiter="\t"),
    "json": made.json_bytes,
    "json, indented, byte-order mark": lambda rows: made.json_bytes(rows, "utf-8-sig", indent=2),
    "json, under a name, UTF-16": lambda rows: made.json_bytes({"version": 2, "data": rows}, "utf-16-be"),
    "json, cp1252": lambda rows: made.json_bytes(rows, "cp1252", indent=1),
    "jsonl": made.jsonl_bytes,
    "jsonl, CRLF, byte-order mark": lambda rows: made.jsonl_bytes(rows, "utf-8-sig", "\r\n"),
    "jsonl, UTF-16": lambda rows: made.jsonl_bytes(rows, "utf-16", "\r\n"),
    "jsonl, cp1252": lambda rows: made.jsonl_bytes(rows, "cp1252"),
    "parquet": made.parquet_bytes,
    "arrow": made.arrow_bytes,
    "excel": made.excel_bytes,
    "excel, lower": lambda rows: made.excel_bytes(rows, above=3),
}


def values_of(path) -> list[dict]:
    """The rows as the child reads them, but in this process, to save starting a child for each file."""
    opened = open_any(path, Meter(on_progress=lambda: None))
    rows = list(opened.rows)
    assert [len(row) for row in rows] == [2] * len(rows)
    assert set(opened.columns) == {column for _, values in rows for column in values}
    return [values for _, values in rows]


def values_from_child(path) -> list[dict]:
    return [row.values for row in open_path(path).rows]


def as_read(rows: list[dict]) -> list[dict]:
    """The rows with nested values parsed where a cell holds them as JSON text."""
    return [
        {key: json.loads(value) if isinstance(value, str) and value[:1] in "[{" and value else value
         for key, value in row.items()}
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("saved", TABLES)
def test_the_same_rows_from_every_table(tmp_path, saved):
    for number, rows in enumerate((INSTRUCTIONS, RENAMED, CHATS, PREFERENCES)):
        path = tmp_path / f"{number}.data"
        path.write_bytes(TABLES[saved](rows))
        assert as_read(values_of(path)) == as_read(rows)


@pytest.mark.parametrize("way", made.COMPRESS)
def test_compressed_files(tmp_path, way):
    path = tmp_path / f"rows.csv.{way}"
    path.write_bytes(made.COMPRESS[way](made.csv_bytes(INSTRUCTIONS)))
    assert values_of(path) == INSTRUCTIONS
    path.write_bytes(made.COMPRESS[way](made.parquet_bytes(CHATS)))
    assert values_of(path) == CHATS


DOCUMENTS = {
    "a.txt": lambda: "\n\n".join(PARAGRAPHS).encode(),
    "a.md": lambda: "\r\n\r\n".join(PARAGRAPHS).encode("utf-16"),
    "a.html": lambda: made.html_bytes(PARAGRAPHS),
    "a.docx": lambda: made.docx_bytes(PARAGRAPHS),
    "a.pdf": lambda: made.pdf_bytes([[line + "." for line in text.split(". ") if line] for text in PARAGRAPHS]),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_split_without_losing_a_word(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(DOCUMENTS[name]())
    rows = values_of(path)
    assert {row["source"] for row in rows} == {name}
    assert 2 < len(rows) <= len(PARAGRAPHS)
    assert max(len(row["text"]) for row in rows) < 3_000
    assert " ".join(row["text"] for row in rows).split() == " ".join(PARAGRAPHS).split()


def test_a_document_in_latin_1_and_a_page_that_declares_its_encoding(tmp_path):
    text = "Die Bäckerei öffnet um sechs. Später gibt es Kuchen für alle Gäste, die früh kommen."
    (tmp_path / "a.txt").write_bytes(text.encode("latin-1"))
    assert values_of(tmp_path / "a.txt") == [{"text": text, "source": "a.txt"}]
    russian = "Булочная открывается в шесть часов утра. Позже будет пирог для всех гостей."
    (tmp_path / "a.html").write_bytes(made.html_bytes([russian], "windows-1251"))
    assert values_of(tmp_path / "a.html")[0]["text"] == russian


OTHER_ALPHABETS = {
    "cp1251": "Вопрос;Ответ\nКак дела у вас сегодня?;Спасибо, всё хорошо и спокойно.\n",
    "koi8_r": "Вопрос;Ответ\nКак дела у вас сегодня?;Спасибо, всё хорошо и спокойно.\n",
    "shift_jis": "質問;答え\n東京はどこですか。;東京は日本の首都です。\n",
    "gb18030": "问题;答案\n北京在哪里？;北京是中国的首都。\n",
    "utf-16-le": "问题;答案\n北京在哪里？;北京是中国的首都。\n",
    "cp1250": "Pytanie;Odpowiedź\nGdzie leży Łódź?;Łódź leży w środku Polski.\n",
}


@pytest.mark.parametrize("encoding", OTHER_ALPHABETS)
def test_other_alphabets_in_undeclared_encodings(tmp_path, encoding):
    header, row = (line.split(";") for line in OTHER_ALPHABETS[encoding].splitlines())
    text = ";".join(header) + "\n" + (";".join(row) + "\n") * 20
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert values_of(tmp_path / "a.csv") == [dict(zip(header, row, strict=True))] * 20


def test_one_invalid_byte_does_not_spoil_the_rest(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(made.csv_bytes(INSTRUCTIONS).replace("naïve".encode(), b"na\xefve", 1))
    source = open_path(path)
    assert [row.values["output"] for row in source.rows][1:] == [row["output"] for row in INSTRUCTIONS][1:]
    assert "1 byte sequence could not be decoded" in source.facts["notes"][0]


def test_a_nul_in_a_text_does_not_make_it_utf_16(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"question,answer\n" + b"What is it then?,It is a thing.\n" * 9 + b"A\0,b\n")
    with pytest.raises(InputError, match="binary data, first at byte 305"):
        open_path(tmp_path / "rows.csv")


def test_numbers_dates_and_bytes_in_parquet_become_text_or_json(tmp_path):
    import datetime
    import decimal

    row = {
        "day": datetime.date(2026, 1, 2), "price": decimal.Decimal("1.50"), "text": b"caf\xc3\xa9",
        "picture": b"\xff\xd8", "nothing": float("nan"), "nested": [{"a": 1}],
    }  # fmt: skip
    (tmp_path / "a.parquet").write_bytes(made.parquet_bytes([row]))
    assert values_from_child(tmp_path / "a.parquet") == [
        {"day": "2026-01-02", "price": "1.50", "text": "café", "picture": None, "nothing": None, "nested": [{"a": 1}]}
    ]


@pytest.mark.parametrize("text", ["Dear Anna, how are you?\nI am well, thanks.\n", "[1] A reference\n", "a\nb\nc\n"])
def test_prose_is_not_a_table(tmp_path, text):
    (tmp_path / "letter.txt").write_text(text, encoding="utf-8")
    assert values_of(tmp_path / "letter.txt") == [{"text": text.strip(), "source": "letter.txt"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_single_column_of_texts_is_a_table(tmp_path, delimiter):
    rows = [{"text": f'{n}. A text, "quoted";\nof two lines'} for n in range(9)]
    (tmp_path / "texts").write_bytes(made.csv_bytes(rows, delimiter=delimiter))
    assert values_of(tmp_path / "texts") == rows


def test_json_in_other_arrangements(tmp_path):
    path = tmp_path / "a.json"
    rows = [{"q": "a", "a": "b"}, {"q": "c", "a": "d"}]
    for arranged in (
        b"".join(made.json_bytes(row, indent=2) for row in rows),
        made.json_bytes({"id1": rows[0], "id2": rows[1]}),
    ):
        path.write_bytes(arranged)
        assert values_of(path) == rows
    path.write_bytes(made.json_bytes({"train": rows, "test": rows[:1]}))
    assert [(row["q"], row["split"]) for row in values_of(path)] == [("a", "train"), ("c", "train"), ("a", "test")]
    chat = {"id": 1, "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    path.write_bytes(made.json_bytes(chat, indent=2))
    assert values_of(path) == [chat]


def test_lone_surrogates_and_nan(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "x\\ud83d", "b": NaN}\n{"a": "y", "b": ' + "9" * 40 + "}\n", encoding="utf-8")
    assert values_from_child(path) == [{"a": "x?", "b": None}, {"a": "y", "b": 1e40}]


def test_a_look_shows_the_first_rows_and_oddities(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(made.csv_bytes(INSTRUCTIONS, "cp1252", delimiter=";") + b"a;b;c;d\n")
    seen = look(path)
    assert (seen["format"], seen["encoding"]) == ("CSV with semicolons", "cp1252")
    assert seen["columns"] == ["instruction", "input", "output"]
    assert seen["head"] == INSTRUCTIONS[:100]
    path.write_bytes(b"question,answer\na,b\na,b,c\n")
    assert look(path)["notes"] == ["row 3: more cells than columns"]


def test_a_large_row_of_any_kind_is_refused_rather_than_held(tmp_path, monkeypatch):
    for module in (csv_parsing, json_lines, json_spans, json_text):
        monkeypatch.setattr(module, "ROW_BYTES", 1 << 20)
    for name, start in (("a.jsonl", b'{"a":1}\n{"a":"'), ("a.json", b'[{"a":1},{"a":"'), ("a.csv", b'q,a\n"')):
        (tmp_path / name).write_bytes(start + b"x" * (5 << 20))
        with pytest.raises(InputError, match="Row 2"):
            values_of(tmp_path / name)


@pytest.mark.long
def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reader_process, "_CHILD", [*reader_process._CHILD[:-1], "tests.core.data.reading.frugal_child"])
    row = {"question": "q" * 50, "answer": "a" * 8_000}
    rows = [row] * 6_000
    for name, data in {
        "a.json": made.json_bytes({"data": rows}),
        "a.jsonl": made.jsonl_bytes(rows),
        "a.csv": made.csv_bytes(rows),
    }.items():
        (tmp_path / name).write_bytes(data)
        assert sum(row.values == rows[0] for row in open_path(tmp_path / name).rows) == len(rows)


def test_unquoted_commas_belong_to_the_only_column_of_sentences(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "id,sender,message\nc1,customer,Is the lift broken again today?\nc1,agent,Yes, it is, and for long.\n"
    )
    seen = look(path)
    assert [row["message"] for row in seen["head"]][1] == "Yes, it is, and for long."
    assert "1 row; they were read as part of the last column 'message'" in seen["notes"][0]
    path.write_text(
        "question,answer\nIs the lift, of all things, broken?,Yes, it is.\nIs it mended by now?,It is not.\n"
    )
    assert look(path)["notes"] == ["row 2: more cells than columns"]


def test_unsupported_xml_is_refused_by_name(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text('<?xml version="1.0"?><books><book>So it was.</book></books>')
    with pytest.raises(InputError, match="unsupported kind of XML"):
        values_of(path)

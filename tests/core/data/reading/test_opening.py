"""Files are recognized by content, whatever their names and however they were saved."""

import json

import psutil
import pytest

from core.data.reading import open_path
from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from core.errors import InputError
from tests.core.data.conftest import good_rows, write_csv, write_json, write_json_lines

ROWS = good_rows(5)


def values_of(source):
    return [row.values for row in source.rows]


@pytest.mark.parametrize("name", ["data.csv", "data.txt"])
def test_content_decides_not_the_suffix(tmp_path, name):
    for write, form in ((write_csv, "CSV"), (write_json, "JSON"), (write_json_lines, "JSON lines")):
        source = open_path(write(tmp_path / name, ROWS))
        assert (source.facts["format"], values_of(source)) == (form, ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_encodings(tmp_path, encoding):
    rows = [{**row, "output": f"{row['output']} Voilà, – „naïve“"} for row in ROWS]
    path = write_csv(tmp_path / "data.csv", rows, encoding=encoding)
    if encoding == "utf-16-le":
        path.write_bytes(b"\xff\xfe" + path.read_bytes())
    opened = open_any(path, Meter(on_progress=lambda: None))
    assert opened.columns == ["instruction", "input", "output"]
    assert [values for _, values in opened.rows] == rows


@pytest.mark.parametrize("delimiter, form", [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_delimiters(tmp_path, delimiter, form):
    rows = [{**row, "output": row["output"] + " Yes, it, does."} for row in ROWS]
    opened = open_any(write_csv(tmp_path / "data.csv", rows, delimiter=delimiter), Meter(on_progress=lambda: None))
    assert opened.format == f"CSV with {form}"
    assert [values for _, values in opened.rows] == rows


def test_csv_cells_with_quotes_commas_newlines_and_whole_documents(tmp_path):
    rows = [
        {"instruction": 'He said "no", twice', "output": "one\ntwo\r\nthree"},
        {"instruction": "", "output": "x" * 300_000},
        {"instruction": " padded ", "output": "'=1+1"},
    ]
    assert values_of(open_path(write_csv(tmp_path / "data.csv", rows))) == [
        {"instruction": 'He said "no", twice', "output": "one\ntwo\r\nthree"},
        {"instruction": "", "output": "x" * 300_000},
        {"instruction": "padded ", "output": "'=1+1"},  # space after a delimiter is ignored in CSV
    ]


def test_blank_csv_rows_are_skipped_but_numbered(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("instruction,output\n\na,b\n,\n\nc,d\n", encoding="utf-8")
    assert [(row.number, row.values["output"]) for row in open_path(path).rows] == [(3, "b"), (6, "d")]


def test_malformed_csv_rows_are_reported_and_the_others_read(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text('instruction,output\na,b\na,b,c\n"a"x,b\nshort\na,b,\n', encoding="utf-8")
    rows = list(open_path(path).rows)
    assert [(row.number, row.problem) for row in rows] == [
        (2, None), (3, "more cells than columns"), (4, "broken quotes"), (5, None), (6, None),
    ]  # fmt: skip
    assert rows[3].values == {"instruction": "short"}


def test_a_malformed_json_line_affects_no_other(tmp_path):
    path = tmp_path / "data.jsonl"
    good = json.dumps(ROWS[0])
    deep = "[" * 100_000
    path.write_text(f'{good}\n\n{{"torn": \n{good}\n{deep}\n"text"\n', encoding="utf-8")
    assert [(row.number, row.problem) for row in open_path(path).rows] == [
        (1, None), (3, "not valid JSON"), (4, None), (5, "not valid JSON"),
        (6, "not an object with named values"),
    ]  # fmt: skip


def test_json_nested_under_a_name_and_a_single_object(tmp_path):
    wrapped = open_path(write_json(tmp_path / "data.json", {"version": 1, "examples": ROWS}))
    assert values_of(wrapped) == ROWS
    pretty = tmp_path / "pretty.json"
    pretty.write_text(json.dumps({"data": ROWS}, indent=2), encoding="utf-8")
    assert values_of(open_path(pretty)) == ROWS
    assert values_of(open_path(write_json(tmp_path / "one.json", ROWS[0]))) == ROWS[:1]


def test_columns_are_collected_from_all_rows(tmp_path):
    source = open_path(write_json(tmp_path / "data.json", [{"a": 1}, {"b": 2, "a": 3}, 4]))
    assert source.columns == ["a", "b"]


def test_numbers_that_python_refuses_are_located_by_row(tmp_path):
    path = tmp_path / "data.json"
    path.write_text('[{"a": 1}, {"a": ' + "9" * 5000 + "}]", encoding="utf-8")
    with pytest.raises(InputError, match="Row 2"):
        list(open_path(path).rows)


def test_a_device_is_not_a_file():
    from pathlib import Path

    from core.errors import NotFoundError

    with pytest.raises(NotFoundError):
        open_path(Path("/dev/zero"))


def test_progress_while_reading(tmp_path):
    source = open_path(write_json_lines(tmp_path / "data.jsonl", good_rows(5000)))
    next(source.rows)
    done, total = source.position()
    assert 0 < done < total
    list(source.rows)
    assert source.position() == (total, total)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_json_lines_keep_their_numbers_across_blank_lines(tmp_path, line_end):
    rows = good_rows(3000)
    deep = '{"instruction": ' + "[" * 300 + "]" * 300 + "}"
    unusual = {
        700: "", 1400: '{"instruction": "half", "output": "\\ud83d"}', 1401: "no JSON", 1402: "[1]", 1403: deep,
        1404: '{"instruction": "none", "output": NaN}', 2100: json.dumps({**rows[0], "output": "long " * 700_000}),
        2999: json.dumps({"instruction": "nested", "output": {"text": ["a", {"b": 1}]}}),
    }  # fmt: skip
    lines = [unusual.get(number, json.dumps(row)) for number, row in enumerate(rows)]
    path = tmp_path / "data.jsonl"
    path.write_bytes(line_end.join(lines).encode())
    found = {row.number: row for row in open_path(path).rows}
    assert [number for number in range(1, 3001) if number not in found] == [701]
    assert {number: str(row.problem) for number, row in found.items() if row.problem} == {
        1402: "not valid JSON", 1403: "not an object with named values", 1404: "not valid JSON",
    }  # fmt: skip
    assert found[1401].values["output"] == "?" and found[1405].values["output"] is None
    assert len(found[2101].values["output"]) == 3_500_000 and found[3000].values["output"]["text"][1] == {"b": 1}
    plain = [number for number in found if number - 1 not in unusual]
    assert all(found[number].values == rows[number - 1] for number in plain) and len(plain) == 2992


def test_objects_that_share_a_line_are_not_rows(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": "x"}\n{"a": "y"},0,{"a": "z"}\n{"a": [{"b": "1"}\n{"b": "2"}]}\n{"a": "last"}\n')
    found = [(row.number, row.values.get("a"), str(row.problem or "")) for row in open_path(path).rows]
    broken = [(number, None, "not valid JSON") for number in (2, 3, 4)]
    assert found == [(1, "x", ""), *broken, (5, "last", "")]


def test_a_row_above_the_size_limit_is_located(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a": "x"}\n{"a": "y"}\n{"a": "' + b"z" * (65 << 20) + b'"}\n')
    with pytest.raises(InputError, match="Row 3 of data.jsonl is larger than 64 MB"):
        list(open_path(path).rows)


def test_no_more_rows_than_requested(tmp_path):
    path = write_json(tmp_path / "data.json", good_rows(50))
    assert values_of(open_path(path, max_rows=3)) == good_rows(3)


def _command(process: psutil.Process) -> list[str]:
    return process.as_dict(["cmdline"], ad_value=[])["cmdline"]  # a zombie has none


def test_dropping_the_rows_ends_the_reader(tmp_path):
    source = open_path(write_json_lines(tmp_path / "data.jsonl", good_rows(50_000)))
    readers = [child for child in psutil.Process().children() if "core.data.reading.child" in _command(child)]
    assert readers
    del source
    _, still_there = psutil.wait_procs(readers, timeout=30)
    assert not still_there

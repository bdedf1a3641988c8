"""The table of a dataset's rows: paging, search, filters, sorting."""

import shutil

import pytest

from core.data.store.table_page import table_page
from core.errors import InputError, NotFoundError
from core.examples.texts import as_json
from tests.core.data.stored import store_dataset

TOPICS = ("fruit", "Tools")


def example(row: int, output: str, **labels: str) -> dict:
    topic = TOPICS[row % 2]
    return {"instruction": f"Question {row}?", "input": "", "output": output, "topic": topic, "tags": ""} | labels | {
        "row": row
    }  # fmt: skip


TEXTS = [
    "An apple a day", "banana bread", "Straße nach Köln", "100% sure_thing", "cherry 'pie'; drop table", "a.b (c) [d]",
    "line one\nline two", "ПРИВЕТ мир", "你好世界", 'She said "no"', "Skunks ask", "zzz " * 50,
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rows = [example(10 + number, text) for number, text in enumerate(TEXTS)]
    rows[1]["tags"], rows[4]["tags"] = "hard, checked", "hardly"
    splits = {"train": rows[:8], "validation": rows[8:10], "test": rows[10:]}
    return store_dataset(tmp_path_factory.mktemp("table") / "fruit_dataset", splits)


def found(folder, **asked) -> list[int]:
    page = table_page(folder, **asked)
    assert page["total"] == len(page["rows"])
    return [row["row"] for row in page["rows"]]


def test_pages_of_all_splits_and_of_one(folder):
    whole = table_page(folder)
    assert whole["total"] == 12
    assert whole["columns"] == ["instruction", "input", "output", "topic", "tags", "row"]
    assert [row["split"] for row in whole["rows"]] == ["train"] * 8 + ["validation"] * 2 + ["test"] * 2
    assert [row["output"] for row in whole["rows"]] == TEXTS
    pages = [table_page(folder, offset=offset, limit=5)["rows"] for offset in (0, 5, 10, 15)]
    assert [len(page) for page in pages] == [5, 5, 2, 0]
    assert [row for page in pages for row in page] == whole["rows"]
    assert found(folder, split="test") == [20, 21]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("APPLE", [10]), ("a", [10, 11, 12, 14, 15, 19, 20]), ("straße", [12]), ("STRASSE", []), ("köln", [12]),
        ("KÖLN", [12]), ("%", [13]), ("_t", [13]), ("'pie'; drop", [14]), ("a.b", [15]), ("(C) [D", [15]), ("a?b", []),
        ("one\nLine", [16]), ("привет", [17]), ("Мир", [17]), ("好世", [18]), ('"no"', [19]), ("sKuNk", [20]),
        ("question 1", list(range(10, 20))), ("hardly", [14]), ("\\", []), ("\0", []),
    ],
)  # fmt: skip
def test_search_finds_a_text_in_any_column_ignoring_case(folder, text, rows):
    assert found(folder, search=text) == rows


def test_search_finds_quotation_marks_inside_a_conversation(tmp_path):
    chat = '[{"role": "user", "content": "He said \\"stop\\"\\nand went"}]'
    folder = store_dataset(tmp_path / "chat_dataset", {"train": [{"messages": chat, "tools": "", "row": 1}]})
    assert found(folder, search='said "Stop"\nAND') == [1]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("role", []), ("content", [2, 3]), ("user", [1, 4]), ("assistant", []), ("function", []), ("type", []),
        ("e", [1, 2, 3, 4]),
        ("weather", [2]), ("Köln", [2]), ("the sky", [2, 3]), ("nnot", []), ('not\na "USER', [1]), ("}, {", []),
        (": ", [2]),
    ],
)  # fmt: skip
def test_search_looks_at_what_is_said_and_not_at_json_syntax(tmp_path, text, rows):
    call = {"type": "function", "function": {"name": "weather", "arguments": {"town": "Köln"}}}
    talks = [
        [{"role": "user", "content": 'Not\na "user" here?'}, {"role": "assistant", "content": "Gone."}],
        [{"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "content": "content: rain"}],
        [{"role": "user", "content": "Is the sky a"}, {"role": "assistant", "content": "It is content"}],
        [{"role": "user", "content": "user"}],
    ]
    tools = [{"type": "function", "function": {"name": "look", "description": "Sees the sky.", "parameters": {}}}]
    stored = [{"messages": as_json(talk), "tools": "", "row": row} for row, talk in enumerate(talks, 1)]
    stored[1]["tools"] = as_json(tools)
    folder = store_dataset(tmp_path / "talk_dataset", {"train": stored})
    assert found(folder, search=text) == rows


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ({"topic": "fruit"}, [10, 12, 14, 16, 18, 20]),
        ({"topic": "Fruit"}, []),
        ({"tag": "hard"}, [11]),
        ({"rows": [21, 13, 99]}, [13, 21]),
        ({"rows": []}, []),
        ({"row": 12}, [12]),
        ({"min_length": 100}, [21]),
        ({"min_length": 25, "max_length": 28}, [10, 12, 13, 19]),
        ({"topic": "Tools", "tag": "hard", "max_length": 100}, [11]),
        ({"topic": "x' or '1'='1"}, []),
    ],
)
def test_filters_limit_the_rows(folder, filters, rows):
    assert found(folder, filters=filters) == rows


def test_split_search_and_filter_combine(folder):
    assert found(folder, split="train", search="a", filters={"topic": "fruit"}) == [10, 12, 14]
    assert found(folder, split="test", search="a", filters={"topic": "fruit"}) == [20]


def test_rows_are_sorted_as_requested(folder):
    by_text = found(folder, sort="output")
    assert by_text[:4] == [13, 15, 10, 11]
    assert found(folder, sort="output", descending=True) == by_text[::-1]
    assert found(folder, sort="length")[-1] == 21
    assert found(folder, sort="row", descending=True) == list(range(21, 9, -1))
    assert found(folder, sort="topic", search="a", split="train") == [10, 12, 14, 11, 15]


def test_a_long_cell_is_cut_and_marked(folder):
    [row] = table_page(folder, filters={"rows": [21]}, cell_characters=20)["rows"]
    assert row["output"] == "zzz zzz zzz zzz zzz "
    assert row["cut"] == ["output"]
    assert "cut" not in table_page(folder, filters={"rows": [10]})["rows"][0]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"split": "exam"}, "no exam split"),
        ({"filters": {'x" or 1=1 --': "y"}}, "no column"),
        ({"filters": {"row": "many"}}, "many"),
        ({"sort": "random()"}, "no column"),
        ({"search": "x" * 501}, "too long"),
    ],
)
def test_invalid_requests_are_explained(folder, asked, says):
    with pytest.raises(InputError, match=says):
        table_page(folder, **asked)


def test_a_replaced_dataset_is_reopened_and_a_deleted_one_is_not_found(tmp_path):
    folder = store_dataset(tmp_path / "x_dataset", {"train": [example(1, "old")]})
    assert found(folder, search="old") == [1]
    shutil.rmtree(folder)
    with pytest.raises(NotFoundError):
        table_page(folder)
    store_dataset(folder, {"train": [example(1, "new")], "test": []})
    assert found(folder, search="old") == []
    assert found(folder, search="new") == [1]
    assert found(folder, split="test", sort="output") == []


def test_a_dataset_without_row_ids_gets_them_by_counting(tmp_path):
    rows = [{"instruction": f"q{number}", "output": "a"} for number in range(7)]
    folder = store_dataset(tmp_path / "old_dataset", {"train": rows[:4], "test": rows[4:]})
    assert found(folder) == list(range(1, 8))
    assert found(folder, filters={"rows": [5]}) == [5]

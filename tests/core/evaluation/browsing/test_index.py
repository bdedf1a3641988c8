"""The index of answers agrees with the rows themselves, for any layout of the file, script and gap."""

import json
import math
import tempfile
from unicodedata import normalize

import numpy as np
import pytest

from core.evaluation.browsing.index import NO_ANSWER, open_index
from core.evaluation.browsing.making import INDEX_FILE, keep_index
from core.evaluation.browsing.stored_rows import stored_rows, write_rows
from core.specs.results.evaluate import Prediction

ROWS = [
    Prediction(
        instruction="Who treats a sprained ankle?", reference="The doctor.", topic="joints", source="a.pdf",
        tags=["hard", "checked"], split="test", predictions={"base": "A plumber, or [", "tuned": "the doctor"},
        scores={"base": {"f1": 0.0, "accuracy": 0.0}, "tuned": {"f1": 1.0, "accuracy": 1.0, "loss": 0.1234567}},
    ),
    Prediction(
        instruction="谁治疗扭伤的脚踝？", input="Größe: 3\n\n\"quoted\", \\ and ]", reference="医生", split="train",
        predictions={"base": "<think>Hm.</think> 医生", "tuned": "医生"}, scores={"base": {"f1": 1.0}, "tuned": {}},
    ),
    Prediction(instruction="x" * 3_000_000, reference="", predictions={}, scores={"tuned": {"loss": 2.5}}),
]  # fmt: skip


@pytest.fixture(params=["ours", "one line", "indented, escaped"])
def predictions(request, tmp_path):
    path = tmp_path / "predictions.json"
    values = [row.model_dump() for row in ROWS]
    if request.param == "ours":
        with path.open("wb") as file:
            write_rows(file, ROWS)
        assert json.loads(path.read_text()) == values
    else:
        layout = {"indent": 1} if request.param.startswith("indented") else {"ensure_ascii": False}
        path.write_text(json.dumps(values, **layout))
    keep_index(path)
    return path


def test_every_row_is_read_alone_by_its_place(predictions):
    index = open_index(predictions)
    assert index.count == 3
    assert index.rows([2, 0, 1]) == [ROWS[2], ROWS[0], ROWS[1]]
    assert index.row(np.int64(1)) == ROWS[1]
    with predictions.open("rb") as file:
        raw = predictions.read_bytes()
        for offset, size_bytes, row in stored_rows(file):
            assert json.loads(raw[offset : offset + size_bytes]) == row.model_dump()


def test_columns_hold_what_the_rows_say(predictions):
    index = open_index(predictions)
    assert index.models == ["base", "tuned"] and index.metrics("tuned") == ["f1", "accuracy", "loss"]
    np.testing.assert_allclose(index.scores("tuned", "loss"), [0.1234567, math.nan, 2.5], rtol=1e-6)
    assert np.isnan(index.scores("nobody", "loss")).all() and len(index.scores("nobody", "loss")) == 3
    base, tuned = index.answers("base"), index.answers("tuned")
    assert base[0] != tuned[0] and base[1] == tuned[1] and base[2] == tuned[2] == NO_ANSWER
    assert index.words("question").tolist() == [5, 9 + 6, 1] and index.words("reference").tolist() == [2, 2, 0]
    assert index.having("split", "test", "").tolist() == [True, False, True]
    assert index.having("topic", "joints").tolist() == [True, False, False]
    assert index.tagged("hard").tolist() == [True, False, False] and not index.tagged("soft").any()
    assert index.slices == {"split": ["test", "train", ""], "topic": ["joints", ""], "source": ["a.pdf", ""]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DOCTOR", [0]), ("größe:   3", [1]), ("医生", [1]), ("hm.", [1]), ("x" * 2_000_000, [2]),
        ("plumber, or [", [0]), ("doctor.\nA plumber", []), ("not there", []), ("", []), ("accuracy", []),
    ],
)  # fmt: skip
def test_a_text_is_found_in_question_reference_and_answers_whatever_its_case(predictions, text, found):
    assert np.flatnonzero(open_index(predictions).containing(text)).tolist() == found


def test_a_changed_file_is_indexed_anew_and_a_large_one_only_on_request(tmp_path):
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([row.model_dump() for row in ROWS]))
    assert open_index(path) is None
    keep_index(path)
    assert open_index(path).count == 3
    path.write_text(json.dumps([ROWS[0].model_dump()]))
    assert open_index(path).count == 1
    (tmp_path / INDEX_FILE).write_bytes(b"half")
    assert open_index(path).count == 1
    assert {file.name for file in tmp_path.iterdir()} == {"predictions.json", INDEX_FILE}


@pytest.mark.parametrize("content", ["", "{}", "[", '[{"instruction": 1}]', "[1]", '[{"reference"', "\x00"])
def test_what_is_no_list_of_rows_is_refused(tmp_path, content):
    path = tmp_path / "predictions.json"
    path.write_text(content)
    with pytest.raises(ValueError):
        open_index(path)


def test_no_rows_are_no_fault(tmp_path):
    path = tmp_path / "predictions.json"
    path.write_text("[]")
    index = open_index(path)
    assert index.count == 0 and index.rows([]) == [] and not index.having("split", "test").any()
    assert index.words("reference").tolist() == [] and index.containing("x").tolist() == []


def test_a_text_is_found_however_its_characters_are_encoded(tmp_path):
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([ROWS[0].model_dump() | {"instruction": normalize("NFD", "Café ﬁne")}]))
    assert open_index(path).containing("CAFÉ fine").all()


def test_system_prompt_turns_and_tools_are_searched(tmp_path):
    path = tmp_path / "predictions.json"
    tool = {"type": "function", "function": {"name": "find_dose"}}
    asked = [{"role": "system", "content": "Be brief."}, {"role": "assistant", "content": None}]
    path.write_text(json.dumps([ROWS[0].model_dump() | {"messages": asked, "tools": [tool]}]))
    index = open_index(path)
    assert index.containing("be brief").all() and index.containing("find_dose").all()


def test_nothing_is_written_to_the_folder_of_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    (tmp_path / "predictions.json").write_text(json.dumps([row.model_dump() for row in ROWS]))
    keep_index(tmp_path / "predictions.json")
    assert open_index(tmp_path / "predictions.json").containing("sprained").any()

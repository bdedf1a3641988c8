"""The report finds problems, names their rows, and judges the dataset by them."""

import json

from core.data.store.datasets import read_split
from tests.core.data.conftest import good_rows, write_csv, write_json


def test_problems_are_found_and_decide_the_verdict(tmp_path, prepare_file):
    rows = good_rows(200)
    rows[10]["output"] = "I'm sorry, but as an AI language model I cannot help with that request."
    rows[20]["output"] += " Write to ada.lovelace@example.org about it."
    rows[30] |= {"output": "That would be the number that nobody knows at all."}
    rows.append({**rows[30], "output": "It is the number that everybody knows very well."})
    rows[40]["output"] = "word " * 1500
    report = prepare_file(write_json(tmp_path / "rows.json", rows))["report"]
    found = {one["kind"]: one for one in report["findings"]}
    assert found["refusals"]["rows"] == [11] and found["refusals"]["mend"] == "drop_refusals"
    assert found["personal_data"]["rows"] == [21] and found["personal_data"]["mend"] == "redact_personal_data"
    assert found["contradictions"]["rows"] == [31, 201]
    assert found["too_long"]["rows"] == [41] and report["tokens"]["cut_off"] == 1
    assert report["tokens"]["context"] == 1024 and sum(bar["count"] for bar in report["tokens"]["histogram"]) == 201
    assert report["verdict"]["state"] == "ready with warnings"
    assert any("answered differently" in why for why in report["verdict"]["why"])


def test_unreadable_rows_are_reported_by_number(tmp_path, prepare_file):
    path = write_csv(tmp_path / "rows.csv", good_rows(30))
    with path.open("a", encoding="utf-8") as file:
        file.write('Too,many,cells,"of them",here\n"Broken "quotes",are,here\n')
    report = prepare_file(path)["report"]
    (found,) = (one for one in report["findings"] if one["kind"] == "unreadable")
    assert (found["severity"], found["rows"], found["mend"]) == ("warning", [32, 33], None)
    assert found["why"] == "broken quotes in 1 row, more cells than columns in 1 row"
    assert report["verdict"]["state"] == "ready with warnings"


def test_a_column_that_appears_in_later_rows_is_reported_as_unused(tmp_path, prepare_file):
    rows = [
        {"question": f"Where does tram number {n} go?", "answer": f"It goes to stop {n} by the sea."}
        for n in range(200)
    ]
    rows[150]["rating"] = 1
    path = tmp_path / "late.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = prepare_file(path)["report"]
    assert report["unused"] == ["rating"]
    [finding] = [one for one in report["findings"] if one["kind"] == "unused"]
    assert finding["severity"] == "warning" and "Check 'rating'" in finding["why"]


def test_topics_come_from_a_column_if_there_is_one(tmp_path, prepare_file):
    rows = [{**row, "Category": "odd" if number % 2 else "even"} for number, row in enumerate(good_rows(20))]
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows))
    assert result["report"]["topics"] == {"even": 10, "odd": 10}
    assert {example["topic"] for example in read_split(result["path"], "train")} == {"even", "odd"}
    assert result["report"]["source"]["notes"] == ["column 'Category' was taken as topic"]

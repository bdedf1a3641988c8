"""The report names what was changed or dropped while reading, with the rows concerned."""

import json
import shutil

from core.data.preparing.prepare import prepare
from core.data.store.datasets import read_split
from core.models.references import locate
from core.specs import PrepareSpec
from tests.core.data.conftest import good_rows, write_csv, write_json_lines


def talk(number: int, *turns: dict) -> dict:
    """A conversation with one answered question, followed by `turns`."""
    return {
        "messages": [
            {"role": "user", "content": f"Which is the house number {number} in our street today?"},
            {"role": "assistant", "content": f"It is the one with {number} steps and a door of its own."},
            *turns,
        ]
    }


def test_turns_that_are_not_learned_are_counted_with_their_rows(tmp_path, prepare_file):
    asks, wrong = {"role": "user", "content": "And?"}, {"role": "assistant", "content": "Wrong.", "weight": 0}
    empty, right = {"role": "assistant", "content": ""}, {"role": "assistant", "content": "That is all."}
    picture = {"role": "user", "content": [{"type": "image", "source": {}}]}
    rows = [
        talk(1), talk(2, asks), talk(3, asks, wrong), talk(4, asks, wrong, asks, right),
        talk(5, asks, empty, asks, right), {"messages": [right, *talk(6)["messages"]]}, talk(7, picture, right),
        {"messages": [asks, wrong]}, talk(9, asks, right),
    ]  # fmt: skip
    result = prepare_file(write_json_lines(tmp_path / "rows.jsonl", rows), train_ratio=1, val_ratio=0, test_ratio=0)
    told = {one["kind"]: one["rows"] for one in result["report"]["findings"] if one["kind"].startswith("turns_")}
    assert told == {
        "turns_cut": [2, 3], "turns_not_learned": [3, 4], "turns_empty": [5], "turns_unasked": [6],
    }  # fmt: skip
    assert set(result["dropped"].values()) == {1} and len(result["dropped"]) == 2
    stored = {row["row"]: json.loads(row["messages"]) for row in read_split(result["path"], "train")}
    assert len(stored[3]) == 2 and stored[4][3] == {**wrong, "weight": 0.0}


def test_a_chat_template_that_refuses_an_example_is_a_finding(tmp_path, prepare_file):
    picky = tmp_path / "picky"
    shutil.copytree(locate("starter").path, picky, ignore=shutil.ignore_patterns("*.safetensors", "*.bin"))
    (picky / "model.safetensors").touch()
    (picky / "chat_template.jinja").write_text("{{ raise_exception('only odd questions') }}", encoding="utf-8")
    result = prepare_file(write_csv(tmp_path / "rows.csv", good_rows(60)), model=str(picky))
    [found] = [one for one in result["report"]["findings"] if one["kind"] == "not_measured"]
    assert "only odd questions" in found["why"] and "Row " in found["why"]
    assert result["report"]["verdict"]["state"] == "ready with warnings"


def test_personal_data_in_reasoning_is_found(tmp_path, prepare_file):
    rows = [
        {"messages": [
            {"role": "user", "content": f"Which is the house number {number} in our street today?"},
            {"role": "assistant", "content": f"With {number} steps.", "thinking": "Ask ada@lovelace.org."},
        ]}
        for number in range(60)
    ]  # fmt: skip
    report = prepare_file(write_json_lines(tmp_path / "rows.jsonl", rows))["report"]
    kinds = {one["kind"]: one["count"] for one in report["findings"]}
    assert kinds["personal_data"] == kinds["turns_reasoning"] == 60


def test_every_dropped_row_has_a_finding(tmp_path, prepare_file):
    same = "What is the same in both of these two cells here?"
    german = (
        "Was ist das Rote dort drüben auf dem Tisch in der Küche?",
        "Das ist ein Apfel, den ich gestern gekauft habe.",
    )
    others = [("Why?", "So."), (same, same), ("", "Nobody asked for this, and yet here it is, all alone."), german]
    rows = [*good_rows(60), *({"instruction": one, "input": "", "output": other} for one, other in others)]
    rows.append(rows[0])
    report = prepare_file(write_csv(tmp_path / "rows.csv", rows), cleaning={"languages": ["en"]})["report"]
    dropped = {one["kind"]: one["count"] for one in report["findings"] if "dropped" in one["title"]}
    assert report["counts"]["dropped"] == sum(dropped.values())
    assert dropped["lengths"] == 2 and dropped["nulls"] == 1
    [lengths] = [one for one in report["findings"] if one["kind"] == "lengths"]
    assert "allow fewer words" in lengths["why"]
    [wished] = [one for one in report["findings"] if one["kind"] == "wished"]
    assert wished["severity"] == "info" and "in a language that is not kept" in wished["why"]


def test_the_verdict_on_samples_explains_why_some_are_alike(tmp_path):
    spec = PrepareSpec(name="samples", output_dir=str(tmp_path), source="sample", domain="legal", num_samples=100)
    verdict = prepare(spec).report.verdict
    assert verdict.state == "ready with warnings"
    assert "each fact in several wordings" in verdict.why[-1]

"""prepare: exact splits, nothing lost silently, nothing half made, and errors that a domain expert understands."""

import json
import random

import pytest

from core.artifacts import verify_manifest
from core.data.preparing.prepare import prepare
from core.data.screening import batches, screening
from core.data.screening.parallel import in_processes
from core.data.store.datasets import describe, open_dataset, read_split
from core.errors import ConflictError, InputError, NotFoundError
from core.reporting import Reporter, Stopped
from core.specs import PrepareSpec, StopRequest
from tests.core.data.conftest import good_row, good_rows, question, texts_of, write_csv, write_json, write_json_lines

WORDS = [f"word{number}" for number in range(300)]


def sample(tmp_path, **values):
    values = {"name": "care", "domain": "healthcare", "num_samples": 100} | values
    return prepare(PrepareSpec(output_dir=str(tmp_path), source="sample", **values))


def test_a_hundred_samples_are_split_eighty_ten_ten(tmp_path):
    result = sample(tmp_path, name="health care")
    assert result["splits"] == {"train": 80, "validation": 10, "test": 10}
    assert (result["duplicates"], result["dropped"]) == (0, {})
    assert result["path"] == str(tmp_path / "health_care_dataset")
    dataset = open_dataset(result["path"])
    assert {name: len(split) for name, split in dataset.items()} == result["splits"]
    assert set(dataset["train"].column_names) == {"instruction", "input", "output", "topic", "aspect", "row"}
    report = describe(result["path"])
    assert report == result["report"]
    assert report["notice"] and report["unused"] == [] and report["counts"] == {"read": 100, "kept": 100, "dropped": 0}
    assert sum(report["topics"].values()) == sum(bar["count"] for bar in report["lengths"]["histogram"]) == 100
    verify_manifest(tmp_path / "health_care_dataset")
    spec = json.loads((tmp_path / "health_care_dataset" / "spec.json").read_text())
    assert PrepareSpec(**spec).num_samples == 100


def test_samples_ask_for_known_facts_in_new_words_and_the_report_says_so(tmp_path):
    def leakage(result):
        return [finding for finding in result["report"]["findings"] if finding["kind"] == "leakage"]

    (found,) = leakage(sample(tmp_path, num_samples=300))
    assert found["severity"] == "warning" and found["count"] > 10
    assert not leakage(sample(tmp_path, name="apart", num_samples=300, keep_together=True))


def test_the_same_seed_gives_the_same_dataset_and_another_seed_another(tmp_path):
    first, again = (sample(tmp_path / place)["path"] for place in ("a", "b"))
    other = sample(tmp_path / "c", seed=43)["path"]
    assert [list(read_split(first, name)) for name in ("train", "test")] == [
        list(read_split(again, name)) for name in ("train", "test")
    ]
    assert list(read_split(first, "test")) != list(read_split(other, "test"))


def test_an_exam_asks_nothing_that_stands_in_the_training_split(tmp_path):
    # With 3,000 of the domain's questions in training, many of the exam's would be among them.
    taught = sample(tmp_path, num_samples=3000)["path"]
    exam = sample(
        tmp_path, name="exam", num_samples=200, seed=7, train_ratio=0, val_ratio=0, test_ratio=1, exclude_dataset=taught
    )
    assert exam["splits"] == {"test": 200}
    assert sum(exam["dropped"].values()) > 20
    known = {question(example) for example in read_split(taught, "train")}
    asked = list(read_split(exam["path"], "test"))
    assert len(asked) == 200
    assert not known & {question(example) for example in asked}
    instructions = {example["instruction"].casefold() for example in read_split(taught, "train")}
    assert not instructions & {example["input"].casefold() for example in asked if len(example["input"].split()) > 3}


def test_an_exam_that_asks_for_more_than_there_is_says_how_many_there_are(tmp_path):
    taught = sample(tmp_path, num_samples=3000, train_ratio=1, val_ratio=0, test_ratio=0)["path"]
    with pytest.raises(InputError, match=r"Only \d+ samples") as caught:
        sample(tmp_path, name="exam", num_samples=9000, seed=7, exclude_dataset=taught)
    assert "or fewer" in caught.value.remedy


def test_every_row_of_a_dirty_file_is_kept_or_dropped_for_a_reason(tmp_path, prepare_file):
    random_ = random.Random(5)
    dirt = [
        lambda row: {**row, "output": ""},
        lambda row: {**row, "instruction": None},
        lambda row: {**row, "output": "N/A"},
        lambda row: {**row, "output": {"text": "nested"}},
        lambda row: {**row, "output": row["instruction"].upper()},
        lambda row: {"instruction": "Why?", "input": "", "output": "Because."},
        lambda row: {**row, "output": "word " * 3000},
        lambda row: {**row, "output": "?!"},
        lambda row: good_row(0),
        lambda row: ["a", "list"],
        lambda row: 5,
        lambda row: {"other": "columns"},
    ]
    rows = [random_.choice(dirt)(row) if random_.random() < 0.5 else row for row in good_rows(400)]
    result = prepare_file(write_json(tmp_path / "dirty.json", rows))
    counts = result["report"]["counts"]
    assert counts["read"] == 400
    assert counts["kept"] == sum(result["splits"].values()) == len(rows) - sum(result["dropped"].values())
    assert counts["dropped"] == sum(result["dropped"].values()) > 100
    for reason in result["report"]["dropped"].values():
        assert len(reason["rows"]) == min(20, reason["count"])
        assert all(1 <= row <= 400 for row in reason["rows"])


def test_dropped_rows_are_named_as_a_spreadsheet_numbers_them(tmp_path, prepare_file):
    rows = good_rows(10)
    rows[3]["output"] = ""  # the header is row 1
    rows[5]["instruction"] = "line one\nline two\nof a question that stands in one cell of the table"
    rows[8]["instruction"] = " "
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows))
    assert result["report"]["dropped"] == {
        "no output": {"count": 1, "rows": [5]},
        "no instruction": {"count": 1, "rows": [10]},
    }


def test_text_is_cleaned_and_the_report_says_how_often(tmp_path, prepare_file):
    rows = good_rows(10)
    rows[0]["output"] += " See https://example.org/numbers?x=1 for more."
    rows[1]["output"] = f"<p>{rows[1]['output']}</p>  &amp;  more"
    rows[2]["output"] = "https://example.org/"
    path, ratios = write_csv(tmp_path / "rows.csv", rows), {"train_ratio": 1, "val_ratio": 0, "test_ratio": 0}
    kept = prepare_file(path, name="kept", **ratios)
    [left] = [one for one in kept["report"]["findings"] if one["kind"] == "links_in_answers"]
    assert left["count"] == 3 and not kept["dropped"]
    result = prepare_file(path, cleaning={"answers": True}, **ratios)
    [changed] = [one for one in result["report"]["findings"] if one["kind"] == "cleaned_answers"]
    assert changed["title"] == "Cleaning changed answers: emptied 1 and shortened 2"
    assert "'https://example.org/' became ''" in changed["why"]
    assert changed["title"] in " ".join(result["report"]["verdict"]["why"])
    outputs = {example["instruction"]: example["output"] for example in read_split(result["path"], "train")}
    assert outputs[rows[0]["instruction"]].endswith("knows. See for more.")
    assert outputs[rows[1]["instruction"]].endswith("knows.\n& more")
    assert result["report"]["cleaned"] == {"web addresses": 2, "HTML": 1, "white space": 1}


def test_short_texts_with_labels_stay_unless_more_words_are_asked_for(tmp_path, prepare_file):
    said = (
        "Great shop",
        "Never again",
        "Arrived late",
        "Lovely tent",
        "Broken zip",
        "Good value",
        "Rude staff",
        "Five stars",
    )
    rows = [{"text": f"{one} {number}", "label": ("good", "bad")[place % 2]}
            for number in range(5) for place, one in enumerate(said)]  # fmt: skip
    path = write_csv(tmp_path / "rows.csv", rows)
    result = prepare_file(path)
    assert result["report"]["counts"] == {"read": 40, "kept": 40, "dropped": 0}
    assert result["report"]["limits"]["min_words"] == 2 and result["report"]["label_data"]
    with pytest.raises(InputError, match="words"):
        prepare_file(path, name="longer", min_words=10)


def test_short_questions_with_answers_of_their_own_are_left_out_as_before(tmp_path, prepare_file):
    rows = [*good_rows(30), {"instruction": "And this?", "input": "", "output": "That."}]
    report = prepare_file(write_csv(tmp_path / "rows.csv", rows))["report"]
    assert report["counts"]["dropped"] == 1 and report["limits"]["min_words"] == 10


def test_num_samples_takes_that_many_good_rows(tmp_path, prepare_file):
    rows = good_rows(50)
    rows[1]["output"] = ""
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows), num_samples=10)
    assert result["splits"] == {"train": 8, "validation": 1, "test": 1}
    assert result["report"]["counts"] == {"read": 11, "kept": 10, "dropped": 1}


def test_work_shared_out_to_processes_gives_the_same_dataset(tmp_path, prepare_file, monkeypatch):
    rows = good_rows(2000)
    rows[1800]["output"] = ""
    rows[1900]["output"] += "  <b>Bold</b> it is."
    path = write_json_lines(tmp_path / "rows.jsonl", rows)
    alone = prepare_file(path, name="alone")
    shared_out = []
    monkeypatch.setattr(batches, "_BYTES_PER_BATCH", 20_000)
    monkeypatch.setattr(screening, "_ROWS_ALONE", 100)
    monkeypatch.setattr(screening, "in_processes", lambda *work: shared_out.append(work) or in_processes(*work))
    shared = prepare_file(path, name="shared")
    assert shared_out and texts_of(alone["path"]) == texts_of(shared["path"])
    same = ("counts", "dropped", "cleaning", "findings", "lengths", "tokens", "topics")
    assert {name: alone["report"][name] for name in same} == {name: shared["report"][name] for name in same}


def test_conversations_are_prepared_as_they_are(tmp_path, prepare_file):
    rows = [
        {"conversations": [{"from": "human", "value": row["instruction"]}, {"from": "gpt", "value": row["output"]}]}
        for row in good_rows(40)
    ]
    result = prepare_file(write_json(tmp_path / "chats.json", rows))
    assert result["report"]["shape"] == "chat" and "conversations" in result["report"]["detected"]["reason"]
    example = next(read_split(result["path"], "train"))
    assert [message["role"] for message in json.loads(example["messages"])] == ["user", "assistant"]
    assert result["report"]["tokens"]["measured"] == 40


@pytest.mark.parametrize("extra", [
    {"messages": lambda row: [{"role": "user", "content": row["instruction"]},
                              {"role": "assistant", "content": row["output"]}]},
    {"prompt": lambda row: row["instruction"], "chosen": lambda row: row["output"], "rejected": lambda _: "No idea."},
    {"prompt": lambda row: row["instruction"], "completion": lambda row: row["output"], "label": lambda _: True},
    {"task": lambda row: row["instruction"], "answer": lambda row: row["output"], "history": lambda _: [["Hi", "Yes"]]},
])  # fmt: skip
def test_a_column_with_the_system_prompt_opens_the_conversation(tmp_path, prepare_file, extra):
    rows = [{name: make(row) for name, make in extra.items()} | {"system": "Be brief."} for row in good_rows(12)]
    made = prepare_file(write_json_lines(tmp_path / "rows.jsonl", rows))
    for example in read_split(made["path"], "train"):
        assert json.loads(example["messages"])[0] == {"role": "system", "content": "Be brief."}
        assert "system" not in example


def test_what_is_wrong_is_found_and_judged(tmp_path, prepare_file):
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


def test_rows_that_cannot_be_read_are_found_by_number(tmp_path, prepare_file):
    path = write_csv(tmp_path / "rows.csv", good_rows(30))
    with path.open("a", encoding="utf-8") as file:
        file.write('Too,many,cells,"of them",here\n"Broken "quotes",are,here\n')
    report = prepare_file(path)["report"]
    (found,) = (one for one in report["findings"] if one["kind"] == "unreadable")
    assert (found["severity"], found["rows"], found["mend"]) == ("warning", [32, 33], None)
    assert found["why"] == "broken quotes in 1 row, more cells than columns in 1 row"
    assert report["verdict"]["state"] == "ready with warnings"


def test_thousands_of_rows(tmp_path, prepare_file):
    result = prepare_file(write_json_lines(tmp_path / "rows.jsonl", good_rows(3000)))
    assert result["splits"] == {"train": 2400, "validation": 300, "test": 300}
    assert len(open_dataset(result["path"])["train"]) == 2400


def test_topics_come_from_a_column_where_there_is_one(tmp_path, prepare_file):
    rows = [{**row, "Category": "odd" if number % 2 else "even"} for number, row in enumerate(good_rows(20))]
    result = prepare_file(write_csv(tmp_path / "rows.csv", rows))
    assert result["report"]["topics"] == {"even": 10, "odd": 10}
    assert {example["topic"] for example in read_split(result["path"], "train")} == {"even", "odd"}
    assert result["report"]["source"]["notes"] == ["column 'Category' was taken as topic"]


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
def test_a_file_that_cannot_be_used_is_refused_in_words_and_leaves_nothing(
    tmp_path, prepare_file, content, message, remedy
):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        prepare_file(path)
    assert remedy in caught.value.remedy
    assert [item for item in tmp_path.rglob("*") if item not in (path, tmp_path / "out")] == []


def test_a_path_that_is_not_there_is_refused(tmp_path, prepare_file):
    with pytest.raises(NotFoundError):
        prepare_file(tmp_path / "missing.csv")


def test_an_unknown_domain_names_those_there_are(tmp_path):
    with pytest.raises(InputError, match="'astrology'.*healthcare, legal"):
        sample(tmp_path, domain="astrology")


def test_a_dataset_is_never_overwritten(tmp_path):
    path = sample(tmp_path)["path"]
    before = describe(path)
    with pytest.raises(ConflictError):
        sample(tmp_path, seed=1)
    assert describe(path) == before


def test_a_wish_to_stop_is_followed_and_leaves_nothing(tmp_path):
    class Impatient(Reporter):
        def stop_requested(self):
            return StopRequest.CANCEL

    spec = PrepareSpec(
        name="mine", output_dir=str(tmp_path / "out"), source="file",
        input_file=str(write_json_lines(tmp_path / "rows.jsonl", good_rows(3000))),
    )  # fmt: skip
    with pytest.raises(Stopped):
        prepare(spec, Impatient())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_column_that_only_later_rows_have_is_named_as_not_used(tmp_path, prepare_file):
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


def test_a_refusal_says_what_the_rows_were_taken_for(tmp_path, prepare_file):
    rows = [{"id": n, "prompt": "Where does the tram go?", "answer": f"It goes to stop number {n}."} for n in range(30)]
    path = tmp_path / "same.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(InputError, match="ask only 1 question") as caught:
        prepare_file(path)
    assert "column 'prompt' was taken as instruction" in caught.value.message
    assert "not used: 'id'" in caught.value.message

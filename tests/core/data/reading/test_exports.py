"""What annotation tools, card decks and quizzes export becomes questions with their answers, and says what it left."""

import json
import re

import pytest

from core.data.reading.bundles import open_any
from core.data.reading.content import Meter
from core.errors import InputError
from core.examples.drops import Drop
from tests.core.data.reading import made


def seen(tmp_path, name: str, content: bytes | str | object) -> dict:
    """What a file is found to be."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    opened = open_any(path, Meter(on_progress=lambda: None))
    return {"head": [row[1] for row in opened.rows], "columns": opened.columns, "notes": opened.notes}


def told(found: dict, words: str) -> bool:
    return any(words in note for note in found["notes"])


# --- Label Studio


def task(number: int, *annotations: dict, **data) -> dict:
    return {
        "id": number,
        "data": {"ask": f"What is {number}?", **data},
        "annotations": list(annotations),
        "file_upload": "p.json",
        "predictions": [],
    }


def annotation(name: str, kind: str, value: object, **about) -> dict:
    return {"id": 1, "result": [{"from_name": name, "type": kind, "value": {kind: value}}], **about}


def test_label_studio_takes_the_ground_truth_and_no_cancelled_annotation(tmp_path):
    cancelled = annotation("reply", "text", ["Never mind."], was_cancelled=True)
    found = seen(
        tmp_path,
        "a.json",
        [
            task(1, cancelled, annotation("reply", "text", ["One."])),
            task(
                2,
                annotation("reply", "text", ["Perhaps two."]),
                annotation("reply", "text", ["Two."], ground_truth=True),
            ),
            task(3),
            task(4, cancelled),
        ],
    )
    assert found["head"] == [{"ask": "What is 1?", "reply": "One."}, {"ask": "What is 2?", "reply": "Two."}]
    assert told(found, "several annotations, of which the ground truth or else the first is read: 1")
    assert told(found, "without an annotation, which are left out: 2")


def test_label_studio_choices_ratings_and_parts_of_a_text(tmp_path):
    mixed = {
        "result": [
            {"from_name": "mood", "type": "choices", "value": {"choices": ["glad", "calm"]}},
            {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
            {"from_name": "where", "type": "labels", "value": {"start": 0, "end": 4, "text": "What", "labels": ["W"]}},
        ]
    }
    found = seen(tmp_path, "a.json", [task(1, mixed), task(2, annotation("ask", "text", ["Better asked?"]))])
    assert found["head"][0] == {"ask": "What is 1?", "mood": "glad, calm", "stars": 4}
    assert found["head"][1] == {"ask": "What is 2?", "ask (annotated)": "Better asked?"}
    assert told(found, "results of type labels")


def test_a_task_that_is_none_costs_itself_alone(tmp_path):
    rows = [
        task(1, annotation("reply", "text", ["One."])),
        {"id": 2, "data": "x"},
        task(3, annotation("reply", "text", ["3."])),
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([*rows[:1] * 100, *rows]))
    found = list(open_any(path, Meter(on_progress=lambda: None)).rows)
    assert [row[2:] for row in found if not row[1]] == [(Drop.OTHER_FORM,)]
    assert len(found) == 103


def test_tasks_of_which_none_is_annotated_are_refused(tmp_path):
    with pytest.raises(InputError, match="no row can be used: tasks without an annotation, which are left out: 2"):
        seen(tmp_path, "a.json", [task(1), task(2)])


def test_label_studio_in_short(tmp_path):
    rows = [
        {
            "ask": "One?",
            "id": 1,
            "mood": {"choices": ["glad", "calm"]},
            "reply": ["One.", "Or two."],
            "annotator": 1,
            "annotation_id": 2,
            "created_at": "2025-01-01",
            "lead_time": 2.5,
        }
    ]
    assert seen(tmp_path, "a.json", rows)["head"] == [{"ask": "One?", "mood": "glad, calm", "reply": "One.\nOr two."}]
    assert seen(tmp_path, "a.csv", made.csv_bytes(rows))["head"][0]["mood"] == "glad, calm"


# --- SQuAD


def article(*asked: dict) -> dict:
    return {"title": "Bridges", "paragraphs": [{"context": "It was built in 1800.", "qas": list(asked)}]}


ANSWERED = {"id": "1", "question": "When?", "answers": [{"text": "1800", "answer_start": 16}, {"text": "In 1800"}]}
IMPOSSIBLE = {
    "id": "2",
    "question": "Why?",
    "is_impossible": True,
    "answers": [],
    "plausible_answers": [{"text": "1800"}],
}


@pytest.mark.parametrize(
    "whole",
    [
        {"version": "v2.0", "data": [article(ANSWERED), article(IMPOSSIBLE, ANSWERED)]},
        {"data": [article(ANSWERED), article(ANSWERED)], "version": "1.1"},
        [article(IMPOSSIBLE, ANSWERED), article(ANSWERED)],
        {"paragraphs": article(ANSWERED)["paragraphs"] * 2, "title": "Bridges"},
        {"data": [article({**ANSWERED, "answers": {"answer_start": [16], "text": ["1800"]}})] * 2},
    ],
)
def test_squad_is_a_row_for_each_question_that_has_an_answer(tmp_path, whole):
    found = seen(tmp_path, "a.json", whole)
    row = {"question": "When?", "context": "It was built in 1800.", "answer": "1800"}
    assert [{name: value for name, value in values.items() if name != "title"} for values in found["head"]] == [row] * 2
    if "Why?" in json.dumps(whole):
        assert told(found, "without an answer in the text, which are left out: 1")


def test_squad_in_flat_rows_where_the_first_has_no_answer(tmp_path):
    rows = [
        {"id": str(n), "question": f"When {n}?", "context": "In 1800.", "answers": {"text": texts, "answer_start": [3]}}
        for n, texts in enumerate([[], ["1800"], ["", "1801"]])
    ]
    found = seen(tmp_path, "a.jsonl", made.jsonl_bytes(rows))
    assert [row["answer"] for row in found["head"]] == ["1800", "1801"]
    assert told(found, "left out: 1")
    assert [row["answer"] for row in seen(tmp_path, "a.parquet", made.parquet_bytes(rows))["head"]] == ["1800", "1801"]


def test_squad_as_pandas_writes_it_to_csv(tmp_path):
    texts = "array([\"the guild's men\", 'masons'],\n      dtype=object)"
    answers = f"{{'text': {texts}, 'answer_start': array([1, 2], dtype=int32)}}"
    rows = [{"context": "So it was.", "question": "Who?", "answers": answers}]
    assert seen(tmp_path, "a.csv", made.csv_bytes(rows))["head"][0]["answer"] == "the guild's men"


# --- Argilla


def test_argilla_reads_what_people_handed_in_and_no_suggestion(tmp_path):
    def record(number: int, *given: dict) -> dict:
        return {
            "id": str(number),
            "status": "completed",
            "fields": {"prompt": f"What is {number}?"},
            "metadata": {},
            "suggestions": {"answer": {"value": "Guess.", "agent": "m"}},
            "responses": {"answer": list(given)},
        }

    found = seen(
        tmp_path,
        "a.json",
        [
            record(1, {"value": "One.", "user_id": "u"}),
            record(2, {"value": "Bad.", "status": "discarded"}, {"value": "Two.", "status": "submitted"}),
            record(3),
        ],
    )
    assert found["head"] == [{"prompt": "What is 1?", "answer": "One."}, {"prompt": "What is 2?", "answer": "Two."}]
    assert told(found, "nobody has answered, which are left out: 1")


def test_argilla_as_the_server_keeps_it(tmp_path):
    by_person = [
        {
            "id": "a",
            "status": "completed",
            "fields": {"prompt": "What?"},
            "suggestions": [],
            "responses": [{"status": "submitted", "values": {"answer": {"value": "That."}}}],
        }
    ]
    assert seen(tmp_path, "a.json", by_person)["head"] == [{"prompt": "What?", "answer": "That."}]


def test_argilla_in_flat_rows(tmp_path):
    newer = [
        {
            "id": "1",
            "status": "completed",
            "_server_id": "x",
            "prompt": "What?",
            "answer.suggestion": "Guess.",
            "answer.suggestion.score": None,
            "answer.responses": ["Bad.", "That."],
            "answer.responses.users": ["u", "v"],
            "answer.responses.status": ["discarded", "submitted"],
            "answer_key": "7",
        }
    ]
    assert seen(tmp_path, "a.json", newer)["head"] == [{"prompt": "What?", "answer_key": "7", "answer": "That."}]
    older = [
        {
            "prompt": "What?",
            "answer": [{"user_id": "u", "value": "That.", "status": "submitted"}],
            "answer-suggestion": "Guess.",
            "answer-suggestion-metadata": {"type": None},
            "external_id": "0",
        }
    ]
    assert seen(tmp_path, "a.jsonl", made.jsonl_bytes(older * 2))["head"][0] == {"prompt": "What?", "answer": "That."}


# --- Anki


def test_anki_obeys_its_header(tmp_path):
    text = (
        "#separator:Semicolon\n#html:true\n#guid column:1\n#deck column:2\n#columns:GUID;Deck;Front;Back;Extra;Tags\n"
        "#tags column:6\n"
        '"x;1";Geo;"Where is &quot;A&quot;?";"In <b>B</b>;<br>it is.[sound:a.mp3]";more;hill town\n'
        "x2;Geo;What is this? <img src=a.png>;A hill.;;\n"
    )
    found = seen(tmp_path, "deck.txt", text)
    assert found["head"] == [
        {"question": 'Where is "A"?', "answer": "In B;\nit is.", "Extra": "more", "tags": "hill, town", "deck": "Geo"}
    ]
    assert told(found, "pictures, which are left out: 1")


def test_anki_with_gaps_and_several_lines_in_a_field(tmp_path):
    text = '#separator:tab\n#html:false\n"The seat of\n{{c1::Arden::county}} is {{c2::Mill}}."\tIt is old.\n'
    assert seen(tmp_path, "deck.tsv", text)["head"] == [
        {"question": "The seat of\n[county] is […].", "answer": "The seat of\nArden is Mill.\nIt is old."}
    ]


# --- Stack Exchange


def test_posts_join_questions_with_their_best_answers(tmp_path):
    posts = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="9" PostTypeId="2" ParentId="1" Score="2" Body="&lt;p&gt;Worse.&lt;/p&gt;" />
  <row Id="1" PostTypeId="1" AcceptedAnswerId="3" Title="How &amp; why?"
    Body="&lt;p&gt;See &lt;code&gt;x&lt;/code&gt;&lt;/p&gt;"
    Tags="&lt;a&gt;&lt;b&gt;" />
  <row Id="2" PostTypeId="2" ParentId="1" Score="9" Body="&lt;p&gt;Liked.&lt;/p&gt;" />
  <row Id="3" PostTypeId="2" ParentId="1" Score="-1"
    Body="&lt;p&gt;So:&lt;/p&gt;&lt;pre&gt;&lt;code&gt;if a:&#xA;    b&#xA;&lt;/code&gt;&lt;/pre&gt;" />
  <row Id="4" PostTypeId="1" Title="And?" Body="&lt;p&gt;More.&lt;/p&gt;" Tags="|c|" />
  <row Id="5" PostTypeId="2" ParentId="4" Score="1"
    Body="&lt;ul&gt;&lt;li&gt;One&lt;/li&gt;&lt;li&gt;Two&lt;/li&gt;&lt;/ul&gt;" />
  <row Id="6" PostTypeId="1" Title="Alone?" Body="" />
</posts>"""
    found = seen(tmp_path, "Posts.xml", posts)
    assert found["head"] == [
        {"question": "How & why?\n\nSee x", "tags": "a, b", "answer": "So:\n\n```\nif a:\n    b\n```"},
        {"question": "And?\n\nMore.", "tags": "c", "answer": "- One\n- Two"},
    ]
    assert told(found, "questions without an answer, which are left out: 1")


# --- Documents of questions


def test_a_document_of_questions_below_headings(tmp_path):
    text = "# Help\n\nWelcome.\n\n" + "".join(
        f"## {n}. May I bring {n} dogs?\n\nYes, {n}.\n\n### Note\n\nOn a lead.\n\n" for n in range(1, 5)
    )
    found = seen(tmp_path, "faq.md", text + "## Contact\n\nRing us.\n")
    assert found["head"][0] == {"question": "May I bring 1 dogs?", "answer": "Yes, 1.\n\n### Note\n\nOn a lead."}
    assert len(found["head"]) == 4
    assert told(found, "not a question with an answer, which are left out: 2")


@pytest.mark.parametrize(
    "written",
    [
        "Q: May I bring {n} dogs?\nA: Yes,\non a lead.\n\n",
        "**Q{n}: May I bring {n} dogs?**\n\n**A:** Yes,\non a lead.\n\n",
        "Frage {n}: May I bring {n} dogs?\nAntwort: Yes,\non a lead.\n",
    ],
)
def test_a_document_of_questions_with_marks(tmp_path, written):
    found = seen(tmp_path, "faq.txt", "Help\n\n" + "".join(written.format(n=n) for n in range(1, 5)))
    assert found["head"][1] == {"question": "May I bring 2 dogs?", "answer": "Yes,\non a lead."}
    assert len(found["head"]) == 4


def test_a_markdown_table_of_questions(tmp_path):
    table = "".join(f"| May I bring {n} \\| more? | Yes,<br>{n}. |\n" for n in range(5))
    header = "|Question|Answer|\n|:--|---|\n"
    found = seen(tmp_path, "faq.md", f"# Help\n\n{header}{table}\nRing us.\n\n# More\n\n{header}{table}")
    assert len(found["head"]) == 10
    assert found["head"][1] == {"Question": "May I bring 1 | more?", "Answer": "Yes,\n1."}
    assert told(found, "lines outside the table of questions and answers, which are left out: 1")


def test_a_page_of_questions_below_headings_or_folded_away(tmp_path):
    headed = "".join(f"<h3>May I <b>bring</b> {n} dogs?</h3><p>Yes, {n}.</p><p>On a lead.</p>" for n in range(1, 5))
    page = f"<!doctype html><html><body><h1>Help</h1>{headed}</body></html>"
    row = {"question": "May I bring 2 dogs?", "answer": "Yes, 2.\n\nOn a lead."}
    assert seen(tmp_path, "a.html", page)["head"][1] == row
    folded = re.sub("<h3>(.*?)</h3>(.*?)(?=<h3>|</body>)", r"<details><summary>\1</summary>\2</details>", page)
    assert seen(tmp_path, "b.html", folded)["head"][1] == row


def test_lines_with_as_many_tabs_are_a_table_whatever_the_file_is_called(tmp_path):
    cards = "".join(
        f"What is the county seat of the county {n}?\tIt is Town {n}, a mill, and so on.\n" for n in range(9)
    )
    found = seen(tmp_path, "cards.txt", cards)
    assert found["columns"] == ["column 1", "column 2"] and len(found["head"]) == 9
    assert seen(tmp_path, "prose.txt", "So it was.\tAnd so on.\n" * 2 + "It is.\n" * 3)["columns"] == ["text", "source"]


@pytest.mark.parametrize("run", ["*", " ", "-", "_", "#", "| ", "#\t", "Q"])
def test_long_runs_of_anything_take_no_longer_than_their_length(tmp_path, run):
    """Where the time grew with the square of the length, this would not end."""
    line = run * 50_000
    text = f"# Help\n\n|Question|Answer|\n{line}\n{line}x\n\n## {line}?\n\nQ: {line}\n\n{line}\n"
    assert seen(tmp_path, "a.md", text)["columns"] == ["text", "source"]


def test_documents_that_only_ask_now_and_then_stay_documents(tmp_path):
    text = "# Report\n\n" + "".join(f"## Part {n}\n\nIs it so? It is.\n\n" for n in range(5)) + "## Why?\n\nSo.\n"
    assert seen(tmp_path, "a.md", text)["columns"] == ["text", "source"]


def test_xml_of_another_form_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="XML of a form that is not read"):
        seen(tmp_path, "a.xml", '<?xml version="1.0"?><books><book>So it was.</book></books>')


def test_each_wording_of_an_intent_asks_and_its_first_reply_answers(tmp_path):
    intents = [
        {"tag": "hello", "patterns": ["Hi", "Good day"], "responses": ["Hello there.", "Hi."]},
        {"tag": "none", "patterns": [], "responses": ["Pardon?"]},
        {"tag": "times", "patterns": ["When do you open?"], "responses": ["At nine."]},
    ]
    found = seen(tmp_path, "intents.json", {"intents": intents})
    assert [(row["question"], row["answer"], row["topic"]) for row in found["head"]] == [
        ("Hi", "Hello there.", "hello"), ("Good day", "Hello there.", "hello"),
        ("When do you open?", "At nine.", "times"),
    ]  # fmt: skip
    assert told(found, "further replies to the same wordings, which are left out: 1")

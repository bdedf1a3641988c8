"""Columns and turns under other names give the same examples as under the usual ones."""

import pytest

from core.data.shapes import Mapper, detect
from core.specs import Shape
from tests.core.data.shapes.rows import KTO, OPENAI, PREFERENCE, TEXTS, TOOL_CALLS, renamed
from tests.core.data.shapes.test_detecting import examples, found

QUESTIONS = [
    {"instruction": f"What is the capital of {country}?", "output": f"It is the town of {town}, on the river."}
    for country, town in (("France", "Paris"), ("Italy", "Rome"), ("Switzerland", "Bern"))
]
PAIRS = [
    {"prompt": f"Tell me about the {what}.", "chosen": f"Gladly: {what} are a long story.", "rejected": f"No {what}."}
    for what in ("boats", "trees", "cats", "dogs")
]
DIALOGUES = [{"messages": row["messages"][1:]} for row in OPENAI]


@pytest.mark.parametrize(
    "question, answer",
    [
        ("user_query", "bot_reply"), ("context", "completion"), ("input_text", "output_text"), ("source", "target"),
        ("user_prompt", "model_answer"), ("Question Text", "Answer Text"), ("inputs", "outputs"), ("title", "answer"),
    ],
)  # fmt: skip
def test_a_question_and_its_answer(question, answer):
    rows = renamed(QUESTIONS, {"instruction": question, "output": answer})
    assert found(rows).shape is Shape.INSTRUCTION
    assert [(one["instruction"], one["output"]) for one in examples(rows)] == [
        (row["instruction"], row["output"]) for row in QUESTIONS
    ]


@pytest.mark.parametrize(
    "better, worse",
    [("good", "bad"), ("best_answer", "worst_answer"), ("positive", "negative"), ("like", "dislike"),
     ("liked_response", "disliked_response"), ("response_w", "response_l"), ("Bessere Antwort", "Schlechtere Antwort"),
     ("choice", "reject")],
)  # fmt: skip
def test_a_better_and_a_worse_answer(better, worse):
    for rows in (PAIRS, PREFERENCE):
        other = renamed(rows, {"chosen": better, "rejected": worse})
        assert found(other).shape is Shape.PREFERENCE
        assert examples(other) == examples(rows)


@pytest.mark.parametrize(
    "first, second, column, says",
    [
        ("response_a", "response_b", "winner", ("a", "b")),
        ("response_a", "response_b", "preferred", ("Response A", "Response B")),
        ("answer_1", "answer_2", "better", (1, 2)),
        ("response_0", "response_1", "better_response_id", (0, 1)),
        ("model_a_response", "model_b_response", "winner", ("model_a", "model_b")),
        ("output1", "output2", "preference", ("output1", "output2")),
    ],
)
def test_a_column_that_says_which_of_two_answers_won(first, second, column, says):
    rows = [
        {"prompt": row["prompt"], first: row["chosen"], second: row["rejected"], column: says[0]} if number % 2 else
        {"prompt": row["prompt"], first: row["rejected"], second: row["chosen"], column: says[1]}
        for number, row in enumerate(PAIRS)
    ]  # fmt: skip
    detected = found(rows)
    assert detected.shape is Shape.PREFERENCE and detected.mapping["winner"] == column
    assert f"{column!r} says which of {first!r} and {second!r} is better" in detected.reason
    assert examples(rows) == examples(PAIRS)


def test_the_user_may_choose_the_answers_and_the_winner():
    rows = [{"ask": "Which one?", "x": "This.", "y": "That, I say.", "pick": who} for who in ("y", "x")]
    asked = {"instruction": "ask", "chosen": "x", "rejected": "y", "winner": "pick"}
    mapper = Mapper(found(rows, asked=asked))
    assert [mapper.example(row)[0]["chosen"] for row in rows] == ["That, I say.", "This."]


def test_a_tie_is_not_a_pair():
    rows = [{"prompt": "Which one?", "answer_a": "This.", "answer_b": "That.", "winner": who} for who in ("a", "tie")]
    mapper = Mapper(found(rows))
    assert [str(problem) for _, problem in map(mapper.example, rows)] == [
        "None", "does not say which of the two answers is better",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "column, good, bad",
    [("thumbs_up", True, False), ("is_good", 1, 0), ("helpful", "yes", "no"), ("label", "thumbs_up", "thumbs_down"),
     ("score", 1.0, 0.0), ("Bewertung", "gut", "schlecht"), ("verdict", "pass", "fail")],
)  # fmt: skip
def test_a_judgement(column, good, bad):
    rows = renamed([{**row, "label": good if row["label"] else bad} for row in KTO], {"label": column})
    assert found(rows).shape is Shape.FEEDBACK
    assert examples(rows) == examples(KTO)


def test_a_constant_score_is_not_a_judgement():
    rows = [{"question": "Is it so?", "answer": "It is so.", "score": 1}] * 3
    assert found(rows).shape is Shape.INSTRUCTION


@pytest.mark.parametrize(
    "turn",
    [
        lambda role, text: {"speaker": {"user": "User", "assistant": "Bot"}[role], "utterance": text},
        lambda role, text: {"Role": role.upper(), "Content": text},
        lambda role, text: {"author": role, "body": text},
        lambda role, text: {"sender": {"user": "customer", "assistant": "support"}[role], "message": text},
        lambda role, text: {"type": {"user": "human", "assistant": "ai"}[role], "content": text},
        lambda role, text: {"role": {"user": "user", "assistant": "model"}[role], "parts": [{"text": text}]},
        lambda role, text: {role: text},
        lambda role, text: [role, text],
    ],
)
def test_turns_of_a_conversation(turn):
    rows = [{"turns": [turn(one["role"], one["content"]) for one in row["messages"]]} for row in DIALOGUES]
    assert found(rows).shape is Shape.CHAT
    assert examples(rows) == examples(DIALOGUES)


@pytest.mark.parametrize(
    "pair",
    [
        lambda asked, said: {"user": asked, "assistant": said},
        lambda asked, said: {"human": asked, "gpt": said},
        lambda asked, said: {"question": asked, "answer": said},
        lambda asked, said: [asked, said],
    ],
)
def test_turns_in_pairs(pair):
    texts = [[one["content"] for one in row["messages"]] for row in DIALOGUES]
    for name in ("dialogue", "data"):
        rows = [{name: [pair(*said[:2]), pair(*said[2:])]} for said in texts]
        assert found(rows).shape is Shape.CHAT
        assert examples(rows) == examples(DIALOGUES)


@pytest.mark.parametrize("rows", [PREFERENCE, OPENAI, TOOL_CALLS], ids=["preference", "messages", "tools"])
def test_cells_that_python_wrote(rows):
    written = [{name: value if isinstance(value, str) else str(value) for name, value in row.items()} for row in rows]
    assert examples(written) == examples(rows)
    in_lines = [{name: text.replace("}, {'", "}\n {'") for name, text in row.items()} for row in written]
    assert examples(in_lines) == examples(rows)


def test_an_answer_that_is_an_object_stays_text():
    rows = [{"prompt": f"Who is {name}? As JSON.", "response": f'{{"user": "{name}"}}', "label": 1} for name in "abc"]
    assert examples(rows)[0]["output"] == '{"user": "a"}'


@pytest.mark.parametrize("end", [[], [{"role": "assistant", "content": ""}]])
def test_conversations_that_end_with_a_question_and_the_answer_beside_them(end):
    rows = [{"messages": row["messages"][:-1] + end, "response": row["messages"][-1]["content"]} for row in DIALOGUES]
    assert found(rows).mapping == {"messages": "messages", "output": "response"}
    assert examples(rows) == examples(DIALOGUES)


@pytest.mark.parametrize("rows", [PREFERENCE, OPENAI, TOOL_CALLS, KTO], ids=["preference", "chat", "tools", "kto"])
def test_rows_nested_in_an_object(rows):
    assert examples([{"row_idx": number, "row": row} for number, row in enumerate(rows)]) == examples(rows)


@pytest.mark.parametrize(
    "prompt",
    [
        lambda one: f"\n\nHuman: {one['prompt']}\n\nAssistant:",
        lambda one: [*DIALOGUES[0]["messages"][:2], {"role": "user", "content": one["prompt"]}],
    ],
)
def test_feedback_on_the_answer_to_a_conversation(prompt):
    rows = [{**one, "prompt": prompt(one)} for one in KTO]
    assert [one["output"] for one in examples(rows)] == [one["completion"] for one in KTO]


def test_a_conversation_in_one_line():
    rows = [
        {"text": "".join(f"### {'Human' if one['role'] == 'user' else 'Assistant'}: {one['content']}" for one in said)}
        for said in (row["messages"] for row in DIALOGUES)
    ]
    assert examples(rows) == examples(DIALOGUES)


def test_a_history_alone_is_the_conversation():
    rows = renamed(TOOL_CALLS, {"conversations": "history"})
    assert found(rows).mapping == {"messages": "history", "tools": "tools"}


@pytest.mark.parametrize(
    "names", [("timestamp", "Absatz"), ("title", "raw"), ("Titel", "Beschreibung"), ("url", "passage")]
)
def test_a_column_beside_a_document_is_not_a_question(names):
    beside = {"timestamp": "2019-04-25T12:57:54Z", "url": "https://example.org/a"}.get(names[0], "A house by the sea")
    rows = [{names[0]: beside, names[1]: row["text"]} for row in TEXTS]
    assert detect(list(rows[0]), rows).mapping["text"] == names[1]

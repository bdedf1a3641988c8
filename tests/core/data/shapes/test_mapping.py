"""Rows of every shape become examples; a row that cannot become one is dropped with a reason."""

import json
import math

import pytest

from core.data.shapes import Mapper, detect, detect_prepared
from core.data.shapes.caveats import Caveat
from core.examples.drops import Drop
from core.examples.roles import SHAPE_COLUMNS
from core.specs import Shape
from tests.core.data.shapes.rows import ALPACA, KTO, OPENAI, PREFERENCE, TEXTS, TOOL_CALLS

ASKED = [{"role": "user", "content": "Is it?"}]


def made(*rows: dict, **said) -> list[dict]:
    mapper = Mapper(detect(list(rows[0]), list(rows), **said))
    results = [mapper.example(row) for row in rows]
    assert [problem for _, problem in results] == [None] * len(rows)
    assert all(list(example) == mapper.columns for example, _ in results)
    return [example for example, _ in results]


def problem(row: dict, good: dict) -> Drop:
    mapper = Mapper(detect(list(good), [good]))
    assert mapper.example(good)[1] is None
    example, why = mapper.example(row)
    assert example is None
    return why


@pytest.mark.parametrize("rows", [ALPACA, OPENAI, TOOL_CALLS, PREFERENCE, KTO, TEXTS])
def test_examples_read_again_are_the_same(rows):
    examples = made(*rows)
    assert all(isinstance(text, str) for example in examples for text in example.values())
    assert made(*examples) == examples


def test_cells_keep_their_text():
    row = {"question": "How many?", "answer": 42.0, "topic": ["a", "b"], "tags": ["to check", "odd"]}
    [example, empty] = made(row, {"question": math.nan, "answer": None, "topic": None, "tags": ""})
    assert example == {
        "instruction": "How many?",
        "input": "",
        "output": "42",
        "topic": "a, b",
        "tags": "to-check, odd",
    }
    assert set(empty.values()) == {""}


def test_a_system_prompt_is_kept():
    row = {"system": "Be brief.", "prompt": "Who?", "response": "Me."}
    assert made(row) == [{"instruction": "Who?", "input": "", "output": "Me.", "system": "Be brief."}]
    chat = {"system": "Be brief.", "messages": [*ASKED, {"role": "assistant", "content": "Yes."}]}
    [example] = made(chat)
    assert [message["role"] for message in json.loads(example["messages"])] == ["system", "user", "assistant"]


def test_history_comes_before_the_question():
    row = {"instruction": "And then?", "input": "", "output": "Home.", "history": [["Where?", "To the sea."]]}
    [example] = made(row)
    said = [(message["role"], message["content"]) for message in json.loads(example["messages"])]
    assert said == [("user", "Where?"), ("assistant", "To the sea."), ("user", "And then?"), ("assistant", "Home.")]


def test_an_unanswered_turn_is_left_out():
    [example] = made({"messages": [*ASKED, {"role": "assistant", "content": "Yes."}, *ASKED]})
    assert len(json.loads(example["messages"])) == 2


def test_tools_are_kept_as_functions():
    [example, *_] = made(*TOOL_CALLS)
    [tool] = json.loads(example["tools"])
    assert tool["type"] == "function" and tool["function"]["name"] == "weather"
    assert made({"messages": OPENAI[0]["messages"], "tools": None})[0]["tools"] == ""


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Is it?", "chosen": "Yes.", "rejected": "No."},
        {"question": "Is it?", "response_chosen": "Yes.", "response_rejected": "No."},
        {"prompt": ASKED, "chosen": [{"role": "assistant", "content": "Yes."}],
         "rejected": [{"role": "assistant", "content": "No."}]},
        {"messages": ASKED, "chosen": {"from": "gpt", "value": "Yes."}, "rejected": {"from": "gpt", "value": "No."}},
        {"chosen": [*ASKED, {"role": "assistant", "content": "Yes."}],
         "rejected": [*ASKED, {"role": "assistant", "content": "No."}]},
        {"prompt": "Is it?", "chosen": [*ASKED, {"role": "assistant", "content": "Yes."}],
         "rejected": [*ASKED, {"role": "assistant", "content": "No."}]},
        {"chosen": "\n\nHuman: Is it?\n\nAssistant: Yes.", "rejected": "\n\nHuman: Is it?\n\nAssistant: No."},
        {"messages": [*ASKED, {"role": "assistant", "content": "Yes."}], "chosen": "Yes.", "rejected": "No."},
        {"input": {"messages": ASKED}, "preferred_output": [{"role": "assistant", "content": "Yes."}],
         "non_preferred_output": [{"role": "assistant", "content": "No."}]},
    ],
)  # fmt: skip
def test_every_form_of_a_preference_pair(row):
    assert made(row) == [{"messages": json.dumps(ASKED), "chosen": "Yes.", "rejected": "No."}]
    assert made({name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}) == [
        {"messages": json.dumps(ASKED), "chosen": "Yes.", "rejected": "No."}
    ]


def test_conversations_are_split_where_the_answers_differ():
    more = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    chosen = [*ASKED, {"role": "assistant", "content": "Yes."}, *more]
    rejected = [*ASKED, {"role": "assistant", "content": "No."}, *more]
    [example] = made({"chosen": chosen, "rejected": rejected})
    assert (json.loads(example["messages"]), example["chosen"], example["rejected"]) == (ASKED, "Yes.", "No.")


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Is it?", "completion": "Yes.", "label": True},
        {"prompt": ASKED, "completion": [{"role": "assistant", "content": "Yes."}], "label": "TRUE"},
        {"conversations": [{"from": "human", "value": "Is it?"}, {"from": "gpt", "value": "Yes."}], "kto_tag": 1.0},
        {"question": "Is it?", "answer": "Yes.", "feedback": "good"},
        {"question": "Is it?", "answer": "Yes.", "thumbs": "👍"},
    ],
)
def test_every_form_of_feedback(row):
    assert made(row) == [{"messages": json.dumps(ASKED), "output": "Yes.", "label": "good"}]


@pytest.mark.parametrize("said", [False, 0, 0.0, "0", "FALSE", "bad", "no", "👎"])
def test_values_that_mean_bad(said):
    row = {"prompt": "Is it?", "completion": "Yes.", "label": said}
    assert made(row)[0]["label"] == "bad"


@pytest.mark.parametrize(
    "row, good, why",
    [
        (ALPACA[0] | {"output": ["a"]}, ALPACA[0], Drop.NOT_TEXT),
        ({"messages": "hello"}, OPENAI[0], Drop.NOT_A_CHAT),
        ({"messages": [{"role": "user"}]}, OPENAI[0], Drop.NOT_A_CHAT),
        ({"messages": [{"role": "wizard", "content": "Hi"}]}, OPENAI[0], Drop.UNKNOWN_ROLE),
        ({"messages": ASKED}, OPENAI[0], Drop.NO_ANSWER_TURN),
        ({"messages": [{"role": "assistant", "content": "Hello."}] * 2}, OPENAI[0], Drop.NO_USER_TURN),
        ({"messages": []}, OPENAI[0], Drop.NO_ANSWER_TURN),
        ({"messages": None}, OPENAI[0], Drop.NOT_A_CHAT),
        (TOOL_CALLS[0] | {"tools": "a hammer"}, TOOL_CALLS[0], Drop.BAD_TOOLS),
        (KTO[0] | {"label": "perhaps"}, KTO[0], Drop.NO_LABEL),
        (PREFERENCE[0] | {"rejected": PREFERENCE[0]["chosen"]}, PREFERENCE[0], Drop.SAME_ANSWERS),
        (PREFERENCE[0] | {"rejected": None}, PREFERENCE[0], Drop.NO_OUTPUT),
        (PREFERENCE[0] | {"chosen": "", "rejected": ""}, PREFERENCE[0], Drop.NO_OUTPUT),
        (PREFERENCE[0] | {"rejected": {"from": "human", "value": "No."}}, PREFERENCE[0], Drop.NO_ANSWER_TURN),
        ({"chosen": "Human: Is it?\n\nAssistant: Yes.", "rejected": "Human: Was it?\n\nAssistant: No."},
         {"chosen": "Human: Is it?\n\nAssistant: Yes.", "rejected": "Human: Is it?\n\nAssistant: No."},
         Drop.DIFFERENT_PROMPTS),
    ],
)  # fmt: skip
def test_rows_that_are_dropped(row, good, why):
    assert problem(row, good) is why


@pytest.mark.parametrize("rows", [ALPACA, OPENAI, TOOL_CALLS, PREFERENCE, KTO, TEXTS])
def test_a_prepared_dataset_is_read_back_and_rows_broken_by_hand_are_dropped(rows):
    examples = [example | {"tags": "odd"} for example in made(*rows)]
    mapper = Mapper(detect_prepared([*examples[0], "row"]))
    assert [mapper.example(example | {"row": 7}) for example in examples] == [(example, None) for example in examples]
    if "messages" in examples[0]:
        assert mapper.example(examples[0] | {"messages": "[{not JSON"}) == (None, Drop.NOT_A_CHAT)


def test_every_shape_has_its_columns():
    samples = (ALPACA, OPENAI, PREFERENCE, KTO, TEXTS)
    assert [tuple(made(*rows)[0]) for rows in samples] == [SHAPE_COLUMNS[shape] for shape in Shape]


def _caveats(*messages: dict, **beside) -> tuple[list[dict], set[Caveat]]:
    """The stored messages of a conversation, and its caveats."""
    row = {"messages": list(messages), **beside}
    mapper = Mapper(detect(list(row), [{**row, "messages": [*ASKED, _said("Yes.")]}]))
    example, why = mapper.example(row)
    return (json.loads(example["messages"]) if example else [], mapper.caveats or {why} - {None})


def _said(content: str, **more) -> dict:
    return {"role": "assistant", "content": content, **more}


def test_a_conversation_ends_with_the_last_learned_answer_and_says_so():
    assert _caveats(*ASKED, _said("Yes.")) == ([*ASKED, _said("Yes.")], set())
    for rest in ([*ASKED], [*ASKED, _said("No.", train=False)]):
        stored, told = _caveats(*ASKED, _said("Yes."), *rest)
        assert stored == [*ASKED, _said("Yes.")] and Caveat.CUT in told
    stored, told = _caveats(*ASKED, _said("No.", loss=False), *ASKED, _said("Yes.", weight=1))
    assert stored[1] == _said("No.", weight=0) and len(stored) == 4 and told == {Caveat.NOT_LEARNED}
    assert _caveats(*ASKED, _said("No.", weight=0)) == ([], {Drop.NO_WEIGHT})


def test_odd_turns_are_reported():
    assert _caveats(_said("Welcome."), *ASKED, _said("Yes."))[1] == {Caveat.UNASKED}
    assert _caveats(*ASKED, _said(""), *ASKED, _said("Yes."))[1] == {Caveat.EMPTY}
    assert _caveats(*ASKED, _said("Yes.", weight=0.5))[1] == {Caveat.PART_WEIGHT}
    assert _caveats(*ASKED, _said("Yes.", thinking="Sure."))[1] == {Caveat.REASONING}


def test_only_chats_with_pictures_are_dropped():
    shown = {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {}}]}
    rows = [{"messages": [shown if place % 2 else ASKED[0], _said("A mill.")]} for place in range(4)]
    mapper = Mapper(detect(["messages"], rows))
    assert [mapper.example(row)[1] for row in rows] == [None, Drop.MEDIA] * 2


def test_rows_are_dropped_if_their_texts_refer_to_pictures():
    def rows(key: str, picture: object, question: str = "What?") -> list[dict]:
        talk = [{"from": "human", "value": question}, {"from": "gpt", "value": "A mill."}]
        return [{"conversations": talk, key: picture}, {"conversations": talk, key: None}]

    for key, picture, question, left_out in (
        ("image", "mill.jpg", "<image>\nWhat?", True),
        ("image", "mill.jpg", "What?", False),  # it may be the picture of a page
        ("images", ["mill.jpg"], "What?", True),
    ):
        one, other = rows(key, picture, question)
        mapper = Mapper(detect(list(one), [one, other]))
        assert mapper.example(one)[1] is (Drop.MEDIA if left_out else None)
        assert mapper.example(other)[1] is None


def test_tools_of_preference_and_feedback_data_are_kept():
    tools = [{"type": "function", "function": {"name": "get_tide"}}]
    [pair] = made({"tools": tools, "messages": ASKED, "chosen": _said("At five."), "rejected": _said("No.")})
    [judged] = made({"functions": tools, "messages": [*ASKED, _said("At five.")], "label": True})
    assert json.loads(pair["tools"]) == json.loads(judged["tools"]) == tools
    assert made(pair) == [pair] and made(judged) == [judged]


def test_an_answer_of_several_messages_is_kept_whole():
    call = {"type": "function", "function": {"name": "get_tide", "arguments": {}}}
    answer = [_said("", tool_calls=[call]), {"role": "tool", "content": "5"}, _said("At five.")]
    [example] = made({"prompt": ASKED, "completion": answer})
    assert json.loads(example["messages"]) == [*ASKED, *answer]


def test_reasoning_in_the_answers_of_a_pair_is_kept_in_their_text():
    [pair] = made({"messages": ASKED, "chosen": _said("Yes.", thinking="Sure."), "rejected": _said("No.")})
    assert pair["chosen"] == "<think>\nSure.\n</think>\n\nYes."


@pytest.mark.parametrize(("name", "figures"), [("scores", [0.1, 0.9, 0.4]), ("ranking", "[3, 1, 2]")])
def test_scores_beside_a_list_of_answers_rank_them(name, figures):
    answers = ["No idea at all, sorry.", "It leaves at six from pier two.", "Some time in the morning."]
    rows = [{"prompt": f"When does ferry {number} leave?", "responses": answers, name: figures} for number in range(3)]
    assert {(one["chosen"], one["rejected"]) for one in made(*rows)} == {(answers[1], answers[0])}
    assert problem(rows[0] | {name: [1, 1, 1]}, rows[0]) is Drop.NO_WINNER


def test_objects_as_questions_become_json_or_the_question_in_them():
    tables = [{"input": {"town": "Arden", "day": day}, "output": f"It leaves at {day} o'clock."} for day in range(3)]
    assert made(*tables)[1]["instruction"] == '{"town": "Arden", "day": 1}'
    asked = [{"input": {"question": f"When on day {day}?", "lang": "en"}, "output": f"At {day}."} for day in range(3)]
    assert made(*asked)[1]["instruction"] == "When on day 1?"
    assert detect(["input", "output"], asked).unused == ("input.lang",)


def test_a_result_answers_the_task_that_every_row_sets():
    rows = [
        {"task": "Sum it up.", "text": f"Ferry {hour} leaves at {hour}.", "result": f"At {hour}."} for hour in (1, 2, 3)
    ]
    assert made(*rows)[0] == {"instruction": "Sum it up.", "input": "Ferry 1 leaves at 1.", "output": "At 1."}


@pytest.mark.parametrize(("name", "system"), [
    ("system", [{"text": "Be brief."}]), ("system", [{"type": "text", "text": "Be brief.", "cache_control": {}}]),
    ("systemInstruction", {"role": "system", "parts": [{"text": "Be brief."}]}),
])  # fmt: skip
def test_a_system_prompt_may_be_parts_or_a_message(name, system):
    turns = [{"role": "user", "parts": [{"text": "Is it?"}]}, {"role": "model", "parts": [{"text": "It is."}]}]
    [example, _] = made({name: system, "contents": turns}, {name: system, "contents": turns})
    assert [turn["content"] for turn in json.loads(example["messages"])] == ["Be brief.", "Is it?", "It is."]


def test_a_prompt_of_messages_is_answered_by_messages_in_another_column():
    asked, said = {"role": "user", "content": "Is it?"}, {"type": "message", "role": "assistant", "content": "It is."}
    [example] = made({"input": [asked], "output": [said]})
    assert [turn["content"] for turn in json.loads(example["messages"])] == ["Is it?", "It is."]

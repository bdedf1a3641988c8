"""Shapes and roles are found by name, by content or by the user's choice; otherwise the error says how to map them."""

import pytest

from core.data.shapes import Mapper, detect
from core.errors import InputError
from core.specs import Shape
from tests.core.data.shapes.rows import ALPACA, KTO, OPENAI, PREFERENCE, SHAREGPT, TEXTS, TOOL_CALLS, flattened, renamed

SAMPLES = {
    "alpaca": (Shape.INSTRUCTION, ALPACA),
    "openai": (Shape.CHAT, OPENAI),
    "sharegpt": (Shape.CHAT, SHAREGPT),
    "tool calls": (Shape.CHAT, TOOL_CALLS),
    "preference": (Shape.PREFERENCE, PREFERENCE),
    "kto": (Shape.FEEDBACK, KTO),
    "text": (Shape.TEXT, TEXTS),
}


def found(rows: list[dict], **said):
    return detect(list(rows[0]), rows, **said)


def examples(rows: list[dict]) -> list[dict]:
    mapper = Mapper(found(rows))
    made = [mapper.example(row) for row in rows]
    assert [problem for _, problem in made] == [None] * len(rows)
    return [example for example, _ in made]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_shape_is_detected_and_survives_a_spreadsheet(name):
    shape, rows = SAMPLES[name]
    detected = found(rows)
    assert detected.shape is shape
    assert detected.reason.endswith(".") and all(column in detected.reason for column in detected.mapping.values())
    assert examples(flattened(rows)) == examples(rows)


@pytest.mark.parametrize(
    "sample, names",
    [
        ("alpaca", {"instruction": "Question", "input": "Context", "output": "Answer"}),
        ("alpaca", {"instruction": "prompt", "output": "completion"}),
        ("alpaca", {"instruction": "userPrompt", "output": "model-response"}),
        ("alpaca", {"instruction": " FRAGE ", "input": "Kontext", "output": "Antwort"}),
        ("alpaca", {"instruction": "指令", "input": "输入", "output": "输出"}),
        ("alpaca", {"instruction": "質問", "input": "入力", "output": "回答"}),
        ("alpaca", {"instruction": "Вопрос", "input": "Контекст", "output": "Ответ"}),
        ("alpaca", {"instruction": "Your question", "output": "Our reply here"}),
        ("openai", {"messages": "Dialogue"}),
        ("openai", {"messages": "column 1"}),
        ("sharegpt", {"conversations": "chat"}),
        ("tool calls", {"conversations": "messages", "tools": "functions"}),
        ("preference", {"conversations": "prompt", "chosen": "better", "rejected": "worse"}),
        ("preference", {"chosen": "chosen_response", "rejected": "rejectedResponse"}),
        ("kto", {"label": "kto_tag", "prompt": "question", "completion": "answer"}),
        ("text", {"text": "Document"}),
        ("text", {"text": "column 1"}),
    ],
)  # fmt: skip
def test_other_names_give_the_same_examples(sample, names):
    shape, rows = SAMPLES[sample]
    other = renamed(rows, names)
    assert found(other).shape is shape
    assert examples(other) == examples(rows) == examples(flattened(other))


@pytest.mark.parametrize(
    "columns, asked, mapped",
    [
        (["instruction", "input", "output"], {}, {"instruction": "instruction", "input": "input", "output": "output"}),
        ([" Instruction ", "OUTPUT"], {}, {"instruction": " Instruction ", "output": "OUTPUT"}),
        (["Question", "Context", "Answer", "Category"], {},
         {"instruction": "Question", "input": "Context", "output": "Answer", "topic": "Category"}),
        (["prompt", "question", "answer"], {"instruction": "QUESTION"},
         {"instruction": "question", "output": "answer"}),
        (["prompt", "question", "answer"], {}, {"instruction": "question", "output": "answer"}),
        (["question", "solution", "answer"], {}, {"instruction": "question", "output": "answer"}),
        (["input", "output"], {"instruction": "input"}, {"instruction": "input", "output": "output"}),
        (["input", "output"], {}, {"instruction": "input", "output": "output"}),
        (["system_prompt", "question", "response"], {},
         {"instruction": "question", "output": "response", "system": "system_prompt"}),
        (["question", "passage", "answer", "answer_id", "answer score"], {},
         {"instruction": "question", "input": "passage", "output": "answer"}),
        (["instruction", "input", "output", "passage", "source", "tags"], {},
         {"instruction": "instruction", "input": "input", "output": "output", "source": "source",
          "passage": "passage", "tags": "tags"}),
        (["instruction", "input", "output", "text"], {},
         {"instruction": "instruction", "input": "input", "output": "output"}),
        (["Notiz 1", "Notiz 2"], {"instruction": "notiz 1", "output": "Notiz 2"},
         {"instruction": "Notiz 1", "output": "Notiz 2"}),
        (["instruction", "input", "output"], {"input": ""}, {"instruction": "instruction", "output": "output"}),
        (["id", "url", "title", "text"], {}, {"text": "text"}),
    ],
)  # fmt: skip
def test_roles_by_name(columns, asked, mapped):
    assert detect(columns, [], asked=asked).mapping == mapped


def test_texts_that_end_in_question_marks_are_the_questions():
    rows = [{"a": "It is Paris.", "b": "What is the capital of that large country?"}] * 3
    detected = found(rows)
    assert detected.mapping == {"instruction": "b", "output": "a"}
    assert "'b' was taken as instruction because its texts end with a question mark" in detected.reason


def test_without_question_marks_the_first_text_is_the_question():
    rows = [
        {"year": 1999.0, "one": f"It is a long story about {town}, a small one " * 3, "two": f"A story of {town}"}
        for town in ("Rome", "Oslo", "Lima")
    ]
    assert found(rows).mapping == {"instruction": "one", "output": "two"}
    assert "because it comes first" in found(rows).reason


def test_numbers_dates_and_urls_are_not_texts():
    rows = [
        {"id": "17", "day": "2024-05-01", "page": "https://example.org/a", "story": "Once upon a time there was a cat."}
    ] * 3
    assert found(rows).mapping == {"text": "story"}


def test_text_inside_objects_is_found_by_path():
    rows = [{"question": "Who wrote it?", "answers": {"text": ["She did.", "He did."], "start": [3, 4]}}] * 2
    detected = found(rows)
    assert detected.mapping == {"instruction": "question", "output": "answers.text[0]"}
    assert Mapper(detected).example(flattened(rows)[0])[0]["output"] == "She did."


def test_questions_and_answers_inside_one_column_are_found_by_path():
    rows = [{"id": 7, "data": {"question": "Who?", "answer": "She did."}}] * 2
    detected = found(rows)
    assert detected.mapping == {"instruction": "data.question", "output": "data.answer"}
    assert Mapper(detected).example(flattened(rows)[0])[0] == {"instruction": "Who?", "input": "", "output": "She did."}


def test_a_prompt_of_messages_and_its_completion_are_a_conversation():
    answer = [{"role": "assistant", "content": "It is."}]
    rows = [{"prompt": [{"role": "user", "content": "Is it?"}], "completion": answer}] * 2
    detected = found(rows)
    assert (detected.shape, detected.mapping) == (Shape.CHAT, {"messages": "prompt", "output": "completion"})
    assert examples(rows) == examples([{"messages": rows[0]["prompt"] + answer}] * 2) == examples(flattened(rows))


def test_a_list_of_texts_is_a_conversation_if_its_name_says_so():
    rows = [{"conversations": ["Is it?", "It is.", "Why?", "So."], "source": "forum"}] * 2
    assert found(rows).shape is Shape.CHAT
    assert examples(rows)[0]["source"] == "forum"
    with pytest.raises(InputError):
        found([{"keywords": ["one", "two"]}] * 2)


def test_earlier_turns_make_a_conversation():
    rows = [ALPACA[0] | {"history": [["Hello", "Good morning"]]}, ALPACA[1] | {"history": []}]
    detected = found(rows)
    assert detected.shape is Shape.CHAT and detected.mapping["history"] == "history"


def test_class_labels_are_answers_not_feedback():
    rows = [{"text": "I liked the film with all my heart", "label": 1}, {"text": "I left after an hour", "label": 0}]
    assert found(rows).mapping == {"instruction": "text", "output": "label"}
    rows = [{"question": "Is it so?", "answer": "It is.", "rating": rating} for rating in (1, 4, 5)]
    assert found(rows).shape is Shape.INSTRUCTION


def test_other_possible_shapes_are_reported():
    rows = [{"prompt": "Is it?", "response": "It is.", "label": True, "text": "Is it? It is."}] * 2
    detected = found(rows)
    assert detected.shape is Shape.FEEDBACK
    assert [shape for shape, _ in detected.others] == [Shape.INSTRUCTION, Shape.TEXT]
    assert all(reason for _, reason in detected.others)


def test_the_users_choice_overrides_detection():
    rows = [{"prompt": "Is it?", "response": "It is.", "label": True, "meta": {"notes": [{"text": "Surely."}]}}] * 2
    assert found(rows, shape=Shape.INSTRUCTION).mapping == {"instruction": "prompt", "output": "response"}
    assert found(rows, asked={"text": "response"}).shape is Shape.TEXT
    asked = {"output": "meta.notes[0].text"}
    detected = found(rows, shape=Shape.INSTRUCTION, asked=asked)
    assert detected.mapping == {"instruction": "prompt", **asked}
    assert Mapper(detected).example(rows[0])[0]["output"] == "Surely."


@pytest.mark.parametrize(
    "columns, said, message, remedy",
    [
        (["prompt", "question", "output"], {}, "called 'instruction'", "instruction=prompt"),
        (["Notes here", "more"], {}, "'Notes here', 'more'", 'instruction="Notes here"'),
        (["name"], {}, "at least a question and an answer", "Use a file"),
        (["instruction", "Instruction", "output"], {}, "2 columns are called 'instruction'", "each name is unique"),
        (["a", "b"], {"asked": {"instruction": "c"}},
         "no column 'c' to use as instruction. The columns are: 'a', 'b'", "one of"),
        ([f"c{number}" for number in range(40)], {}, "and 28 more", "instruction="),
        (["question", "answer"], {"shape": Shape.PREFERENCE},
         "not look like pairs of a better and a worse answer. No column is called 'chosen' or 'rejected'", "chosen="),
        (["question", "answer"], {"shape": Shape.CHAT}, "called 'messages'", "messages="),
        (["question", "answer"], {"asked": {"colour": "answer"}}, "no role 'colour'", "instruction, input, output"),
        (["question", "answer"], {"shape": Shape.TEXT, "asked": {"output": "answer"}},
         "Text data has no role 'output'", "text, topic"),
        (["a", "b"], {"asked": {"text": "a", "chosen": "b"}}, "all of the roles text, chosen", "preference: messages"),
    ],
)  # fmt: skip
def test_what_cannot_be_mapped(columns, said, message, remedy):
    with pytest.raises(InputError, match=message) as caught:
        detect(columns, [], **said)
    assert remedy in caught.value.remedy


def test_a_path_without_values_is_named():
    with pytest.raises(InputError, match="No row has a value at 'meta.text'") as caught:
        found([{"question": "Who?", "meta": {"note": "Me"}}], asked={"output": "meta.text"})
    assert "note" in caught.value.remedy


def test_conversations_with_unknown_speakers_are_reported():
    turns = [{"speaker": "Anna", "text": "When does it leave?"}, {"speaker": "Ben", "text": "It leaves at six."}]
    with pytest.raises(InputError, match="which speaker answers: 'Anna', 'Ben'"):
        detect(["dialog"], [{"dialog": turns}] * 3)
    blocks = [{"type": "heading", "text": "Ferries"}, {"type": "paragraph", "text": "They leave at six."}]
    with pytest.raises(InputError, match="No column is called"):
        detect(["blocks"], [{"blocks": blocks}] * 3)


@pytest.mark.parametrize(("better", "other"), [("corrected_answer", "answer"), ("human_response", "model_response")])
def test_a_corrected_answer_is_not_ignored(better, other):
    rows = [{"question": f"Is it {hour}?", other: "I do not know.", better: f"It is {hour}."} for hour in range(3)]
    with pytest.raises(InputError, match="both hold answers") as refused:
        detect(list(rows[0]), rows)
    assert f"output={better};" in refused.value.remedy
    assert detect(list(rows[0]), rows, None, {"output": other}).mapping["output"] == other


def test_a_human_message_is_not_a_better_answer():
    rows = [{"human_message": f"Is it {hour}?", "assistant_message": f"It is {hour}."} for hour in range(3)]
    assert detect(list(rows[0]), rows).mapping["output"] == "assistant_message"


@pytest.mark.parametrize(("beside", "answer"), [
    ({"toxic": [0, 1]}, "toxic"), ({"stars": ["1", "5"]}, "stars"), ({"": None, "toxic": [1, 0]}, "toxic"),
    ({"tweet_id": None, "sentiment": ["glad", "sad"], "author": None}, "sentiment"), ({"year": [1999, 2001]}, None),
])  # fmt: skip
def test_class_labels_beside_one_text_are_the_answers(beside, answer):
    rows = [
        {
            name: (f"u{place}" if name else place) if cells is None else cells[place % 2]
            for name, cells in beside.items()
        }
        | {"comment": f"Comment {place} says that ferries are late again."}
        for place in range(12)
    ]
    detected = detect(list(rows[0]), rows)
    assert detected.mapping == ({"instruction": "comment", "output": answer} if answer else {"text": "comment"})


def test_constant_ratings_are_not_judgements():
    rows = [{"question": f"Is it {hour}?", "answer": f"It is {hour}.", "rating": "1"} for hour in range(3)]
    detected = detect(list(rows[0]), rows)
    assert (detected.shape, detected.unused) == (Shape.INSTRUCTION, ("rating",))


def test_an_empty_rating_column_is_not_a_judgement():
    rows = [{"question": f"Is it {hour}?", "answer": f"It is {hour}.", "rating": None} for hour in range(3)]
    assert detect(list(rows[0]), rows).shape is Shape.INSTRUCTION


@pytest.mark.parametrize("name", ["lang", "Quelle", "license"])
def test_metadata_is_not_a_class_label(name):
    rows = [{name: ("de", "en")[hour % 2], "text": f"It leaves at {hour} from pier two."} for hour in range(8)]
    assert detect([name, "text"], rows).mapping == {"text": "text"}

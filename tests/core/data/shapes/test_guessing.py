"""Columns with unknown names: question and answer are guessed by content, or the error asks the user to choose."""

import pytest

from core.data.shapes import Mapper
from core.errors import InputError
from core.specs import Shape
from tests.core.data.shapes.test_detecting import examples, found

TOWNS = ("Arden", "Belmor", "Castine", "Dorval", "Elwick", "Farrow", "Gosport", "Hadley")


def towns(**columns) -> list[dict]:
    """Rows whose cells are computed, column by column, from a number and a town."""
    return [{name: make(number, town) for name, make in columns.items()} for number, town in enumerate(TOWNS)]


def a_text(number: int, town: str) -> str:
    return f"The tram to {town} was late again because of snow."


def mood(number: int, town: str) -> str:
    return ("bad", "good", "neither")[number % 3]


@pytest.mark.parametrize(
    "rows, mapping",
    [
        (towns(review=a_text, opinion=mood), {"instruction": "review", "output": "opinion"}),
        (towns(v1=mood, v2=a_text), {"instruction": "v2", "output": "v1"}),
        (towns(utterance=a_text, intent=lambda n, t: f"intent_{n // 2}"),
         {"instruction": "utterance", "output": "intent"}),
        (towns(intent=a_text, snippet=lambda n, t: f"{t}.late({n})"), {"instruction": "intent", "output": "snippet"}),
        (towns(en=a_text, de=lambda n, t: f"Die Bahn nach {t} kam wieder zu spät."),
         {"instruction": "en", "output": "de"}),
        (towns(Subject=lambda n, t: f"Tram {n}", Description=a_text, Resolution=lambda n, t: "Told the driver"),
         {"instruction": "Description", "output": "Resolution"}),
        (towns(text=a_text, label=lambda n, t: n % 2), {"instruction": "text", "output": "label"}),
        (towns(text=a_text, label=lambda n, t: n % 2, label_text=mood),
         {"instruction": "text", "output": "label_text"}),
        (towns(id=lambda n, t: n, text=a_text, label=lambda n, t: [mood(n, t)]),
         {"instruction": "text", "output": "label"}),
        (towns(sentence=a_text, entities=lambda n, t: [t, "tram"]), {"instruction": "sentence", "output": "entities"}),
        (towns(article=a_text, headline=lambda n, t: f"{t} late"), {"instruction": "article", "output": "headline"}),
        (towns(text=a_text, summary=lambda n, t: f"{t} tram late"), {"instruction": "text", "output": "summary"}),
        (towns(prompt=a_text, state=lambda n, t: "completed", notes=lambda n, t: f"Written down by {t} himself"),
         {"instruction": "prompt", "output": "notes"}),
    ],
)  # fmt: skip
def test_question_and_answer_under_unknown_names(rows, mapping):
    detected = found(rows)
    assert detected.shape is Shape.INSTRUCTION
    assert {role: detected.mapping.get(role) for role in mapping} == mapping
    [example, *_] = examples(rows)
    assert example["instruction"] == rows[0][mapping["instruction"]] and example["output"]


def test_a_constant_column_is_neither_question_nor_answer():
    exported = [
        {"id": n, "annotations": [{"result": [{"value": {"text": [f"{town} at {n}."]}, "type": "textarea"}]}],
         "file_upload": "p.json", "data": {"prompt": f"When does {town} open?"}, "created_at": "2025-01-01T00:00:00Z"}
        for n, town in enumerate(TOWNS)
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        found(exported)
    assert " output=annotations[0].result[0].value.text[0]" in caught.value.remedy
    said = found(exported, asked={"output": "annotations[0].result[0].value.text[0]"})
    assert said.mapping["instruction"] == "data.prompt"
    assert {"file_upload", "annotations[0].result[0].type"} <= set(said.unused)


def test_an_answer_is_found_inside_objects_rather_than_guessed_among_columns():
    rows = [
        {"id": f"a{n}", "fields": {"prompt": f"When does {town} open?"}, "status": ("completed", "pending")[n % 2],
         "responses": {"answer": [{"value": f"It opens at {n}.", "user_id": "u"}]},
         "suggestions": {"answer": {"value": "At noon, I think.", "agent": "m"}}}
        for n, town in enumerate(TOWNS)
    ]  # fmt: skip
    detected = found(rows)
    assert detected.mapping == {"instruction": "fields.prompt", "output": "responses.answer[0].value"}
    assert {"status", "suggestions"} <= set(detected.unused)


def test_with_three_texts_the_user_has_to_choose():
    rows = towns(en=a_text, de=lambda n, t: f"Die Bahn nach {t} war spät.", fr=lambda n, t: f"Le tram de {t}.")
    with pytest.raises(InputError) as caught:
        found(rows)
    assert caught.value.remedy.endswith("instruction=en input=de output=fr")
    assert found(rows, shape=Shape.TEXT, asked={"text": "en"}).unused == ("de", "fr")
    pairs = towns(premise=a_text, hypothesis=lambda n, t: f"It snowed in {t}, they say.", relation=mood)
    with pytest.raises(InputError) as caught:
        found(pairs)
    assert caught.value.remedy.endswith("instruction=premise input=hypothesis output=relation")


def test_a_remedy_suggests_only_plausible_columns():
    rows = [{"qid": n, "created_at": "2025-01-01", "question": f"Where is {town}?"} for n, town in enumerate(TOWNS)]
    with pytest.raises(InputError) as caught:
        found(rows)
    assert "created_at" not in caught.value.remedy and "qid" not in caught.value.remedy


def test_most_rows_decide_whether_a_column_holds_lists():
    row = {"instruction": "List the goods.", "output": "They sell bread and wool."}
    mixed = [row | {"output": ["bread", "wool"]}, row, row | {"output": "They sell salt and nothing else."}]
    mapper = Mapper(found(mixed))
    assert [str(problem) for _, problem in map(mapper.example, mixed)] == [
        "a list or object where text is needed", "None", "None",
    ]  # fmt: skip
    listed = [row | {"output": ["bread", town, "salt"]} for town in TOWNS]
    assert examples(listed)[0]["output"] == "bread\nArden\nsalt"
    assert "'output' is written as text, its lists with an item on each line" in found(listed).reason
    objects = [row | {"output": {"place": town, "price": 2}} for town in TOWNS]
    assert examples(objects)[0]["output"] == '{"place": "Arden", "price": 2}'
    assert found(objects).unused == ()


def test_two_answers_in_a_list_are_a_pair_with_the_better_one_first():
    rows = [
        {"instruction": f"Is it cold in {town}?", "output": [f"It is {n} degrees in {town}.", "No idea, look outside."]}
        for n, town in enumerate(TOWNS)
    ]
    detected = found(rows)
    assert detected.shape is Shape.PREFERENCE and "the first was taken as the better" in detected.reason
    assert examples(rows)[0]["chosen"] == "It is 0 degrees in Arden."
    assert found(rows, shape=Shape.INSTRUCTION).mapping["output"] == "output"


def test_pairs_of_stack_exchange():
    rows = towns(
        qid=lambda n, t: n, question=lambda n, t: f"Is {t} cold?", response_j=a_text, response_k=lambda n, t: "No."
    )
    assert found(rows).mapping == {"chosen": "response_j", "rejected": "response_k", "instruction": "question"}


def rated(*ratings) -> list[dict]:
    return [
        {
            "prompt": f"Name a sight in {town}.",
            "completion": f"The mill of {town}.",
            "rating": ratings[n % len(ratings)],
        }
        for n, town in enumerate(TOWNS)
    ]


@pytest.mark.parametrize("ratings", [(1, 2, 3, 4, 5), ("1", "5"), (0.2, 0.9), ("4/5", "2/5"), ("1 star", "5 stars")])
def test_ratings_are_not_labels_until_the_user_sets_what_is_good(ratings):
    rows = rated(*ratings)
    unasked = found(rows)
    assert (unasked.shape, unasked.unused) == (Shape.INSTRUCTION, ("rating",))
    for said in ({"asked": {"label": "rating"}}, {"shape": Shape.FEEDBACK}):
        with pytest.raises(InputError, match="holds ratings from .* it does not say which are good") as caught:
            found(rows, **said)
        assert "good from" in caught.value.remedy


def test_ratings_at_or_above_the_threshold_are_good():
    rows = [*rated(1, 2, 3, 4, 5), rated("no idea")[0]]
    detected = found(rows, asked={"label": "rating"}, good_from=4)
    assert detected.shape is Shape.FEEDBACK and "ratings of 4 or more count as good" in detected.reason
    made = [Mapper(detected).example(row) for row in rows]
    assert [example["label"] for example, _ in made[:5]] == ["bad", "bad", "bad", "good", "good"]
    assert str(made[-1][1]) == "no label that says good or bad"
    assert found(rated(1, 3), good_from=2).shape is Shape.FEEDBACK


@pytest.mark.parametrize(
    "rows, remedy",
    [
        (towns(premise=a_text, hypothesis=lambda n, t: f"It snowed in {t}.", label=lambda n, t: n % 3),
         "instruction=premise input=hypothesis output=label"),
        (towns(prompt=a_text, response_a=lambda n, t: f"{t} is late.", response_b=lambda n, t: "No idea."),
         "chosen=response_a rejected=response_b"),
        (towns(artist=lambda n, t: f"{t} Band", song=lambda n, t: f"Song {n}", words=lambda n, t: f"Oh {t}, my " * 9),
         "text=words"),
        (towns(conversation_id=lambda n, t: n // 4, is_late=lambda n, t: bool(n % 2), message=a_text),
         "conversation=conversation_id, and one each for role (the speaker) and content"),
    ],
    ids=["a label of two texts", "two rival answers", "lyrics", "messages"],
)  # fmt: skip
def test_what_the_error_asks_for(rows, remedy):
    with pytest.raises(InputError) as caught:
        found(rows)
    assert remedy in caught.value.remedy


def test_a_constant_question_takes_the_other_text_as_input():
    rows = towns(task=lambda n, t: "Translate.", src=a_text, translation=lambda n, t: f"Die Bahn nach {t} ist spät.")
    assert found(rows).mapping == {"instruction": "task", "input": "src", "output": "translation"}


def test_a_speaker_column_is_neither_question_nor_answer():
    rows = towns(sender=lambda n, t: ("Maria", "Tom")[n % 2], message=a_text)
    detected = found(rows)
    assert detected.shape is Shape.TEXT and "'sender' says who speaks" in detected.reason


def test_a_list_named_answers_holds_alternatives():
    rows = towns(question=lambda n, t: f"When was {t} built?", answers=lambda n, t: [f"In {1800 + n}", f"{1800 + n}"])
    assert found(rows).mapping["output"] == "answers[0]" and found(rows).unused == ("answers[1…]",)


def test_a_row_whose_label_is_neither_good_nor_bad_is_dropped():
    rows = [row | {"label": ("yes", "no", "maybe")[n % 3]} for n, row in enumerate(rated(1))]
    detected = found(rows)
    assert detected.shape is Shape.FEEDBACK
    assert [str(Mapper(detected).example(row)[1]) for row in rows[:3]] == [
        "None", "None", "no label that says good or bad",
    ]  # fmt: skip


def test_better_and_worse_answers_may_be_lists_of_one():
    rows = towns(prompt=a_text, chosen=lambda n, t: [f"Yes, {t} is."], rejected=lambda n, t: ["No."])
    assert examples(rows)[0]["chosen"] == "Yes, Arden is."

"""Local models as writers: a GGUF whose grammar follows the schema, a Hugging Face model that is only asked to."""

import asyncio
import json

import jsonschema
import pytest

from core.data.synthesis.material import Item
from core.data.synthesis.tasks.prompts import TASKS
from core.data.synthesis.writers import open_writer
from core.specs import SynthesizeSpec
from tests.core.data.synthesis.scripted import town

ITEM = Item(town(0), "towns.txt", 1)
EXAMPLE = {"instruction": "What is 1 mile in metres?", "input": "", "output": "It is 1,609 metres.", "tags": "units"}
VARIED = Item("", "row 1", 1, EXAMPLE)


def spec(**values) -> SynthesizeSpec:
    return SynthesizeSpec(name="towns", output_dir="out", documents=("towns.txt",), **values)


def written(spec, *asked: tuple[str, str]) -> list:
    """The answers of one writer to pairs of a task and a question."""

    async def all_of_them():
        async with open_writer(spec, ()) as writer:
            return [await writer.write(question, TASKS[task].schema(1), seed=3) for task, question in asked]

    return asyncio.run(all_of_them())


@pytest.mark.long
def test_a_gguf_follows_the_schema_of_every_task(starter_gguf):
    asked = spec(model=str(starter_gguf("q4_k_m")), max_new_tokens=700, temperature=1, language="German")
    items = {task: ITEM if task in ("questions", "chats", "preferences") else VARIED for task in TASKS}
    questions = [(task, TASKS[task].question(asked, item, 1, [])) for task, item in items.items()]
    whole = 0
    for (task, item), answer in zip(items.items(), written(asked, *questions), strict=True):
        assert answer.tokens > 50
        if not answer.cut_off:
            whole += 1
            jsonschema.validate(json.loads(answer.text), TASKS[task].schema(1))
            assert TASKS[task].read(answer.text, item)
    assert whole > 2


def test_a_question_that_exceeds_the_context_is_reported_and_the_next_one_answered(starter_gguf):
    asked = spec(model=str(starter_gguf("q4_k_m")), max_new_tokens=16)
    too_long, short = written(asked, ("questions", "word " * 5000), ("questions", "Why?"))
    assert too_long.no_room and not too_long.tokens
    assert short.text.startswith('{"examples"') and short.cut_off and not short.no_room


@pytest.mark.long
def test_a_hugging_face_model_answers_without_a_schema():
    (answer,) = written(spec(model="starter", max_new_tokens=16), ("questions", "What is another word for big?"))
    assert answer.text and answer.tokens > 5 and not answer.text.startswith("{")

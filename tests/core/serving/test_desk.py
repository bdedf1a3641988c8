"""The desk: what it prepares is what an engine would, and what costs too much costs one process of its own."""

import asyncio
import time
from contextlib import suppress

import psutil
import pytest

from core.errors import InputError
from core.inference.grammar.json_grammar import grammar_of
from core.inference.settings import JsonSchema, ResponseFormat
from core.models.references import locate
from core.serving.desk import Desk
from tests.core.export.doctored import with_endless_template
from tests.waiting import PATIENCE_SECONDS, soon_enough

MESSAGES = [{"role": "user", "content": "What is another word for big?<|end|>"}]
SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "maxLength": 30}}}
FORM = ResponseFormat(type="json_schema", json_schema=JsonSchema(schema=SCHEMA))
TOOL = {"type": "function", "function": {"name": "look", "parameters": SCHEMA}}
ROOM = 2048


@pytest.fixture(scope="module")
def opened():
    """`opened(location)`: a desk that is ready, ended with the module."""
    desks = []

    def open_desk(location, **options) -> Desk:
        desks.append(Desk(location, **options))
        desks[-1].start()
        desks[-1].wait()
        return desks[-1]

    yield open_desk
    for desk in desks:
        desk.close()


@pytest.fixture(scope="module")
def desk(opened, starter_gguf):
    return opened(locate(str(starter_gguf("q4_k_m"))), seconds=3)


def prepared(desk, *asked, **tools):
    return asyncio.run(desk.prepared(ROOM, *asked, **tools))


def children(desk) -> list[psutil.Process]:
    return psutil.Process(desk._process.pid).children()


def test_it_prepares_what_the_engine_would(desk, llama_engine):
    assert prepared(desk, MESSAGES, "Be brief.").ids == llama_engine.encode(MESSAGES, "Be brief.")
    assert prepared(desk, "A text<|end|> 東🙂").ids == llama_engine.text_ids("A text<|end|> 東🙂")
    assert prepared(desk, MESSAGES, None, FORM).grammar == grammar_of(SCHEMA)
    called = prepared(desk, MESSAGES, tools=[TOOL], must_call=[TOOL])
    assert called == llama_engine.prepared(MESSAGES, tools=[TOOL], must_call=[TOOL])
    assert asyncio.run(desk.turn_end()) == llama_engine.turn_end


def test_a_model_in_transformers_format_has_one_too(opened, transformers_engine):
    desk = opened(locate("starter"))
    assert prepared(desk, MESSAGES).ids == transformers_engine.encode(MESSAGES)
    with pytest.raises(InputError, match="not a GGUF"):
        prepared(desk, MESSAGES, None, FORM)


@pytest.mark.parametrize("character", ["ﷺ", "中", "a", " ", "\n", "🙂", "="])
def test_a_million_characters_without_a_space_are_refused_without_a_look_at_them(desk, character):
    began = time.monotonic()
    with pytest.raises(InputError, match="reads at most 2048 tokens"):
        prepared(desk, [{"role": "user", "content": character * 1_000_000}])
    assert soon_enough(time.monotonic() - began, 3)


def test_no_prompt_that_fits_is_refused_for_its_bytes(llama_engine):
    model = llama_engine.model
    longest = max(range(model.vocabulary_size), key=lambda token: len(model.piece(token)))
    text = model.piece(longest).decode() * 500
    ids = llama_engine.prepared(text).ids
    assert len(ids) < 510 and len(text.encode()) < llama_engine.context_length * model.longest_token_bytes


def test_what_takes_too_long_is_left_while_others_are_prepared(opened, starter_gguf, tmp_path):
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(with_endless_template(starter_gguf("q4_k_m").read_bytes()))
    desk = opened(locate(str(hostile)), seconds=1)

    async def ask():
        endless = asyncio.create_task(desk.prepared(ROOM, MESSAGES))
        ids = (await desk.prepared(ROOM, "A text")).ids
        waited = endless.done()
        with pytest.raises(InputError, match="was stopped after 1 s"):
            await endless
        return ids, waited

    ids, waited = asyncio.run(ask())
    assert ids and not waited
    assert asyncio.run(desk.turn_end()) == ""
    assert not children(desk)


def test_a_client_that_has_gone_ends_what_was_done_for_it(opened, starter_gguf, tmp_path):
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(with_endless_template(starter_gguf("q4_k_m").read_bytes()))
    desk = opened(locate(str(hostile)), seconds=2 * PATIENCE_SECONDS)

    async def ask():
        endless = asyncio.create_task(desk.prepared(ROOM, MESSAGES))
        while not children(desk):
            await asyncio.sleep(0.01)
        endless.cancel()
        with suppress(asyncio.CancelledError):
            await endless
        await asyncio.to_thread(psutil.wait_procs, children(desk), PATIENCE_SECONDS)
        return children(desk)

    assert asyncio.run(ask()) == []


def test_a_desk_whose_process_has_died_is_there_again(desk, llama_engine):
    desk._process.kill()
    desk._process.wait()
    assert prepared(desk, MESSAGES).ids == llama_engine.encode(MESSAGES)

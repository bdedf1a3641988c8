"""The preparer gives what an engine would, and a request that costs too much costs only its own process."""

import asyncio
import time
from contextlib import suppress

import psutil
import pytest

from core.errors import InputError
from core.inference.grammar.json_grammar import grammar_of
from core.inference.settings import JsonSchema, ResponseFormat
from core.models.references import locate
from core.serving.preparer import RequestPreparer
from tests.core.export.doctored import with_endless_template
from tests.waiting import PATIENCE_SECONDS, soon_enough

MESSAGES = [{"role": "user", "content": "What is another word for big?<|end|>"}]
SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "maxLength": 30}}}
FORM = ResponseFormat(type="json_schema", json_schema=JsonSchema(schema=SCHEMA))
TOOL = {"type": "function", "function": {"name": "look", "parameters": SCHEMA}}
CONTEXT = 2048


@pytest.fixture(scope="module")
def opened():
    """`opened(location)`: a preparer that is ready, closed after the module."""
    preparers = []

    def open_preparer(location, **options) -> RequestPreparer:
        preparers.append(RequestPreparer(location, **options))
        preparers[-1].start()
        preparers[-1].wait()
        return preparers[-1]

    yield open_preparer
    for preparer in preparers:
        preparer.close()


@pytest.fixture(scope="module")
def preparer(opened, starter_gguf):
    return opened(locate(str(starter_gguf("q4_k_m"))), seconds=PATIENCE_SECONDS)


def prepared(preparer, *asked, **tools):
    return asyncio.run(preparer.prepared(CONTEXT, *asked, **tools))


def children(preparer) -> list[psutil.Process]:
    return psutil.Process(preparer._process.pid).children()


def test_it_prepares_requests_as_the_engine_would(preparer, llama_engine):
    assert prepared(preparer, MESSAGES, "Be brief.").ids == llama_engine.encode(MESSAGES, "Be brief.")
    assert prepared(preparer, "A text<|end|> 東🙂").ids == llama_engine.text_ids("A text<|end|> 東🙂")
    assert prepared(preparer, MESSAGES, None, FORM).grammar == grammar_of(SCHEMA)
    called = prepared(preparer, MESSAGES, tools=[TOOL], must_call=[TOOL])
    assert called == llama_engine.prepared(MESSAGES, tools=[TOOL], must_call=[TOOL])
    assert asyncio.run(preparer.turn_end()) == llama_engine.turn_end


@pytest.mark.long
def test_it_works_for_a_model_in_transformers_format(opened, transformers_engine):
    preparer = opened(locate("starter"), seconds=PATIENCE_SECONDS)
    assert prepared(preparer, MESSAGES).ids == transformers_engine.encode(MESSAGES)
    with pytest.raises(InputError, match="not a GGUF"):
        prepared(preparer, MESSAGES, None, FORM)


@pytest.mark.parametrize("character", ["ﷺ", "中", "a", " ", "\n", "🙂", "="])
def test_a_million_characters_without_a_space_are_refused_before_tokenizing(preparer, character):
    began = time.monotonic()
    with pytest.raises(InputError, match="reads at most 2048 tokens"):
        prepared(preparer, [{"role": "user", "content": character * 1_000_000}])
    assert soon_enough(time.monotonic() - began, 3)


def test_a_prompt_that_fits_is_never_refused_for_its_bytes(llama_engine):
    model = llama_engine.model
    longest = max(range(model.vocabulary_size), key=lambda token: len(model.piece(token)))
    text = model.piece(longest).decode() * 500
    ids = llama_engine.prepared(text).ids
    assert len(ids) < 510 and len(text.encode()) < llama_engine.context_length * model.longest_token_bytes


def test_an_endless_request_is_stopped_and_blocks_no_other(opened, starter_gguf, tmp_path):
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(with_endless_template(starter_gguf("q4_k_m").read_bytes()))
    preparer = opened(locate(str(hostile)), seconds=1)

    async def ask():
        endless = asyncio.create_task(preparer.prepared(CONTEXT, MESSAGES))
        ids = (await preparer.prepared(CONTEXT, "A text")).ids
        waited = endless.done()
        with pytest.raises(InputError, match="was stopped after 1 s"):
            await endless
        return ids, waited

    ids, waited = asyncio.run(ask())
    assert ids and not waited
    assert asyncio.run(preparer.turn_end()) == ""
    assert not children(preparer)


def test_a_cancelled_request_ends_its_process(opened, starter_gguf, tmp_path):
    hostile = tmp_path / "hostile.gguf"
    hostile.write_bytes(with_endless_template(starter_gguf("q4_k_m").read_bytes()))
    preparer = opened(locate(str(hostile)), seconds=2 * PATIENCE_SECONDS)

    async def ask():
        endless = asyncio.create_task(preparer.prepared(CONTEXT, MESSAGES))
        while not children(preparer):
            await asyncio.sleep(0.01)
        endless.cancel()
        with suppress(asyncio.CancelledError):
            await endless
        await asyncio.to_thread(psutil.wait_procs, children(preparer), PATIENCE_SECONDS)
        return children(preparer)

    assert asyncio.run(ask()) == []


def test_a_process_that_died_is_started_again(preparer, llama_engine):
    preparer._process.kill()
    preparer._process.wait()
    assert prepared(preparer, MESSAGES).ids == llama_engine.encode(MESSAGES)

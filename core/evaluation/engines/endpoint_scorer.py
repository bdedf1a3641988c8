"""Asks a model at an OpenAI-compatible endpoint. Such a server returns answers, but not the loss of a given one."""

import asyncio
from collections.abc import Iterator, Sequence

from core.data.synthesis.allowed import checked_address
from core.data.synthesis.connection import NamedServer
from core.data.synthesis.endpoint import Endpoint, RefusedError
from core.evaluation.engines.scored_model import AnswerLoss, EncodedExample
from core.examples.example import messages_of, tools_of
from core.examples.messages import UnreadableError, message_text, read_messages
from core.examples.texts import as_json
from core.inference.engine import Answered, OnDone
from core.specs.evaluate import ComparedModel
from core.values import mended

_AT_ONCE = 4


class EndpointScorer:
    """A ScoredModel at an endpoint, which gets messages and tools as they are and writes its own prompt."""

    context_length = None
    measures_losses = False

    def __init__(self, asked: ComparedModel, allowed_endpoints: Sequence[str]):
        """Raises InputError for an address that may not be asked, and for an invalid name of a key."""
        self._asked, self._allowed = asked, allowed_endpoints
        self.precision = f"{checked_address(asked.endpoint, allowed_endpoints).netloc}, whose losses are not known"
        Endpoint(NamedServer(asked.endpoint, asked.model, asked.api_key_env), allowed_endpoints)

    def encode(self, examples: list[dict]) -> list[EncodedExample]:
        """See ScoredModel: a prompt is a list of messages and then tools."""
        return [([_sent(messages_of(example)), tools_of(example)], []) for example in examples]

    def losses(self, examples: list[EncodedExample], done: OnDone) -> Iterator[dict[int, AnswerLoss]]:
        """None are known."""
        return iter(())

    def answers(
        self, prompts: list[list], max_new_tokens: int, temperature: float, seeds: Sequence[int], done: OnDone
    ) -> Iterator[dict[int, Answered]]:
        """See ScoredModel. A question that the server refuses has an empty answer.

        Raises UnavailableError when the server stays away, InputError when it refuses whatever is asked.
        """
        asked = self._asked
        server = NamedServer(asked.endpoint, asked.model, asked.api_key_env, temperature, max_new_tokens)
        with asyncio.Runner() as runner:
            endpoint = runner.run(Endpoint(server, self._allowed).__aenter__())
            try:
                for start in range(0, len(prompts), _AT_ONCE):
                    batch = prompts[start : start + _AT_ONCE]
                    told = dict(
                        enumerate(runner.run(_answers(endpoint, batch, seeds[start : start + _AT_ONCE])), start)
                    )
                    failures = [one for one in told.values() if isinstance(one, BaseException)]
                    yield {place: one for place, one in told.items() if isinstance(one, Answered)}
                    if failures:  # only now: the other answers of the batch are paid for
                        raise failures[0]
                    done(len(batch))
            finally:
                runner.run(endpoint.__aexit__(None, None, None))

    def close(self) -> None:
        """Nothing is kept open."""


def _sent(messages: list[dict]) -> list[dict]:
    """Messages as OpenAI's API takes them: arguments as JSON text, and each result with the id of its call."""
    sent, waiting, count = [], [], 0
    for message in messages:
        message = {name: value for name, value in message.items() if name != "weight"}
        if "tool_calls" in message:
            waiting = [f"call_{count + place}" for place in range(len(message["tool_calls"]))]
            count += len(waiting)
            message["tool_calls"] = [
                {"id": name, "type": "function", "function": _with_text(call["function"])}
                for name, call in zip(waiting, message["tool_calls"], strict=True)
            ]
        elif message["role"] == "tool":
            message["tool_call_id"] = waiting.pop(0) if waiting else "call_0"
        sent.append(message)
    return sent


def _with_text(function: dict) -> dict:
    return {**function, "arguments": as_json(function["arguments"])}


async def _answers(endpoint: Endpoint, prompts: list[list], seeds: Sequence[int]) -> list[Answered | BaseException]:
    asked = (_answer(endpoint, messages, seed, tools) for (messages, tools), seed in zip(prompts, seeds, strict=True))
    return await asyncio.gather(*asked, return_exceptions=True)


async def _answer(endpoint: Endpoint, messages: list[dict], seed: int, tools: list[dict]) -> Answered:
    try:
        return _answered(await endpoint.ask(messages, None, seed, tools))
    except RefusedError as error:
        return Answered("", False, error.message)


def _answered(told: dict) -> Answered:
    choice = (told.get("choices") or [{}])[0]
    message = choice.get("message") or {}
    try:
        text = "\n".join(map(message_text, read_messages([message | {"role": "assistant"}])))
    except UnreadableError:
        text = str(message.get("content") or "")
    return Answered(mended(text), choice.get("finish_reason") != "length")

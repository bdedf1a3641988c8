"""Sends a judge its questions, several at once, and keeps each reply on disk: nothing is asked and paid for twice."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from core.appended_lines import AppendedLines
from core.data.synthesis.endpoint import RefusedError
from core.data.synthesis.writers import Writer, open_writer
from core.errors import InputError, UnavailableError
from core.evaluation.judging.questions import schema_of
from core.evaluation.judging.replies import better_in, mark_in
from core.reporting import Reporter, Stopped
from core.specs.judging.spec import JudgeSpec
from core.values import mended

_LOOK_SECONDS, _GRACE_SECONDS = 0.5, 5
_GIVE_UP_AFTER = 20
"""Replies of which none could be read: the others would cost as much and say as little."""
_SHOWN = 200


class Reply(NamedTuple):
    """What a judge replied to one question. `refusal` says why there is no reply."""

    text: str
    cut_off: bool
    tokens: int
    refusal: str = ""

    def verdict(self, spec: JudgeSpec) -> int | str | None:
        """The mark, or which answer is better; None without one. What was cut off has none: `Mark: 1` may be a 10."""
        if self.refusal or self.cut_off:
            return None
        return mark_in(self.text, len(spec.scale)) if spec.form == "rubric" else better_in(self.text)


class ReplyLog:
    """Replies by question, on disk under a name that is a hash of all that replies depend on but the questions."""

    def __init__(self, folder: Path, spec: JudgeSpec, reporter: Reporter):
        asked = [spec.model, spec.endpoint, spec.temperature, spec.max_new_tokens, spec.seed, schema_of(spec)]
        name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
        self._lines = AppendedLines(folder / f"{name}.jsonl", reporter)
        self._replies = {key: Reply(*values) for key, *values in map(json.loads, self._lines)}

    def get(self, question: str) -> Reply | None:
        """The reply to a question, if there is one."""
        return self._replies.get(_key(question))

    def add(self, question: str, reply: Reply) -> None:
        """Keep a reply. Refusals are kept in memory only: asking again costs nothing, and may help.

        Raises LeaseLostError or DiskFullError.
        """
        if not reply.refusal:
            self._lines.add(json.dumps([_key(question), *reply]))
        self._replies[_key(question)] = reply

    def close(self) -> None:
        """Close the file, which stays."""
        self._lines.close()


def _key(question: str) -> str:
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:32]


def ask_all(
    spec: JudgeSpec,
    questions: Iterable[str],
    log: ReplyLog,
    reporter: Reporter,
    allowed_endpoints: Sequence[str],
) -> dict[str, Reply]:
    """A reply to each question, in any order; those in the `log` are not asked again.

    Raises UnavailableError when the judge stays away, and InputError when it refuses everything or none of its replies
    can be read; what was replied before is kept.
    """
    questions = list(dict.fromkeys(questions))
    asyncio.run(_Asking(spec, log, reporter, len(questions)).ask([*questions], allowed_endpoints))
    return {question: log.get(question) for question in questions}


class _Asking:
    def __init__(self, spec: JudgeSpec, log: ReplyLog, reporter: Reporter, total: int):
        self._spec, self._log, self._reporter, self._total = spec, log, reporter, total
        self._done = self._read = 0
        self._first_problem = ""

    async def ask(self, questions: list[str], allowed_endpoints: Sequence[str]) -> None:
        left = []
        for question in questions:
            if reply := self._log.get(question):
                self._count(reply)
            else:
                left.append(question)
        if left:
            self._reporter.progress(self._done, self._total, "loading the judge")
            async with open_writer(self._spec, allowed_endpoints) as writer:
                await self._ask_left(writer, left)
        if self._total and not self._read:
            raise self._useless()

    async def _ask_left(self, writer: Writer, left: list[str]) -> None:
        waiting, asked = iter(left), {}
        try:
            while True:
                while len(asked) < writer.at_once and (question := next(waiting, None)) is not None:
                    asked[asyncio.create_task(self._reply(writer, question))] = question
                if not asked:
                    return
                await asyncio.wait(asked, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if problem := self._take_finished(asked):
                    raise problem
                if request := self._reporter.stop_requested():
                    raise Stopped(request)
                if self._done >= _GIVE_UP_AFTER and not self._read:
                    raise self._useless()
        except (UnavailableError, InputError):  # the other requests are paid for anyway
            await asyncio.wait([*asked, asyncio.create_task(asyncio.sleep(0))], timeout=_GRACE_SECONDS)
            self._take_finished(asked)
            raise
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)  # the model may close only when no task uses it

    async def _reply(self, writer: Writer, question: str) -> Reply:
        try:
            written = await writer.write(question, schema_of(self._spec), self._spec.seed)
        except RefusedError as error:
            return Reply("", False, 0, mended(error.message))
        if written.no_room:
            return Reply("", False, 0, "The question is too long for the judge.")
        return Reply(mended(written.text), written.cut_off, written.tokens)

    def _take_finished(self, asked: dict[asyncio.Task, str]) -> BaseException | None:
        """Keep every reply there is, out of `asked`; what went wrong with one that never came."""
        problems = []
        for task in [task for task in asked if task.done()]:
            question = asked.pop(task)
            if problem := task.exception():
                problems.append(problem)
            else:
                self._log.add(question, task.result())
                self._count(task.result())
        return problems[0] if problems else None

    def _count(self, reply: Reply) -> None:
        self._done += 1
        readable = reply.verdict(self._spec) is not None
        self._read += readable
        if not readable and not self._first_problem:
            self._first_problem = reply.refusal or f"It replied {reply.text[:_SHOWN]!r}."
        unreadable = self._done - self._read
        told = f"judging: {self._done:,} of {self._total:,} replies"
        self._reporter.progress(self._done, self._total, f"{told}, {unreadable:,} unreadable" if unreadable else told)

    def _useless(self) -> InputError:
        return InputError(
            f"None of the judge's {self._done:,} replies gives a verdict in the form asked for. {self._first_problem}",
            "Use a model that follows instructions, allow longer replies, or check the address and the model's name.",
        )

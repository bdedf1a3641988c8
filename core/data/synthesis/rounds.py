"""Asks a writer about each item of the material, round after round, and judges the answers."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence

import numpy as np

from core.data.store.datasets import read_split, split_names
from core.data.synthesis.budget import cost_usd, why_enough
from core.data.synthesis.journal import Entry, Journal
from core.data.synthesis.judging.judge import judge
from core.data.synthesis.judging.reasons import CUT_OFF, NO_ROOM, UNUSABLE
from core.data.synthesis.judging.seen import Seen
from core.data.synthesis.judging.wording import said_by
from core.data.synthesis.material import Item, Material
from core.data.synthesis.tasks.prompts import TASKS
from core.data.synthesis.writers import Writer, Written, open_writer
from core.errors import UnavailableError
from core.examples.example import question_text
from core.reporting import Reporter, Stopped
from core.specs import SynthesizeSpec

_MOST_ROUNDS = 20
_TRIES = 2
_LOOK_SECONDS = 0.5
_GRACE_SECONDS = 5
_EARLIER_QUESTIONS = 10
_SAMPLE_CHARACTERS = 300


class Rounds:
    """Asks about the material in rounds: each item once per round, in an order that the seed determines."""

    def __init__(self, spec: SynthesizeSpec, material: Material, journal: Journal, reporter: Reporter):
        self._spec, self._material, self._journal, self._reporter = spec, material, journal, reporter
        self._task = TASKS[spec.task]
        self._count = self._task.how_many(spec, len(material))
        self._order = np.random.default_rng(spec.seed).permutation(len(material)).tolist()
        self._seen = Seen()
        self._asked_of: dict[int, list[str]] = {}
        self.stopped_by = ""
        """Why it ended, in words; empty before that."""
        for split in split_names(spec.dataset) if spec.dataset else ():
            for example in read_split(spec.dataset, split):
                self._seen.add_question(question_text(example))
        for entry in journal.entries():
            for example in entry.kept:
                self._seen.problem(example)
            self._remember(entry)
        reporter.rewind(len(journal.done))

    async def write(self, allowed_endpoints: Sequence[str]) -> None:
        """Ask until there are enough examples, or a round brings none. Raises Stopped, and what the writer raises."""
        if self._enough():
            return
        self._reporter.progress(self._journal.accepted, self._spec.num_samples, "loading the model")
        async with open_writer(self._spec, allowed_endpoints) as writer:
            for number in range(_MOST_ROUNDS):
                await self._one_round(writer, number)
                if self._enough():
                    return
                if not self._journal.kept_in_round[number]:
                    break
        self.stopped_by = "the model wrote nothing new"

    async def _one_round(self, writer: Writer, number: int) -> None:
        """Ask about every item once. Answers are judged in the order of asking, so the result does not depend on which
        one arrives first."""
        waiting = iter([item for item in self._order if (item, number) not in self._journal.done])
        asked: deque[tuple[int, asyncio.Task]] = deque()
        try:
            while True:
                while len(asked) < writer.at_once and not self._enough(len(asked)):
                    if (item := next(waiting, None)) is None:
                        break
                    asked.append((item, asyncio.create_task(self._ask(writer, item, number))))
                if not asked:
                    return
                done, _ = await asyncio.wait([asked[0][1]], timeout=_LOOK_SECONDS)
                if request := self._reporter.stop_requested():
                    raise Stopped(request)
                if done:
                    item, task = asked.popleft()
                    self._take(item, number, task.result())
        except UnavailableError:  # the other requests are paid for anyway
            await self._take_finished(asked, number)
            raise
        finally:
            tasks = [task for _, task in asked]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # the model may close only when no task uses it

    async def _take_finished(self, asked: Collection[tuple[int, asyncio.Task]], number: int) -> None:
        if asked:
            await asyncio.wait([task for _, task in asked], timeout=_GRACE_SECONDS)
        for item, task in asked:
            if task.done() and not task.exception():
                self._take(item, number, task.result())

    async def _ask(self, writer: Writer, number: int, round_: int) -> tuple[list[dict] | None, Written]:
        """The examples written about an item, or None. Asks a second time if the answer has no valid JSON."""
        item = self._material[number]
        question = self._task.question(self._spec, item, self._count, self._asked_of.get(number, []))
        tokens = 0
        for attempt in range(_TRIES):
            seed = (self._spec.seed * 1_000_003 + number * 1009 + round_ * 31 + attempt) % (1 << 31)
            written = await writer.write(question, self._task.schema(self._count), seed)
            tokens += written.tokens
            examples = None if written.no_room else self._task.read(written.text, item)
            if examples is not None or written.no_room:
                break
        return examples, Written(written.text, written.cut_off, tokens, written.no_room)

    def _take(self, number: int, round_: int, answer: tuple[list[dict] | None, Written]) -> None:
        """Judge an answer and add it to the journal."""
        examples, written = answer
        kept, left_out = [], []
        if examples is None:
            reason = NO_ROOM if written.no_room else CUT_OFF if written.cut_off else UNUSABLE
            left_out.append((reason, written.text[:_SAMPLE_CHARACTERS]))
        for example in (examples or [])[: self._spec.num_samples - self._journal.accepted]:
            if reason := self._problem(example, self._material[number]):
                left_out.append((reason, _sample(example)))
            else:
                kept.append(example)
        entry = Entry(number, round_, written.tokens, kept, left_out)
        self._journal.add(entry)
        self._remember(entry)
        self._tell()

    def _problem(self, example: dict[str, str], item: Item) -> str | None:
        passage = item.text if item.example is None else None
        kept_numbers = self._spec.task in ("paraphrase", "translate")
        verdict = judge(
            example,
            passage,
            item.example if kept_numbers else None,
            self._spec.min_groundedness,
            self._spec.min_quality,
        )
        return verdict.reason or self._seen.problem(example)

    def _remember(self, entry: Entry) -> None:
        """Keep the last questions about an item, so that later rounds ask different ones."""
        questions = self._asked_of.setdefault(entry.item, [])
        questions += [said_by(example, "user") for example in entry.kept]
        del questions[:-_EARLIER_QUESTIONS]

    def _enough(self, under_way: int = 0) -> bool:
        why = why_enough(self._spec, self._journal, self._count, under_way)
        self.stopped_by = why or self.stopped_by
        return bool(why)

    def _tell(self) -> None:
        journal, spec = self._journal, self._spec
        usd = cost_usd(spec, journal.tokens)
        price = f", ${usd:.4f}" if spec.usd_per_million_tokens else ""
        self._reporter.metric(len(journal.done), accepted=journal.accepted, tokens=journal.tokens, cost_usd=usd)
        figures = f"{journal.accepted:,} accepted, {journal.tokens:,} tokens{price}"
        self._reporter.progress(journal.accepted, spec.num_samples, f"writing: {figures}")


def _sample(example: dict[str, str]) -> str:
    return " | ".join(filter(None, example.values()))[:_SAMPLE_CHARACTERS]

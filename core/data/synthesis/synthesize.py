"""Lets a language model write examples, keeps those that hold up, and publishes them as a dataset. In a notebook:

```python
from core.data.synthesis.synthesize import synthesize
from core.specs import SynthesizeSpec

made = synthesize(SynthesizeSpec(name="manual", output_dir="datasets", documents=("manual.md",), model="model.gguf"))
made["path"], made["accepted"], made["left_out"]
```
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np

from core.data.store.datasets import read_split, split_names
from core.data.synthesis.journal import Entry, Journal
from core.data.synthesis.judging import CUT_OFF, NO_ROOM, UNUSABLE, Seen, judge, said_by
from core.data.synthesis.material import Item, Material, gather
from core.data.synthesis.publishing import published, refuse_taken, work_folder
from core.data.synthesis.tasks import TASKS
from core.data.synthesis.writers import Writer, Written, open_writer
from core.errors import TunewrightError, UnavailableError
from core.examples.example import question_text
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, SynthesizeSpec

_MOST_ROUNDS = 20
_TRIES = 2
_LOOK_SECONDS = 0.5
_GRACE_SECONDS = 5
_EARLIER_QUESTIONS = 10
_SAMPLE_CHARACTERS = 300


def synthesize(spec: SynthesizeSpec, reporter: Reporter | None = None, allowed_endpoints: Sequence[str] = ()) -> dict:
    """Write the examples that `spec` asks for and publish the dataset.

    Stops at the number asked for, at the budget, or when nothing new comes. `allowed_endpoints` are the addresses that
    may be asked besides this machine's own. What was written before a stop or a death is not asked for again. Returns
    the dataset's path and splits, how many examples were accepted, what was left out for which reason, tokens, cost
    and why it stopped. Raises a TunewrightError in words for the person.
    """
    reporter = reporter or Reporter()
    refuse_taken(spec)
    journal = Journal(work_folder(spec), spec, reporter)
    try:
        with closing(gather(spec, journal.folder / "material.jsonl")) as material:
            synthesis = Synthesis(spec, material, journal, reporter)
            _run(synthesis.write(allowed_endpoints))
            usd = cost_usd(spec, journal.tokens)
            result = published(spec, material, journal, synthesis.stopped_by, reporter, usd)
    except TunewrightError as error:
        is_cancelled = isinstance(error, Stopped) and error.wish == StopRequest.CANCEL
        if is_cancelled or not journal.done:
            journal.remove()
        raise
    journal.remove()
    return result


def _run(coroutine) -> None:
    """Run a coroutine to its end, in a notebook too, where a loop runs already and another needs its own thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
        return
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


class Synthesis:
    """One job's way through its material: rounds in which each item is asked about once, in an order of the seed."""

    def __init__(self, spec: SynthesizeSpec, material: Material, journal: Journal, reporter: Reporter):
        self._spec, self._material, self._journal, self._reporter = spec, material, journal, reporter
        self._task = TASKS[spec.task]
        self._count = self._task.how_many(spec, len(material))
        self._order = np.random.default_rng(spec.seed).permutation(len(material)).tolist()
        self._seen = Seen()
        self._asked_of: dict[int, list[str]] = {}
        self.stopped_by = ""
        """Why it ended, in words, once it has."""
        for split in split_names(spec.dataset) if spec.dataset else ():
            for example in read_split(spec.dataset, split):
                self._seen.add_question(question_text(example))
        for entry in journal.entries():
            for example in entry.kept:
                self._seen.problem(example)
            self._remember(entry)
        reporter.rewind(len(journal.done))

    async def write(self, allowed_endpoints: Sequence[str]) -> None:
        """Ask until there is enough, or nothing more to be had. Raises Stopped, and what the writer raises."""
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
        self.stopped_by = "nothing new came any more"

    async def _one_round(self, writer: Writer, number: int) -> None:
        """Ask about every item once; answers are taken in the order of asking, so that the result does not depend on
        which came first."""
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
                if wish := self._reporter.stop_requested():
                    raise Stopped(wish)
                if done:
                    item, task = asked.popleft()
                    self._take(item, number, task.result())
        except UnavailableError:  # what else is under way is paid for all the same
            await self._take_what_comes(asked, number)
            raise
        finally:
            tasks = [task for _, task in asked]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # the model is closed only after they let go of it

    async def _take_what_comes(self, asked: Collection[tuple[int, asyncio.Task]], number: int) -> None:
        if asked:
            await asyncio.wait([task for _, task in asked], timeout=_GRACE_SECONDS)
        for item, task in asked:
            if task.done() and not task.exception():
                self._take(item, number, task.result())

    async def _ask(self, writer: Writer, number: int, round_: int) -> tuple[list[dict] | None, Written]:
        """The examples written about an item, or None; asked once more where the answer cannot be read."""
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
        """Judge what came, and write it down."""
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
        """Keep the last questions about an item, so that further rounds ask others."""
        questions = self._asked_of.setdefault(entry.item, [])
        questions += [said_by(example, "user") for example in entry.kept]
        del questions[:-_EARLIER_QUESTIONS]

    def _enough(self, under_way: int = 0) -> bool:
        """Whether there is no need, or no budget, for one more question beside those `under_way`."""
        spec, journal = self._spec, self._journal
        answers = len(journal.done)
        accepted = journal.accepted + under_way * (journal.accepted / answers if answers else self._count)
        tokens = journal.tokens + under_way * (journal.tokens / answers if answers else spec.max_new_tokens)
        if accepted >= spec.num_samples:
            self.stopped_by = "all that were asked for are there"
        elif spec.budget_tokens and tokens >= spec.budget_tokens:
            self.stopped_by = f"the budget of {spec.budget_tokens:,} tokens is used up"
        elif spec.budget_usd and cost_usd(spec, tokens) >= spec.budget_usd:
            self.stopped_by = f"the budget of ${spec.budget_usd:g} is used up"
        else:
            return False
        return True

    def _tell(self) -> None:
        journal, spec = self._journal, self._spec
        usd = cost_usd(spec, journal.tokens)
        price = f", ${usd:.4f}" if spec.usd_per_million_tokens else ""
        self._reporter.metric(len(journal.done), accepted=journal.accepted, tokens=journal.tokens, cost_usd=usd)
        figures = f"{journal.accepted:,} accepted, {journal.tokens:,} tokens{price}"
        self._reporter.progress(journal.accepted, spec.num_samples, f"writing: {figures}")


def cost_usd(spec: SynthesizeSpec, tokens: float) -> float:
    """What so many tokens cost."""
    return tokens * spec.usd_per_million_tokens / 1e6


def _sample(example: dict[str, str]) -> str:
    return " | ".join(filter(None, example.values()))[:_SAMPLE_CHARACTERS]

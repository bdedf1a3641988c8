"""The run card: what a training will read, write and need, computed before it starts and without loading weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.jobs.forecast import Forecast
from app.plumbing.studio import home
from app.training.dataset_lengths import lengths_of
from app.training.time_forecast import forecast_training
from app.wording.numbers import plural, size_text
from core.disk_space import free_bytes
from core.forecast.disk import disk_of_run
from core.forecast.fitting import memory_of_run, memory_text, usable_bytes, what_to_lower
from core.forecast.lengths import DatasetLengths
from core.forecast.memory import Memory
from core.forecast.setup import setup_of
from core.forecast.shape import folder_here, shape_of
from core.forecast.tokenizer_facts import tokenizer_facts
from core.machine import Machine, this_machine
from core.models.catalogue import find_in_catalogue
from core.specs.train import examples_read, steps_of
from storage.actors import Actor


@dataclass(frozen=True)
class Problem:
    """Something that would stop or spoil the run.

    `stop` where starting makes no sense, `ask` where a person may start anyway, `note` where they need only know.
    """

    message: str
    remedy: str
    weight: Literal["stop", "ask", "note"]


@dataclass(frozen=True)
class RunCard:
    """What a run will be. What is unknown is None: memory and time need the model's config.json and token lengths."""

    examples: int
    effective_batch: int
    steps: int
    tokens: int | None
    exact: bool
    """Whether this model's tokenizer counted the tokens."""
    memory: Memory | None
    memory_limit: str
    """In words."""
    lower: dict | None
    """The settings to change so that the run fits; empty if it fits, None if nothing helps or is known."""
    time: Forecast
    download_bytes: int
    disk_bytes: int | None
    free_bytes: int
    problems: tuple[Problem, ...]


def run_card(actor: Actor, dataset: dict, values: dict) -> RunCard:
    """The card of a training with these fields of `TrainSpec` on an entry of `datasets()`.

    Raises what `shape_of` raises.
    """
    model, machine = values["model"], this_machine()
    shape = shape_of(model)
    examples = dataset["report"].splits.get("train", 0)
    lengths = lengths_of(dataset, model)
    effective = values["batch_size"] * values["gradient_accumulation_steps"]
    read = lengths and lengths.seen(values)
    steps = steps_of(values, read.examples if read else examples)
    memory = lower = disk = None
    if shape and read and read.sample:
        memory = memory_of_run(shape, values, lengths, machine, steps)
        fits = memory.training <= usable_bytes(machine)
        lower = {} if fits else what_to_lower(shape, values, lengths, machine, steps)
    if shape:
        disk = disk_of_run(
            shape, setup_of(values, shape, machine), values["save_total_limit"], values["merge_adapters"]
        ).total
    known = find_in_catalogue(model)
    free = free_bytes(home())
    return RunCard(
        examples=examples,
        effective_batch=effective,
        steps=steps,
        tokens=read and round(read.mean.tokens * examples_read(values, read.examples)),
        exact=bool(lengths and lengths.exact),
        memory=memory,
        memory_limit=memory_text(machine),
        lower=lower,
        time=forecast_training(actor, values, dataset),
        download_bytes=2 * known.parameters if known and not known.is_here else 0,
        disk_bytes=disk,
        free_bytes=free,
        problems=(
            *_about_memory(memory, lower, machine),
            *_about_lengths(lengths, values),
            *_about_disk(disk, free),
            *_about_tokenizer(model),
        ),
    )


def _about_memory(memory: Memory | None, lower: dict | None, machine: Machine) -> Iterator[Problem]:
    if memory and lower != {}:
        yield Problem(
            f"It needs {size_text(memory.training)}; of the {memory_text(machine)} here, "
            f"{size_text(usable_bytes(machine))} can be used.",
            "Lower the settings as offered." if lower else "Choose a smaller base model, or train on a larger machine.",
            "ask",
        )


def _about_lengths(lengths: DatasetLengths | None, values: dict) -> Iterator[Problem]:
    if not lengths:
        return
    read = lengths.seen(values)
    if lost := max(0, lengths.examples - read.examples):
        yield Problem(
            f"About {plural(lost, 'example')} would be left out: the question alone fills the maximum length.",
            "Raise the maximum length.",
            "note" if read.examples else "stop",
        )
    if cut := lengths.cut(values):
        yield Problem(
            f"About {plural(cut, 'example')} of {lengths.examples:,} would lose the end of an answer: the model learns "
            "to stop in the middle, or not at all.",
            f"Raise the maximum length; the longest has about {max(one.tokens for one in lengths.sample):,} tokens.",
            "note",
        )


def _about_disk(disk: int | None, free: int) -> Iterator[Problem]:
    if disk and disk > free:
        yield Problem(
            f"Checkpoints and models need {size_text(disk)}, and {size_text(free)} of disk are free.",
            "Free some space, keep fewer checkpoints, or do not merge the adapter.",
            "ask",
        )


def _about_tokenizer(model: str) -> Iterator[Problem]:
    folder = folder_here(model)
    facts = tokenizer_facts(folder) if folder else None
    if facts and not facts.end_token:
        yield Problem(
            "The model's tokenizer has no end token, so it could never learn to stop.",
            "Use another base model.",
            "stop",
        )

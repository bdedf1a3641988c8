"""An evaluation as lm-evaluation-harness writes its own: `MODEL/results_DATE.json` and `MODEL/samples_TASK_DATE.jsonl`.

As `EvaluationTracker` of lm_eval 0.4.13 does, so that what reads its files reads these: `make_table`, the Zeno and
Weights & Biases scripts, dashboards. A task is a split of the dataset. Where the harness has another name for a metric
of the same meaning, it is used; scores are ours, with nothing few-shot and no filter.
"""

import hashlib
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, Self

from core.evaluation.reports.figures import has_interval
from core.evaluation.reports.findings import source_of
from core.evaluation.statistics.proportions import Z
from core.specs.results.evaluate import EvaluatedModel, EvaluateResult, Prediction, Score, SplitScores
from core.specs.results.metrics import METRICS

_NAMES = {"accuracy": "acc"}
"""What the harness calls our metrics, where it differs."""
_PAIRS_THERE = {"bits_per_byte"}
"""Metrics whose samples are pairs of numbers to the harness: ours are not listed as what it averages."""
_OF_LIKELIHOOD = {"loss", "perplexity", "bits_per_byte", "token_accuracy"}
"""All others are of answers: what a model was asked for is known though its answers are gone."""
_FILTER, _ROUNDING = "none", 1e-4


def write_harness_files(
    result: EvaluateResult, rows: Iterable[Prediction], spec: dict, evaluated_at: datetime | None, folder: Path
) -> list[Path]:
    """Write the files of every model into `folder` and return their paths. `rows` are read once, however many.

    `spec` is what was asked for, as stored; `evaluated_at` dates the files, by default now. Raises OSError.
    """
    at = (evaluated_at or datetime.now(UTC)).astimezone(UTC)
    date = at.replace(tzinfo=None).isoformat(timespec="microseconds").replace(":", "-")
    models = {one.name: one for one in result.models if one.name in result.scorecards}
    folders = dict(zip(models, _folders(models), strict=True))
    by_split = {result.split: result, **result.other_splits}
    written = []
    with ExitStack() as files:
        logs = {
            (name, split): _SampleLog(
                files.enter_context(_opened(folder / folders[name] / f"samples_{_task(result, split)}_{date}.jsonl")),
                name,
                spec,
            )
            for name in models
            for split, scores in by_split.items()
            if name in scores.scorecards
        }
        for row in rows:
            split = row.split or result.split
            if split in by_split:
                asked = _Asked.of(row)
                for name in models:
                    if log := logs.get((name, split)):
                        log.add(row, asked)
    written += [Path(log.file.name) for log in logs.values()]
    for name, model in models.items():
        own = {split: log for (of, split), log in logs.items() if of == name}
        path = folder / folders[name] / f"results_{date}.json"
        values = _results(result, by_split, model, own, spec, at, folders[name])
        path.write_text(json.dumps(values, indent=2, ensure_ascii=False), encoding="utf-8")
        written.append(path)
    return written


class _Asked(NamedTuple):
    """What is the same of an example for every model."""

    doc: dict[str, str]
    prompt: str
    hashes: dict[str, str]

    @classmethod
    def of(cls, row: Prediction) -> Self:
        """Of this row; a conversation is written as JSON, as the harness writes what it sends to chat APIs."""
        doc = {"instruction": row.instruction, "input": row.input, "reference": row.reference, "topic": row.topic}
        asked = "\n\n".join(part for part in (row.instruction, row.input) if part)
        prompt = json.dumps(row.messages, ensure_ascii=False) if row.messages else asked
        hashes = {
            "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
            "prompt_hash": _hash(prompt),
            "target_hash": _hash(row.reference),
        }
        return cls(doc, prompt, hashes)


class _SampleLog:
    """The samples of one model on one split, written as they come, with what the results say of them."""

    def __init__(self, file: IO[str], name: str, spec: dict):
        self.file, self._name, self._generation = file, name, _generation(spec)
        self._hashed = hashlib.sha256()
        self._having: Counter[str] = Counter()
        self._sums: defaultdict[str, float] = defaultdict(float)
        self.count = 0
        self.generates = False

    @property
    def task_hash(self) -> str:
        """The hash of the hashes of all samples."""
        return self._hashed.hexdigest()

    def averaged(self, card: dict[str, Score]) -> list[str]:
        """The metrics of a scorecard that every sample has, and whose mean over samples is the score."""
        return [
            name
            for name, count in self._having.items()
            if count == self.count and name in card and name not in _PAIRS_THERE
            and abs(self._sums[name] / count - card[name].value) <= _ROUNDING * max(1.0, abs(card[name].value))
        ]  # fmt: skip

    def add(self, row: Prediction, asked: _Asked) -> None:
        """Write the sample of one example."""
        text = row.predictions.get(self._name)
        self.generates = self.generates or text is not None
        scores = row.scores.get(self._name, {})
        answer = text if text is not None else str(-scores["loss"]) if "loss" in scores else ""
        arguments = {"arg_0": asked.prompt, "arg_1": self._generation}
        hashes = asked.hashes
        if text is None:  # plain text: its own likelihood
            arguments = {"arg_0": row.reference}
            hashes = hashes | {"prompt_hash": hashes["target_hash"]}
        sample = {
            "doc_id": self.count,
            "doc": asked.doc,
            "target": row.reference,
            "arguments": {"gen_args_0": arguments},
            "resps": [[answer]],
            "filtered_resps": [answer],
            "filter": _FILTER,
            "metrics": [_named(name) for name in scores],
            **hashes,
            **{_named(name): value for name, value in scores.items()},
        }
        self.file.write(json.dumps(sample, ensure_ascii=False) + "\n")
        self._hashed.update("".join(hashes.values()).encode())
        self._having.update(scores.keys())
        for name, value in scores.items():
            self._sums[name] += value
        self.count += 1


def _results(
    result: EvaluateResult,
    by_split: dict[str, EvaluateResult | SplitScores],
    model: EvaluatedModel,
    logs: dict[str, _SampleLog],
    spec: dict,
    at: datetime,
    sanitized: str,
) -> dict:
    tasks = {split: _task(result, split) for split in logs}
    cards = {split: by_split[split].scorecards[model.name] for split in logs}
    counts = {split: by_split[split].examples for split in logs}
    return {
        "results": {
            task: {"name": task, "alias": task, "sample_len": counts[split], **dict(_scores(cards[split]))}
            for split, task in tasks.items()
        },
        "group_subtasks": {task: [] for task in tasks.values()},
        "configs": {
            task: _task_config(result, task, split, logs[split], cards[split], spec) for split, task in tasks.items()
        },
        "versions": dict.fromkeys(tasks.values(), 1),
        "n-shot": dict.fromkeys(tasks.values(), 0),
        "higher_is_better": {
            task: {_named(name): METRICS[name].better > 0 for name in cards[split] if _has_a_better(name)}
            for split, task in tasks.items()
        },
        "n-samples": {task: {"original": counts[split], "effective": counts[split]} for split, task in tasks.items()},
        "config": {
            "model": "tunewright",
            "model_args": f"pretrained={source_of(model.model) or model.name}",
            "batch_size": str(spec.get("batch_size", "")),
            "batch_sizes": [],
            "device": None,
            "use_cache": None,
            "limit": spec.get("limit"),
            "bootstrap_iters": 10_000,
            "gen_kwargs": _generation(spec),
            "random_seed": spec.get("seed"),
            "numpy_seed": spec.get("seed"),
            "torch_seed": spec.get("seed"),
            "fewshot_seed": None,
        },
        "git_hash": None,
        "date": at.timestamp(),
        "task_hashes": {tasks[split]: log.task_hash for split, log in logs.items()},
        "model_source": "tunewright",
        "model_name": model.name,
        "model_name_sanitized": sanitized,
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": None,
        "chat_template": None,
        "chat_template_sha": None,
        "total_evaluation_time_seconds": str(result.seconds),
    }


def _scores(card: dict[str, Score]) -> Iterator[tuple[str, object]]:
    """Each metric with its standard error: that which its 95 % interval implies, as documents count in it."""
    for name, score in card.items():
        yield f"{_named(name)},{_FILTER}", score.value if math.isfinite(score.value) else "N/A"  # JSON has no infinity
        error = (score.high - score.low) / (2 * Z) if has_interval(score) else "N/A"
        yield f"{_named(name)}_stderr,{_FILTER}", error


def _task_config(
    result: EvaluateResult, task: str, split: str, log: _SampleLog, card: dict[str, Score], spec: dict
) -> dict:
    metrics = [
        {"metric": _named(name), "aggregation": "mean"}
        | ({"higher_is_better": METRICS[name].better > 0} if _has_a_better(name) else {})
        for name in log.averaged(card)
    ]
    answered = log.generates or bool(card.keys() - _OF_LIKELIHOOD)
    generates = {"generation_kwargs": _generation(spec)} if answered else {}
    return {
        "task": task,
        "dataset_path": result.dataset,
        "test_split": split,
        "doc_to_text": "",
        "doc_to_target": "{{reference}}",
        "num_fewshot": 0,
        "metric_list": metrics,
        "output_type": "generate_until" if answered else "loglikelihood_rolling",
        "repeats": 1,
        "should_decontaminate": False,
        "metadata": {"version": 1, "standard_errors": "implied by the 95 % intervals of Tunewright"},
        **generates,
    }


def _generation(spec: dict) -> dict:
    temperature = spec.get("temperature") or 0.0
    return {
        "until": [],
        "max_gen_toks": spec.get("max_new_tokens"),
        "do_sample": temperature > 0,
        "temperature": temperature,
    }


def _has_a_better(name: str) -> bool:
    return name in METRICS and METRICS[name].better != 0


def _named(name: str) -> str:
    return _NAMES.get(name, name)


def _task(result: EvaluateResult, split: str) -> str:
    return re.sub(r"\W", "_", f"{result.dataset[:60]}_{split}")


def _folders(names: Iterable[str]) -> Iterator[str]:
    """A folder for each model, named as the harness does; no two alike, none that leads elsewhere."""
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[\"<>:/|\\?*\[\]]+", "__", name)
        plain = "_" + plain[1:] if plain.startswith(".") else plain
        folder = plain
        while folder.casefold() in taken:
            folder += "_"
        taken.add(folder.casefold())
        yield folder


def _opened(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", encoding="utf-8", newline="\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()

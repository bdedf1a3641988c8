"""Tasks of lm-evaluation-harness, where it is installed: a folder of one's own, and the harness's usual ones.

The harness gets each model as it is loaded here, so that its scores are of the very weights that are compared. Its
usual tasks fetch their data from the hub; those in a folder need no network if their data lies beside them.
"""

import difflib
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.errors import InputError, UnavailableError
from core.inference.transformers_model import TransformersModel
from core.specs.results.harness import HARNESS_VERSION, HarnessScore, HarnessScores

_RESAMPLES = 1_000
"""For standard errors that have no formula."""


def harness_version() -> str | None:
    """The version that is installed; None without it."""
    try:
        return version("lm_eval")
    except PackageNotFoundError:
        return None


class HarnessTasks:
    """The tasks of these names, loaded before any model is. `folder` holds YAML files of tasks of one's own.

    Such a file may name a Python function, which is run: who may write there may run code.
    """

    def __init__(self, names: Sequence[str], folder: Path | None, limit: int | None):
        """`limit`: only so many examples of each task. Raises InputError for a task that is not known or broken, and
        UnavailableError where its data cannot be fetched."""
        if not harness_version():
            raise InputError(
                "lm-evaluation-harness is not installed.", f"Run .venv/bin/pip install lm_eval=={HARNESS_VERSION}."
            )
        os.environ.setdefault("TQDM_DISABLE", "1")  # its bars would fill the job's log
        from lm_eval.tasks import TaskManager

        manager = TaskManager(include_path=str(folder) if folder else None)
        for name in names:
            if name not in manager.all_tasks:
                alike = difflib.get_close_matches(name, manager.all_tasks, 3)
                raise InputError(
                    f"lm-evaluation-harness knows no task {name}.",
                    f"Did you mean {', '.join(alike)}?" if alike else "List them with lm-eval ls tasks.",
                )
        try:
            manager.load(list(names))
        except OSError as error:
            raise UnavailableError(
                f"The data of the tasks {', '.join(names)} cannot be fetched: {error}",
                "Their data comes from the hub: connect to it, or use tasks whose data is on this machine.",
            ) from error
        except (KeyError, ValueError) as error:
            raise InputError(f"The tasks {', '.join(names)} cannot be loaded: {error}", "Mend the task.") from error
        self._manager, self._names, self._limit = manager, list(names), limit
        self.identity = [harness_version(), list(names), limit, _contents(folder) if folder else None]
        """What tells these scores from those of other tasks, for `kept`: also the version and one's own files."""

    def scores_of(self, model: TransformersModel, batch_size: int, done: Callable[[], None]) -> list[HarnessScore]:
        """The scores of a loaded model; `done` is called after each batch and may raise to stop."""
        from lm_eval.evaluator import simple_evaluate
        from lm_eval.models.huggingface import HFLM

        class Watched(HFLM):
            """Tells of every forward pass."""

            def _model_call(self, *given, **named):
                done()
                return super()._model_call(*given, **named)

            def _model_generate(self, *given, **named):
                done()
                return super()._model_generate(*given, **named)

        wrapped = Watched(pretrained=model.model, tokenizer=model.tokenizer, batch_size=batch_size)
        found = simple_evaluate(
            wrapped, tasks=self._names, task_manager=self._manager, limit=self._limit, log_samples=False,
            bootstrap_iters=_RESAMPLES,
        )  # fmt: skip
        return list(_read(found))


def _contents(folder: Path) -> list[list[str]]:
    """The files of a folder, of its folders too, each with a hash of what it holds."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    found = []
    for file in files:
        with file.open("rb") as opened:
            found.append([str(file.relative_to(folder)), hashlib.file_digest(opened, "sha256").hexdigest()])
    return found


def kept(path: Path, measure: Callable[[], list[HarnessScore]]) -> list[HarnessScore]:
    """The scores in a file, where an earlier attempt left them, else what `measure` gives, written there."""
    if path.exists():
        return [HarnessScore(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    scores = measure()
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps([one.model_dump() for one in scores]), encoding="utf-8")
    unfinished.replace(path)
    return scores


def harness_scores(on_tasks: dict[str, list[HarnessScore] | None]) -> HarnessScores:
    """Of all models, by name; None stands for one that the harness cannot ask."""
    why = "not asked, as the harness gets models in Transformers' format only."
    return HarnessScores(
        version=harness_version() or "",
        scores={name: scores for name, scores in on_tasks.items() if scores is not None},
        unmeasured={name: why for name, scores in on_tasks.items() if scores is None},
    )


def _read(found: dict) -> Iterator[HarnessScore]:
    """Its results are `{"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": …}` a task; a filter follows the comma."""
    for task, values in found["results"].items():
        counts = found.get("n-samples", {}).get(task, {})
        for key, value in values.items():
            metric, comma, filtered = key.partition(",")
            if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
                continue
            error = values.get(f"{metric}_stderr,{filtered}")
            has_error = isinstance(error, int | float) and math.isfinite(error)
            yield HarnessScore(
                task=task,
                metric=metric if filtered == "none" else f"{metric} ({filtered})",
                value=value,
                standard_error=error if has_error else None,
                examples=counts.get("effective"),
            )

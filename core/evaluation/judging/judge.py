"""Has a model judge the answers of a finished evaluation. Nothing is generated again.

In a notebook:

>>> from core.evaluation.judging.judge import judge
>>> from core.specs.judging.spec import JudgeSpec
>>> spec = JudgeSpec(name="judged", output_dir="judged", evaluation="scores", model="runs/judge.gguf")
>>> judge(spec).scores["tuned"].value
3.72
"""

import json
import shutil
import time
from collections.abc import Hashable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.artifacts import publish_file, refuse_foreign_file, staging_folder
from core.errors import CorruptArtifactError, InputError, NotFoundError
from core.evaluation.judging.asking import ReplyLog, ask_all
from core.evaluation.judging.outcomes import Versus, found_in, judgements_of
from core.evaluation.judging.questions import Plan, plan_of
from core.evaluation.publishing import METRICS_FILE, PREDICTIONS_FILE
from core.evaluation.statistics.clusters import clusters_of
from core.full_disk import naming_full_disks
from core.models.references import locate
from core.reporting import Reporter, Stopped
from core.specs.evaluate import ANSWERS_FOLDER
from core.specs.judging.spec import JudgeSpec
from core.specs.results.evaluate import EvaluationFile, Prediction
from core.specs.results.judge import JudgeFile, Judgement, JudgeResult

JUDGE_FILE, JUDGEMENTS_FILE = "judge.json", "judgements.json"
_PREDICTIONS = TypeAdapter(list[Prediction])
_SAMPLES, _SAMPLE_CHARACTERS = 5, 300
_MANY_UNREADABLE = 0.1


def judge(spec: JudgeSpec, reporter: Reporter | None = None, allowed_endpoints: Sequence[str] = ()) -> JudgeResult:
    """Ask the judge about every answer, and publish judge.json and judgements.json in `output_dir`.

    Replies are kept on disk as they come, so that another attempt goes on where this one was. `allowed_endpoints` are
    the servers that the owner has named. Raises a TunewrightError; then nothing is published.
    """
    reporter = reporter or Reporter()
    output = Path(spec.output_dir)
    refuse_foreign_file(output / JUDGE_FILE, reporter)
    if found := _finished(output, spec):
        return found
    working_folder = output / ANSWERS_FOLDER
    try:
        result = _judged(spec, working_folder, reporter, allowed_endpoints)
    except Stopped as stopped:
        if stopped.request.gives_up:
            _remove(working_folder)
        raise
    _remove(working_folder)
    return result


def _judged(spec: JudgeSpec, working_folder: Path, reporter: Reporter, allowed_endpoints: Sequence[str]) -> JudgeResult:
    began, output = time.monotonic(), Path(spec.output_dir)
    scores, answers = _evaluation(Path(spec.evaluation))
    of_split = [one for one in enumerate(answers) if one[1].split in ("", scores.split)]
    rows = dict(of_split[: spec.limit])
    plan = plan_of(spec, rows, list(scores.scorecards))
    _refuse_nothing(spec, plan, list(scores.scorecards))
    with closing(ReplyLog(working_folder, spec, reporter)) as log:
        replies = ask_all(spec, (ask.question for ask in plan.asks), log, reporter, allowed_endpoints)
    judgements = judgements_of(spec, plan.asks, replies)
    look_ups = [name for name in scores.look_ups if name in plan.models]
    reference = next(name for name in (scores.reference, *look_ups, *plan.models) if name in plan.models)
    versus = Versus(plan.models, reference, look_ups)
    found = found_in(spec, judgements, versus, _clusters(rows, plan))
    unreadable = [one for one in replies.values() if not one.refusal and one.verdict(spec) is None]
    refused = [one for one in replies.values() if one.refusal]
    result = JudgeResult(
        **found._asdict(),
        form=spec.form,
        judge=_label(spec),
        split=scores.split,
        examples=plan.examples,
        models=plan.models,
        reference=reference,
        alike=plan.alike,
        left_out=len(of_split) - len(rows),
        calls=len(replies),
        unreadable=len(unreadable),
        refused=len(refused),
        samples=[(one.refusal or one.text)[:_SAMPLE_CHARACTERS] for one in (*unreadable, *refused)[:_SAMPLES]],
        tokens=sum(one.tokens for one in replies.values()),
        seconds=round(time.monotonic() - began, 2),
        notes=_notes(len(unreadable) + len(refused), len(replies)),
        files=[str(output / name) for name in (JUDGE_FILE, JUDGEMENTS_FILE)],
    )
    _publish(output, result, judgements, spec, reporter)
    return result


def _evaluation(folder: Path) -> tuple[EvaluationFile, list[Prediction]]:
    """The scores and the answers of a finished evaluation. Raises NotFoundError or CorruptArtifactError."""
    try:
        scores = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
        rows = json.loads((folder / PREDICTIONS_FILE).read_text(encoding="utf-8"))
        answers = _PREDICTIONS.validate_python(rows, extra="ignore")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"{folder} holds no finished evaluation: {Path(error.filename).name} is not there.", "Evaluate again."
        ) from error
    except (ValueError, ValidationError) as error:
        raise CorruptArtifactError(f"The answers in {folder} cannot be read.", "Evaluate again.") from error
    return EvaluationFile.read(scores, str(folder / METRICS_FILE)), answers


def _refuse_nothing(spec: JudgeSpec, plan: Plan, names: list[str]) -> None:
    if unknown := [name for name in spec.answers_of if name not in names]:
        raise InputError(f"The evaluation has no {', '.join(unknown)}.", f"It has {', '.join(names)}.")
    if not plan.asks and spec.form == "pairwise":
        raise InputError(
            "There are no two different answers to compare.", "Judge by a rubric, or evaluate two models together."
        )
    if not plan.asks:
        raise InputError("The evaluation has no answers: plain text asks nothing.", "Choose another evaluation.")


def _label(spec: JudgeSpec) -> str:
    return f"{spec.model} at {spec.endpoint}" if spec.endpoint else locate(spec.model).label


def _clusters(rows: dict[int, Prediction], plan: Plan) -> dict[int, Hashable] | None:
    """By example its document, where the examples of one document count together."""
    places = sorted({ask.example for ask in plan.asks})
    clusters = clusters_of([{"source": rows[place].source} for place in places])
    return None if clusters is None else dict(zip(places, clusters, strict=True))


def _notes(without_verdict: int, calls: int) -> list[str]:
    if without_verdict <= _MANY_UNREADABLE * calls:
        return []
    return [
        f"{without_verdict / calls:.0%} of the questions got no verdict. If those are the hard ones, the scores are "
        "too good or too bad."
    ]


def _finished(output: Path, spec: JudgeSpec) -> JudgeResult | None:
    """What an earlier attempt of the same job published before it died; None if it asked for something else."""
    path = output / JUDGE_FILE
    if not path.exists():
        return None
    found = JudgeFile.read(json.loads(path.read_text(encoding="utf-8")), str(path))
    if found.spec != spec.model_dump(mode="json"):
        return None
    return JudgeResult(**{name: getattr(found, name) for name in JudgeResult.model_fields})


def _publish(
    output: Path, result: JudgeResult, judgements: list[Judgement], spec: JudgeSpec, reporter: Reporter
) -> None:
    """Write both files into `output`; judge.json comes last: it marks the judging as complete."""
    whole = JudgeFile(**dict(result), spec=spec.model_dump(mode="json"), made_by=reporter.attempt)
    rows = [one.model_dump(mode="json", exclude_defaults=True) for one in judgements]
    contents = {JUDGEMENTS_FILE: rows, JUDGE_FILE: whole.stored()}
    staged = staging_folder(output / JUDGE_FILE, reporter.attempt)
    try:
        with naming_full_disks(output, staged):
            for name, content in contents.items():
                (staged / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        for name in contents:
            publish_file(staged / name, output / name, reporter)
    finally:
        shutil.rmtree(staged)


def _remove(working_folder: Path) -> None:
    """Remove the replies that were kept for another attempt, and the output folder if nothing is in it."""
    shutil.rmtree(working_folder, ignore_errors=True)
    with suppress(OSError):
        working_folder.parent.rmdir()

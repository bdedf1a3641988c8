"""Asks several models the same examples, with the same settings, and scores their answers by the same metrics.

In a notebook:

>>> from core.evaluation.evaluate import evaluate
>>> from core.specs import EvaluateSpec
>>> models = [{"name": "Base", "model": "starter"}, {"name": "Mine", "model": "runs/care"}]
>>> spec = EvaluateSpec(name="scores", output_dir="scores", models=models, dataset="care_dataset")
>>> evaluate(spec).differences["Mine"]["Base"]["rougeL"].value
0.183
"""

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

from core.artifacts import refuse_foreign_file
from core.benchmark.speed import measure_each
from core.errors import InputError
from core.evaluation.asked_examples import AskedSplit, asked_splits
from core.evaluation.entrants import Entrant, bases_of, entrants_of, reference_of
from core.evaluation.labels import majority_baseline
from core.evaluation.publishing import FILES, METRICS_FILE, finished_result, publish_evaluation
from core.evaluation.statistics.clusters import told_of_clusters
from core.evaluation.statistics.verdicts import what_examples_show, what_scores_show
from core.evaluation.telling import AnswerKind
from core.examples.example import answer_text, shape_of
from core.reporting import Reporter, Stopped
from core.specs import EvaluateSpec, Shape
from core.specs.evaluate import ANSWERS_FOLDER
from core.specs.results.benchmark import Speed
from core.specs.results.evaluate import EvaluatedModel, EvaluateResult

_PLAIN_TEXT = (
    "The dataset is plain text, which asks nothing: its loss, perplexity, bits per byte and token accuracy are "
    "measured; no answers are generated or scored."
)


def evaluate(
    spec: EvaluateSpec,
    reporter: Reporter | None = None,
    allowed_endpoints: Sequence[str] = (),
    harness_folder: Path | None = None,
) -> EvaluateResult:
    """Score what `spec` names and publish metrics.json, predictions.json and reports in its `output_dir`.

    Answers are written to disk a batch at a time: another attempt, or a new evaluation of the same, into this folder or
    one beside it, goes on where one that died or failed was.
    `allowed_endpoints` are the servers that the owner has named, `harness_folder` is where the owner's own tasks of
    lm-evaluation-harness are: their files may run code. Raises a TunewrightError; then nothing is published.
    """
    reporter = reporter or Reporter()
    output = Path(spec.output_dir)
    refuse_foreign_file(output / METRICS_FILE, reporter)
    working_folder = output / ANSWERS_FOLDER
    try:
        result = finished_result(output, spec) or _evaluated(
            spec, working_folder, reporter, allowed_endpoints, harness_folder
        )
    except Stopped as stopped:
        if stopped.request.gives_up:
            _remove(working_folder)
        raise
    _remove(working_folder)
    return result


def _evaluated(
    spec: EvaluateSpec,
    working_folder: Path,
    reporter: Reporter,
    allowed_endpoints: Sequence[str],
    harness_folder: Path | None,
) -> EvaluateResult:
    from core.evaluation.answering import answers_of_each
    from core.evaluation.general.comparing import forgetting_of, general_predictions
    from core.evaluation.general.harness import HarnessTasks, harness_scores
    from core.evaluation.measuring import Measuring
    from core.evaluation.scorecards import Scorecards

    began, output = time.monotonic(), Path(spec.output_dir)
    entrants = entrants_of(spec)
    reference = reference_of(spec, entrants)
    asked = asked_splits(spec, working_folder, reporter)
    examples = [example for one in asked for example in one.examples]
    asks = shape_of(examples[0]) is not Shape.TEXT
    if not asks and (endpoints := [one.name for one in entrants if one.kind == "endpoint"]):
        raise InputError(
            "The examples are plain text, which asks nothing, and an API does not tell how likely it finds a text.",
            f"Leave {', '.join(endpoints)} out, or choose a dataset of questions.",
        )
    tasks = HarnessTasks(spec.harness_tasks, harness_folder, spec.limit) if spec.harness_tasks else None
    names = [one.name for one in entrants]
    boards = [
        Scorecards(one.examples, names, Measuring(one.examples, spec, asks and one.labels, asks), one.split)
        for one in asked
    ]
    if asks:
        show = what_scores_show if boards[0].measuring.kind is AnswerKind.LONG else what_examples_show
        reporter.event(show(len(asked[0].examples)))
    models, notes, reference_ids = {}, _notes(asked, asks), {}
    general, general_seconds, on_tasks = {}, 0.0, {}
    for said in answers_of_each(spec, entrants, examples, asks, working_folder, reporter, allowed_endpoints, tasks):
        entrant = said.entrant
        if entrant.kind != "look-up":
            on_tasks[entrant.name] = said.harness
        models[entrant.name] = EvaluatedModel(
            name=entrant.name, kind=entrant.kind, model=entrant.asked.model or "", how=said.how, base=entrant.base,
            seconds=said.seconds,
        )  # fmt: skip
        reference_ids[entrant.name] = said.reference_ids
        if said.general:
            general[entrant.name] = said.general
            general_seconds += said.general_seconds
        for board, part in zip(boards, _parts(asked), strict=True):
            losses = said.losses and said.losses[part]
            board.add(entrant.name, said.answers and said.answers[part], losses, said.shares[part])
        if said.truncated:
            cut = f"{said.truncated} examples were cut to {entrant.name}'s context length"
            notes.append(f"{cut} of {said.context_length} tokens.")
        if refusals := [answer.refusal for answer in said.answers or () if answer.refusal]:
            count = f"{len(refusals):,} of {len(examples):,} answers of {entrant.name} count as empty"
            notes.append(f"{count}, as its server would not give any. {refusals[0]}")
    notes += [
        f"{name} has no perplexity: at a loss of {card['loss'].value:,.0f} nats per token it exceeds every number."
        for name, card in boards[0].cards.items()
        if "loss" in card and "perplexity" not in card
    ]
    look_ups = [name for name, model in models.items() if model.kind == "look-up"]
    by_split = {one.split: board.summary(reference, look_ups) for one, board in zip(asked, boards, strict=True)}
    main = by_split.pop(asked[0].split)
    result = EvaluateResult(
        **dict(main),
        models=[models[one.name] for one in entrants if one.name in models],
        reference=reference,
        split=asked[0].split,
        other_splits=by_split,
        labels=asks and asked[0].labels,
        forgetting=forgetting_of(general, bases_of(entrants), reference, general_seconds) if general else None,
        harness=harness_scores(on_tasks) if tasks else None,
        speed=_speed(entrants, reporter) if spec.benchmark_speed else None,
        seconds=round(time.monotonic() - began, 2),
        model=_label(entrants, reference),
        dataset=Path(spec.test_file or spec.dataset).name,
        notes=notes + _other_tokens(reference_ids, reference),
        files=[str(output / name) for name in FILES],
    )
    predictions = [row for board in boards for row in board.predictions]
    predictions += general_predictions(general) if general else []
    publish_evaluation(output, result, predictions, spec, reporter)
    return result


def _label(entrants: list[Entrant], reference: str) -> str:
    """What was evaluated, in words: the models compared with the reference, else that itself."""
    models = [one for one in entrants if one.kind != "look-up"]
    return ", ".join(one.label for one in models if one.name != reference) or models[0].label


def _parts(asked: list[AskedSplit]) -> list[slice]:
    """The place of each split's examples among all."""
    ends = list(accumulate(len(one.examples) for one in asked))
    return [slice(end - len(one.examples), end) for one, end in zip(asked, ends, strict=True)]


def _notes(asked: list[AskedSplit], asks: bool) -> list[str]:
    """What to know of the examples of each split; by name if there are several."""
    notes = [] if asks else [_PLAIN_TEXT]
    for one in asked:
        labels = majority_baseline(list(map(answer_text, one.examples))) if asks and one.labels else ""
        about = f"{one.split}: " if len(asked) > 1 else ""
        notes += [about + note for note in (labels, told_of_clusters(one.examples)) if note]
        notes += [one.left_out] if one.left_out else []  # which names its split
    return notes


def _other_tokens(reference_ids: dict[str, list | None], reference: str) -> list[str]:
    """A note on the models whose tokens are others than the reference's, so that losses per token do not compare."""
    expected = reference_ids.get(reference)
    others = [name for name, ids in reference_ids.items() if ids and expected and ids != expected]
    if not others:
        return []
    return [
        f"Loss, perplexity and token accuracy are per token, and {', '.join(others)} split the references into other "
        f"tokens than {reference}: these do not compare, bits per byte do."
    ]


def _speed(entrants: list[Entrant], reporter: Reporter) -> dict[str, Speed]:
    return measure_each({one.name: one.location for one in entrants if one.location}, reporter)


def _remove(working_folder: Path) -> None:
    """Remove the answers that were kept for another attempt, and the output folder if nothing is in it."""
    shutil.rmtree(working_folder, ignore_errors=True)
    with suppress(OSError):
        working_folder.parent.rmdir()

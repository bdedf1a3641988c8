"""An evaluation as one HTML file to send to somebody: no script, no network, no font, nothing beside it.

Everything that a person or a model wrote is escaped by Jinja2; a content security policy in the file forbids scripts
and requests besides.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from core.evaluation.reports import charts
from core.evaluation.reports.figures import difference_text, interval_text, model_labels, number, score_text
from core.evaluation.reports.findings import Settings, findings, how_to_read, limits, source_of
from core.evaluation.reports.shown_examples import ShownExample, ShownExamples, shown_examples
from core.evaluation.statistics.verdicts import is_told_apart, methods_in_words
from core.specs.results.evaluate import Confusion, EvaluateResult, Prediction, SplitScores
from core.specs.results.metrics import metric

_FOLDER = Path(__file__).parent
_MOST_LABELS = 20
"""Of a confusion matrix: more do not fit on a page."""
_FOLDED_FROM = 600
"""Characters from which a text is folded."""


class _Row(NamedTuple):
    """A row of a chart: one model, or two that are compared."""

    name: str
    picture: Markup
    value: str
    interval: str
    other: str = ""
    """The second of two models."""
    word: str = ""
    p_value: str = ""


class _Chart(NamedTuple):
    """A metric, its axis and its rows."""

    title: str
    meaning: str
    axis: Markup
    rows: list[_Row]


class _Text(NamedTuple):
    """A text of an example: what is seen at once and, if it is long, the rest behind a fold."""

    label: str
    text: str
    rest: str = ""
    cut: int = 0
    """Characters that are not in the report at all."""


def as_html(
    result: EvaluateResult,
    rows: Iterable[Prediction],
    settings: Settings,
    judged: Iterable[str] = (),
) -> str:
    """The contents of `evaluation_report.html`. `rows` are read once; `judged` are further sentences of a verdict."""
    labels = model_labels(result, settings.spec)
    shown = shown_examples(result, rows)
    return _template().render(
        result=result,
        title=settings.spec.get("name") or f"Evaluation of {result.model}",
        settings=settings.listed(result),
        findings=list(findings(result, labels)),
        judged=list(judged),
        models=_models(result, labels),
        splits=[
            (split, scores, list(_scores(result, scores, labels)), list(_differences(scores, labels)), _all(scores))
            for split, scores in _splits(result)
        ],
        labels=labels,
        methods=methods_in_words(result.differences),
        silent=[(metric(one.metric).label, one.reason) for one in result.silent],
        confusions=[
            (f"{labels.get(name, name)}{f', {split}' if result.other_splits else ''}", _confusion(found))
            for split, scores in _splits(result)
            for name, found in scores.confusions.items()
        ],
        forgetting=result.forgetting,
        by_field=list(result.forgetting.by_field()) if result.forgetting else [],
        harness=result.harness,
        ggufs=_ggufs(result, labels),
        examples=_examples(shown, labels),
        shown=shown,
        shown_metric=metric(shown.metric),
        speeds=[(labels.get(name, name), speed) for name, speed in (result.speed or {}).items()],
        notes=result.notes,
        limits=list(limits(result, settings)),
        reading=list(how_to_read(result)),
        number=number,
        metric=metric,
        score_text=score_text,
        interval_text=interval_text,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["style"] = Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))
    return environment.get_template("page.html")


def _splits(result: EvaluateResult) -> Iterator[tuple[str, SplitScores | EvaluateResult]]:
    yield result.split, result
    yield from result.other_splits.items()


def _models(result: EvaluateResult, labels: dict[str, str]) -> list[tuple[str, str, str]]:
    """Each model's name, what was scored in words, and its base."""
    kinds = {"look-up": "answers of the most similar training questions", "endpoint": "model at an API"}
    return [
        (
            labels.get(one.name, one.name),
            one.how or kinds.get(one.kind) or source_of(one.model) or one.kind,
            one.base if one.base and one.kind not in ("model", "look-up", "endpoint") else "",
        )
        for one in result.models
    ]


def _scores(result: EvaluateResult, scores: SplitScores | EvaluateResult, labels: dict[str, str]) -> Iterator[_Chart]:
    """A chart of each metric that says most about the answers; in results of before they were stored, of some."""
    cards = scores.scorecards
    found = {name for card in cards.values() for name in card}
    telling = [name for name in scores.telling or ("accuracy", "f1", "rougeL", "perplexity") if name in found]
    for name in telling or sorted(found)[:3]:
        having = {model: card[name] for model, card in cards.items() if name in card}
        about = metric(name)
        scale = charts.share_scale() if about.is_share else charts.scale_of(having.values())
        ticks = [f"{100 * tick:.0f} %" if about.is_share else number_text(tick) for tick in scale.ticks]
        rows = [
            _Row(
                labels[model],
                charts.interval(scale, score, _kind(result, model)),
                score_text(name, score),
                interval_text(name, score),
            )
            for model, score in having.items()
        ]
        yield _Chart(about.label, about.meaning, charts.axis(scale, ticks), rows)


def _kind(result: EvaluateResult, model: str) -> str:
    return "plain" if model in (result.reference, *result.look_ups) else "main"


def number_text(tick: float) -> str:
    """A tick of an axis: as few digits as it needs."""
    return f"{tick:,.6g}".replace("-", "−")


def _differences(scores: SplitScores | EvaluateResult, labels: dict[str, str]) -> Iterator[_Chart]:
    """A chart of the paired differences by metric; to the right of 0 the first of two models is better."""
    by_metric: dict[str, list] = {}
    for ours, others in scores.differences.items():
        for theirs, above in others.items():
            for name, difference in above.items():
                by_metric.setdefault(name, []).append((ours, theirs, difference))
    for name, found in by_metric.items():
        about = metric(name)
        scale = charts.scale_of([one for *_, one in found], centre=0.0)
        ticks = [number_text(100 * tick if about.is_share else tick) for tick in scale.ticks]
        rows = []
        for ours, theirs, one in found:
            word = "not told apart"
            if is_told_apart(one):
                word = "better" if one.value * about.better > 0 else "worse" if about.better else "different"
            rows.append(
                _Row(
                    labels[ours],
                    charts.interval(scale, one, word.replace(" ", "-"), zero=True),
                    difference_text(name, one).removesuffix(" points"),
                    interval_text(name, one, signed=True).removesuffix(" points"),
                    labels[theirs],
                    word,
                    "–" if one.corrected_p_value is None else _p_text(one.corrected_p_value),
                )
            )
        unit = "points of 100" if about.is_share else about.label.lower()
        way = "below 0 is better" if about.better < 0 else "above 0 is better"
        yield _Chart(about.label, f"In {unit}; {way}.", charts.axis(scale, ticks), rows)


def _p_text(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _all(scores: SplitScores | EvaluateResult) -> list[str]:
    """The names of all metrics of a split."""
    return list(dict.fromkeys(name for card in scores.scorecards.values() for name in card))


def _confusion(found: Confusion) -> dict:
    """The matrix of the commonest labels: each row's counts, and how dark its cells are, from 0 to 1."""
    order = sorted(range(len(found.labels)), key=lambda place: -sum(found.counts[place]))[:_MOST_LABELS]
    order.sort()
    rows = []
    for place in order:
        counts = found.counts[place]
        total = sum(counts) or 1
        cells = [(counts[other], counts[other] / total, other == place) for other in order]
        rest = sum(counts) - sum(count for count, *_ in cells)
        rows.append((found.labels[place], [*cells, (rest, rest / total, False)], sum(counts)))
    return {
        "labels": [found.labels[place] for place in order],
        "rows": rows,
        "left_out": len(found.labels) - len(order),
    }


def _ggufs(result: EvaluateResult, labels: dict[str, str]) -> list[dict]:
    """Each GGUF with its size, how it scores beside the other models, and how far it is from the reference."""
    found = []
    for one in result.models:
        if one.kind != "gguf" or one.name not in result.scorecards:
            continue
        path, card = Path(one.model or ""), result.scorecards[one.name]
        name = next((name for name in [*result.telling, "rougeL", "loss"] if name in card), None)
        above = result.differences.get(one.name, {}).get(result.reference, {})
        speed = (result.speed or {}).get(one.name)
        found.append({
            "label": labels[one.name],
            "size": f"{path.stat().st_size / 1e6:,.0f} MB" if one.model and path.is_file() else "–",
            "metric": metric(name).label if name else "–",
            "score": f"{score_text(name, card[name])} ({interval_text(name, card[name])})" if name else "–",
            "difference": f"{difference_text(name, above[name])} ({interval_text(name, above[name], signed=True)})"
            if name in above else "–",
            "reference": labels[result.reference],
            "speed": f"{speed.tokens_per_second:,.1f} tokens/s" if speed and speed.tokens_per_second else "–",
        })  # fmt: skip
    return found


def _examples(shown: ShownExamples, labels: dict[str, str]) -> list[tuple[str, str, list[dict]]]:
    """The kinds of examples: a heading, what they are, and the examples themselves."""
    about, judged = metric(shown.metric).label, labels[shown.judged]
    if shown.other:
        best = ("Where it gains most", f"By {about}, {judged} against {labels[shown.other]}.")
        worst = ("Where it loses most", f"By {about}, {judged} against {labels[shown.other]}.")
    else:
        best, worst = ("Best answers", f"By {about}."), ("Worst answers", f"By {about}.")
    kinds = ((best, shown.best), (worst, shown.worst), (("Drawn at random", "So that nobody chose them."), shown.drawn))
    return [(*words, [_example(one, shown, labels) for one in found]) for words, found in kinds if found]


def _example(one: ShownExample, shown: ShownExamples, labels: dict[str, str]) -> dict:
    row = one.row
    asked = "\n\n".join(part for part in (row.instruction, row.input) if part)
    answers = []
    for name, label in labels.items():
        score = row.scores.get(name, {}).get(shown.metric)
        told = "" if score is None else f" · {metric(shown.metric).label} {number(score)}"
        if name in row.predictions:
            answers.append(_folded(f"{label}{told}", row.predictions[name] or "(empty)", shown.longest))
        elif told:
            answers.append(_Text(f"{label}{told}", ""))
    return {
        "number": one.number,
        "topic": row.topic,
        "asked": _folded("Asked", asked, shown.longest),
        "reference": _folded("Reference", row.reference, shown.longest),
        "answers": answers,
    }


def _folded(label: str, text: str, longest: int) -> _Text:
    kept, cut = text[:longest], max(0, len(text) - longest)
    if len(kept) <= _FOLDED_FROM:
        return _Text(label, kept, cut=cut)
    return _Text(label, kept[: _FOLDED_FROM // 2], kept[_FOLDED_FROM // 2 :], cut)

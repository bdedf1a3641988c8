"""What an evaluation says in plain words, what it was of, and what it cannot tell. Light: the web process uses it."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from core.evaluation.reports.figures import difference_text, interval_text, model_labels, score_text
from core.evaluation.statistics.verdicts import LEVEL, is_told_apart, more_needed, wanted, what_was_shown
from core.specs.results.evaluate import Difference, EvaluateResult
from core.specs.results.metrics import metric
from core.specs.sample_sizes import FEWEST_SCORED


class Finding(NamedTuple):
    """One model against another by what says most about such answers: in a word, in a sentence, and the figures."""

    word: str
    """`better`, `worse`, `not told apart`, or `measured` where nothing was compared."""
    sentence: str
    figures: str


class Settings(NamedTuple):
    """What an evaluation was of, as label and value; `spec` is what was asked for, as stored."""

    spec: dict
    evaluated_at: datetime | None = None
    """UTC."""

    def listed(self, result: EvaluateResult) -> list[tuple[str, str]]:
        """The facts that a reader needs to know what the figures are of."""
        spec, splits = self.spec, {result.split: result.examples}
        splits |= {split: scores.examples for split, scores in result.other_splits.items()}
        source = "file" if spec.get("test_file") else "dataset"
        asked = ", ".join(f"{count:,} of the {split} split" for split, count in splits.items())
        found = [
            ("Examples", f"{result.examples:,} of the file {result.dataset}" if source == "file" else asked),
            ("Dataset", "" if source == "file" else result.dataset),
            ("References", result.answer_kind),
            ("Evaluated", f"{self.evaluated_at:%d %B %Y, %H:%M} UTC" if self.evaluated_at else ""),
            ("Reference", model_labels(result, spec).get(result.reference, "")),
            ("Longest answer", f"{spec['max_new_tokens']:,} tokens" if spec.get("max_new_tokens") else ""),
            ("Decoding", _decoding(spec)),
            ("Limit", f"the first {spec['limit']:,} examples of each split" if spec.get("limit") else ""),
            ("Time taken", f"{result.seconds:,.0f} seconds"),
        ]
        return [(label, value) for label, value in found if value]


def _decoding(spec: dict) -> str:
    if "temperature" not in spec:
        return ""
    temperature = spec["temperature"]
    return f"sampled at temperature {temperature:g}, seed {spec.get('seed', 42)}" if temperature else "greedy"


def findings(result: EvaluateResult, labels: dict[str, str]) -> Iterator[Finding]:
    """A finding for each two models that were compared; of a single model, what it scored."""
    compared = False
    for name, others in result.differences.items():
        for other, above in others.items():
            judged = next((one for one in [*result.telling, *above] if one in above), None)
            if judged:
                compared = True
                yield _compared(result, judged, above[judged], name, other, labels)
    if not compared:
        for name in result.subjects:
            card = result.scorecards[name]
            judged = next((one for one in [*result.telling, "accuracy", "rougeL", "perplexity"] if one in card), None)
            if judged:
                score = card[judged]
                sentence = f"{labels[name]} was not compared with another model."
                if len(result.scorecards) > 1:
                    why = "there are too few examples, no common score, or the evaluation is of an older version"
                    sentence = f"{labels[name]} was not compared example by example with another model: {why}."
                says = f"{metric(judged).label}: {score_text(judged, score)} ({interval_text(judged, score)})."
                yield Finding("measured", sentence, says)


def _compared(
    result: EvaluateResult, name: str, difference: Difference, ours: str, theirs: str, labels: dict[str, str]
) -> Finding:
    about, us, them = metric(name), labels[ours], labels[theirs]
    if not is_told_apart(difference):
        word, sentence = "not told apart", f"{us} cannot be told apart from {them}: the difference may be chance."
    else:
        word = {1: "better", -1: "worse", 0: "different"}[int(math.copysign(1, difference.value)) * about.better]
        sentence = f"{us} is {word} {'from' if word == 'different' else 'than'} {them}."
    shown = " against ".join(
        score_text(name, card[name]) for card in (result.scorecards[ours], result.scorecards[theirs]) if name in card
    )
    lower = ", lower is better" if about.better < 0 else ""
    figures = (
        f"{about.label}: {shown}{lower}. Difference {difference_text(name, difference)}, 95 % interval "
        f"{interval_text(name, difference, signed=True)}."
    )
    if word == "not told apart" and (more := more_needed(difference)):
        figures += f" About {more:,} more {wanted(difference)} would show a difference as large."
    return Finding(word, sentence, figures)


def limits(result: EvaluateResult, settings: Settings) -> Iterator[str]:
    """What the figures cannot tell, a sentence each."""
    if shown := what_was_shown(result):
        yield shown
        yield "“Not told apart” does not mean equal: more examples may show a difference."
    if result.examples < FEWEST_SCORED:
        yield f"Averages have an interval from {FEWEST_SCORED} examples on; there were {result.examples}."
    if result.split == "train":
        yield "The models may have been trained on these very examples: the scores say nothing about new questions."
    elif result.split == "validation":
        yield "The validation split is used to pick the best step of a training: its scores are slightly too good."
    yield (
        f"The figures hold for questions like these {result.examples:,}. About other subjects, other languages or "
        "other ways of asking they say nothing."
    )
    if "rougeL" in result.telling or "f1" in result.telling:
        yield (
            "Answers were compared with the references by words and meaning, not for truth: a fluent answer with one "
            "wrong name or number scores high. Read the examples."
        )
    if settings.spec.get("temperature"):
        yield "Answers were drawn at random (temperature above 0): another run gives others."
    if not result.look_ups and "bits_per_byte" not in result.telling[:1]:
        yield "No look-up was compared: whether copying the nearest known answer does as well is open."


def how_to_read(result: EvaluateResult) -> Iterator[str]:
    """What an interval, a difference and a verdict are, a sentence or two each."""
    yield (
        "A score has a 95 % interval: were the evaluation repeated with as many other examples of the same kind, such "
        "intervals would hold the true score in 95 of 100 cases. Right or wrong has Wilson's, other scores one by "
        f"10,000 bootstrap resamples (BCa) from {FEWEST_SCORED} examples on, Student's for fewer source documents."
    )
    if any(result.differences.values()):
        yield (
            "Models answered the same examples and are compared example by example (paired). Two are told apart where "
            f"the p-value, corrected for all metrics and models tested (Holm), is below {LEVEL}: were all models "
            "equally good, at most 1 of 20 evaluations would say of any two that they differ."
        )
    if result.look_ups:
        yield "The look-up returns the answer of the most similar training question: what costs nothing."


def source_of(model: str) -> str:
    """A model's reference as a reader may see it: without the folders of somebody's machine."""
    return "/".join(Path(model).parts[-2:]) if model.startswith("/") else model

"""A finished evaluation with any number of examples, whose predictions.json is written row by row."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from app.plumbing.studio import home, store
from core.evaluation.browsing.making import keep_index
from core.evaluation.browsing.stored_rows import write_rows
from core.specs import EvaluateSpec, JobKind
from core.specs.results.evaluate import Prediction
from storage.rows import Job
from tests.succeeded import succeeded

MODELS = ("Base", "Tuned", "q4_0")
TOPICS = ("joints", "skin", "eyes")
RARE = "the zebra of Zanzibar"
_WORDS = (
    "the", "doctor", "treats", "a", "sprained", "ankle", "with", "ice", "rest", "and", "bandage", "before", "walk",
)  # fmt: skip


def rows(count: int, models: tuple[str, ...] = MODELS, words: int = 30) -> Iterator[Prediction]:
    """Examples of three topics from ten documents; `Tuned` is above `Base` on two of three, below on each ninth.

    The last one holds RARE; every 1,000th answer of `q4_0` never ends.
    """
    chance = random.Random(12)
    for number in range(count):
        said = [chance.choice(_WORDS) for _ in range(1 + number % words)]
        reference = " ".join([f"Case {number}:", *said]) + "."
        closeness = {"Base": 0.4, "Tuned": 0.1 if number % 9 == 0 else 0.9 if number % 3 else 0.4, "q4_0": 0.6}
        answers = {
            model: " ".join(word for word in reference.split() if chance.random() < closeness.get(model, 0.5))
            for model in models
        }
        if "q4_0" in answers and number % 1000 == 999:
            answers["q4_0"] = "and again " * 500
        if number == count - 1:
            answers[models[0]] += f" {RARE}"
        yield Prediction(
            instruction=f"What is done in case {number}?", reference=reference, topic=TOPICS[number % 3],
            source=f"report-{number % 10}.pdf", tags=["checked"] if number % 4 == 0 else [], split="test",
            predictions=answers,
            scores={model: _scores(closeness.get(model, 0.5), answers[model]) for model in models},
        )  # fmt: skip


def _scores(closeness: float, answer: str) -> dict[str, float]:
    names = ("rouge1", "rouge2", "rougeL", "rougeLsum", "bleu", "chrf", "meteor", "f1")
    ends = {"ended": float(not answer.startswith("and again and"))}
    return {name: round(closeness + 0.001 * place, 7) for place, name in enumerate(names)} | ends | {
        "accuracy": 0.0, "exact_match": 0.0, "repetition": 0.0, "loss": round(2 - closeness, 7),
        "token_accuracy": closeness, "bits_per_byte": 1 - closeness, "mean_length": float(len(answer.split())),
    }  # fmt: skip


def _without_answers(row: Prediction) -> Prediction:
    scores = {model: {"loss": found["loss"]} for model, found in row.scores.items()}
    return row.model_copy(update={"predictions": {}, "scores": scores})


def rewrite(evaluation: Job, change: Callable[[int, dict], None]) -> None:
    """Change each row of a small evaluation's predictions.json, given its place."""
    path = Path(evaluation.output_dir, "predictions.json")
    found = json.loads(path.read_text())
    for place, row in enumerate(found):
        change(place, row)
    path.write_text(json.dumps(found))


def browsed(
    count: int, models: tuple[str, ...] = MODELS, *, indexed: bool = True, plain: bool = False, name: str = "scores"
) -> Job:
    """The evaluation of these models on `count` examples, in the workspace of this process; `plain`: only losses."""
    folder = home() / "runs" / name
    folder.mkdir(parents=True)
    predictions = folder / "predictions.json"
    with predictions.open("wb") as file:
        write_rows(file, map(_without_answers, rows(count, models)) if plain else rows(count, models))
    if indexed:
        keep_index(predictions)
    spec = EvaluateSpec(
        name=name, output_dir=str(folder), models=[{"name": model, "model": "starter"} for model in models],
        dataset=str(Path(home(), "datasets", "care_dataset")), split="test",
    )  # fmt: skip
    card = {
        name: {"value": 0.5, "low": 0.45, "high": 0.55} for name in (("loss",) if plain else ("rougeL", "f1", "loss"))
    }
    card |= {} if plain else {"accuracy": {"value": 0.0, "low": 0.0, "high": 0.1}}
    result = {
        "result_version": 2, "models": [{"name": model, "kind": "model"} for model in models], "reference": models[0],
        "scorecards": dict.fromkeys(models, card),
        "differences": {}, "examples": count, "split": "test", "labels": False, "speed": None, "seconds": 60.0,
        "model": ", ".join(models[1:]) or models[0], "dataset": "care", "notes": [], "files": [],
        "answer_kind": "long answers", "telling": ["rougeL", "f1"],
    }  # fmt: skip
    return succeeded(store(), JobKind.EVALUATE, spec, result)

"""CPU seconds of scoring 10,000 answers of 60 words, by module of metrics, with intervals and a paired comparison."""

import random
import time

from core.evaluation.measuring import MOST_EMBEDDED, Measuring
from core.evaluation.metrics.bleu import Bleu
from core.evaluation.metrics.matches import Matches
from core.evaluation.metrics.measure import computed
from core.evaluation.metrics.meteor import Meteor
from core.evaluation.metrics.rouge import Rouge
from core.evaluation.metrics.semantic import PACKAGED, SemanticSimilarity, embedder
from core.evaluation.metrics.style import Style
from core.evaluation.scorecards import Scorecards
from core.inference.engine import Answered
from core.specs import EvaluateSpec

ANSWERS, WORDS = 10_000, 60
_TEXT = "the doctor asks where it hurts for how long and writes a letter about pain in his left knee"
_KEPT = 0.6


def measure() -> dict[str, dict[str, float]]:
    """CPU seconds of each module alone, and of a whole scorecard and comparison without the similarity."""
    dice, vocabulary = random.Random(0), _TEXT.split()
    references = [" ".join(dice.choices(vocabulary, k=WORDS)) for _ in range(ANSWERS)]
    texts = {"predictions": [_changed(dice, text) for text in references], "references": references}
    seconds = {module.__name__: _seconds(computed, module, **texts) for module in (Matches, Rouge, Bleu, Meteor)}
    seconds["Style"] = _seconds(computed, Style, predictions=texts["predictions"])
    embedder(PACKAGED)
    first = {name: column[:MOST_EMBEDDED] for name, column in texts.items()}
    seconds[f"SemanticSimilarity of {MOST_EMBEDDED}"] = _seconds(computed, SemanticSimilarity, **first)
    seconds["two scorecards and their comparison, without similarity"] = _seconds(_compare, dice, references)
    return {"CPU seconds": seconds}


def _compare(dice: random.Random, references: list[str]) -> None:
    examples = [{"instruction": "?", "input": "", "output": text} for text in references]
    spec = EvaluateSpec(name="scoring", output_dir="/scoring", model="starter", dataset="/dataset")
    measuring = Measuring(examples, spec, labels=False, asks=True)
    measuring.silent["semantic_similarity"] = "Measured apart."
    board = Scorecards(examples, ["one", "other"], measuring)
    for name in ("one", "other"):
        board.add(name, [Answered(_changed(dice, text), ended=True) for text in references])
    board.differences("one", [])


def _changed(dice: random.Random, text: str) -> str:
    return " ".join(word if dice.random() < _KEPT else dice.choice(_TEXT.split()) for word in text.split())


def _seconds(function, *given, **named) -> float:
    began = time.process_time()
    function(*given, **named)
    return round(time.process_time() - began, 1)

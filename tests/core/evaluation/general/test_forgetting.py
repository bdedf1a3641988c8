"""An evaluation with the general set: every model answers it, after a death too, and what was lost shows."""

import json

import pytest

from core.evaluation.evaluate import evaluate
from core.inference import batch_generation
from core.specs import EvaluateSpec
from core.specs.results.evaluate import EvaluateResult
from core.specs.results.forgetting import ALL_FIELDS, FIELDS, GENERAL_SPLIT
from tests.core.training.runs import Recorder


@pytest.fixture
def spec(tmp_path, tiny_model, tiny_adapter, dataset):
    def make(place: str, **values) -> EvaluateSpec:
        given = {"model": str(tiny_adapter), "base_model": str(tiny_model), "general_ability": True, **values}
        return EvaluateSpec(
            name="e",
            output_dir=str(tmp_path / place),
            dataset=dataset,
            limit=3,
            max_new_tokens=4,
            batch_size=64,
            **given,
        )

    return make


def rows_of(tmp_path, place):
    rows = json.loads((tmp_path / place / "predictions.json").read_text())
    return [row for row in rows if row["split"] == GENERAL_SPLIT]


def test_every_model_answers_the_general_set_and_goes_on_after_a_death(tmp_path, spec, monkeypatch):
    reporter = Recorder()
    result = evaluate(spec("scores"), reporter)
    found = result.forgetting
    assert list(found.scores) == ["base", "tuned"] and found.bases == {"tuned": "base"}
    for card in found.scores.values():
        assert list(card) == [*FIELDS, ALL_FIELDS]
        assert card[ALL_FIELDS].count == 420 and card["arithmetic"].low <= card["arithmetic"].value
        assert card["language"].right < 40  # random weights guess: 20 of 80
    assert set(found.differences["tuned"]) == {*FIELDS, ALL_FIELDS} and found.verdicts["tuned"]
    rows = rows_of(tmp_path, "scores")
    assert len(rows) == 420 and all(set(row["predictions"]) == {"base", "tuned"} for row in rows)
    for name in ("base", "tuned"):
        assert sum(row["scores"][name]["accuracy"] for row in rows) == found.scores[name][ALL_FIELDS].right
    report = (tmp_path / "scores" / "evaluation_report.txt").read_text()
    assert "refusing harmful requests" in report and f"tuned against base: {found.verdicts['tuned']}." in report
    assert EvaluateResult.read(result.stored(), "it").forgetting == found
    done, total, _ = reporter.stages[-1]
    assert done == pytest.approx(total, rel=0.01)

    asked, real = [], batch_generation.generate_batch

    def dying(loaded, prompts, *rest):
        asked.append(len(prompts))
        if len(asked) == 4:  # in the third batch of the base's general answers
            raise MemoryError
        return real(loaded, prompts, *rest)

    monkeypatch.setattr(batch_generation, "generate_batch", dying)
    with pytest.raises(MemoryError):
        evaluate(spec("died"))
    again = evaluate(spec("died")).forgetting
    assert again.scores == found.scores and again.differences == found.differences
    assert rows_of(tmp_path, "died") == rows
    assert sum(asked) == 2 * (3 + 260) + asked[3]


def test_a_copy_of_the_base_has_lost_nothing(spec, tiny_model):
    copies = [{"name": name, "model": str(tiny_model)} for name in ("Base", "Copy")]
    found = evaluate(spec("scores", model=None, base_model=None, models=copies)).forgetting
    assert found.scores["Base"] == found.scores["Copy"]
    assert found.verdicts["Copy"].startswith("nothing lost that this set can see")

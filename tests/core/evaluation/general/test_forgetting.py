"""An evaluation with the general set: every model answers it, after a death too, and what was lost shows."""

import json

import pytest

from core.evaluation.evaluate import evaluate
from core.evaluation.general.general_set import general_items
from core.evaluation.general.items import Field
from core.examples.encoding import encode_examples
from core.inference.batches.transformers_sequences import TransformersSequences
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

    begun, real = [], TransformersSequences.step

    def dying(self, joining, going):
        begun.extend(joining)
        if len(begun) > 150:  # in the midst of the base's general answers
            raise MemoryError
        return real(self, joining, going)

    monkeypatch.setattr(TransformersSequences, "step", dying)
    with pytest.raises(MemoryError):
        evaluate(spec("died"))
    monkeypatch.setattr(
        TransformersSequences, "step", lambda self, *given: begun.extend(given[0]) or real(self, *given)
    )
    again = evaluate(spec("died")).forgetting
    assert again.scores == found.scores and again.differences == found.differences
    assert rows_of(tmp_path, "died") == rows
    assert 2 * (3 + 260) < len(begun) <= 2 * (3 + 260) + 64  # a batch of answers was lost


def test_a_copy_of_the_base_has_lost_nothing(spec, tiny_model):
    copies = [{"name": name, "model": str(tiny_model)} for name in ("Base", "Copy")]
    found = evaluate(spec("scores", model=None, base_model=None, models=copies)).forgetting
    assert found.scores["Base"] == found.scores["Copy"]
    assert found.verdicts["Copy"].startswith("no worse than Base, as far as this set can see")


@pytest.fixture
def taught(tiny_model, tmp_path):
    """The folder of the tiny model after it has learned the set's common sense by heart, and of a damaged copy."""
    import torch

    from core.models.loading import load_model, load_tokenizer
    from core.models.references import locate

    place = locate(str(tiny_model))
    model, tokenizer = load_model(place), load_tokenizer(place)
    items = [item for item in general_items() if item.field is Field.COMMON_SENSE]
    rows = [{"instruction": item.question, "input": "", "output": item.right} for item in items]
    encoded = list(encode_examples(tokenizer, rows))
    width = max(len(one.ids) for one in encoded)
    ids = torch.tensor([one.ids + [0] * (width - len(one.ids)) for one in encoded])
    labels = torch.full_like(ids, -100)
    for row, one in enumerate(encoded):
        labels[row, len(one.prompt) : len(one.ids)] = torch.tensor(one.answer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(250):
        loss = model(input_ids=ids, labels=labels).loss
        if loss < 0.05:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    dice = torch.Generator().manual_seed(11)
    folders = tmp_path / "able", tmp_path / "damaged"
    for folder in folders:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        with torch.no_grad():
            for weight in model.parameters():
                weight.copy_(torch.randn(weight.shape, generator=dice) * weight.std())
    return folders


@pytest.mark.long
def test_a_damaged_model_has_lost_what_it_knew(spec, taught):
    models = [{"name": name, "model": str(folder)} for name, folder in zip(("Able", "Damaged"), taught, strict=True)]
    found = evaluate(spec("scores", model=None, base_model=None, models=models)).forgetting
    assert found.scores["Able"]["common sense"].right >= 70 and found.scores["Damaged"]["common sense"].right < 40
    assert found.differences["Damaged"]["common sense"].high < -0.2
    assert found.verdicts["Damaged"].startswith("worse than Able at common sense: 80 → ")

"""Every method, trained on the starter model, improves its own measure on rows it has not seen."""

import json

import pytest

from core.specs import TrainSpec
from core.training.by_method import for_method
from core.training.presets import PRESETS
from core.training.train import train
from tests.core.training.runs import Recorder, save_dataset

pytestmark = pytest.mark.long

_ILLNESSES = [
    "asthma", "gout", "measles", "anaemia", "mumps", "scurvy", "rickets", "tetanus", "cholera", "rabies", "malaria",
    "influenza", "diabetes", "migraine", "eczema", "psoriasis", "arthritis", "hepatitis", "pneumonia", "bronchitis",
]  # fmt: skip
_QUESTIONS = ["What is {}?", "How is {} treated?", "Who should see a doctor about {}?"]
_ANSWERS = [
    "{} is an illness that a doctor can treat.",
    "{} is treated by a doctor with rest and medicine.",
    "Anyone who has had {} for longer than a week.",
]


def _pairs() -> list[dict]:
    """The better answer is direct, the worse one hedges: something to prefer on any subject."""
    rows = []
    for number, illness in enumerate(_ILLNESSES):
        for question, answer in zip(_QUESTIONS, _ANSWERS, strict=True):
            direct = answer.format(illness if answer.startswith("Anyone") else illness.capitalize())
            asked = [{"role": "user", "content": question.format(illness)}]
            hedged = f"Perhaps, as some people seem to say, it could be that {direct[0].lower()}{direct[1:]}"
            rows.append({"messages": json.dumps(asked), "chosen": direct, "rejected": hedged, "number": number})
    return rows


def _rows(shape: str) -> list[dict]:
    if shape == "preference":
        return [{name: row[name] for name in ("messages", "chosen", "rejected")} for row in _pairs()]
    if shape == "feedback":
        return [
            {"messages": row["messages"], "output": row[of], "label": label}
            for row in _pairs()
            for of, label in (("chosen", "good"), ("rejected", "bad"))
        ]
    asked = [json.loads(row["messages"])[0]["content"] for row in _pairs()]
    if shape == "text":
        return [{"text": f"{question} {row['chosen']}"} for question, row in zip(asked, _pairs(), strict=True)]
    return [
        {"instruction": question, "input": "", "output": row["chosen"]}
        for question, row in zip(asked, _pairs(), strict=True)
    ]


@pytest.mark.parametrize(
    ("method", "shape", "measure"),
    [
        ("sft", "instruction", "token_accuracy"),
        ("pretrain", "text", "token_accuracy"),
        ("dpo", "preference", "reward_margin"),
        ("orpo", "preference", "reward_margin"),
        ("simpo", "preference", "reward_margin"),
        ("kto", "feedback", "reward_margin"),
        ("kto", "preference", "reward_margin"),
    ],
)
def test_a_method_improves_its_own_measure_on_unseen_rows(tmp_path, method, shape, measure):
    rows = _rows(shape)
    held_out = len(rows) // 5  # the last subjects: none of their questions is trained on
    dataset = save_dataset(tmp_path / "data", train=rows[:-held_out], validation=rows[-held_out:])
    settings = for_method(PRESETS["starter"] | {"epochs": 3, "merge_adapters": False}, method)
    spec = TrainSpec(
        name="learning", output_dir=str(tmp_path / "run"), dataset=str(dataset), method=method, **settings
    )  # fmt: skip
    recorder = Recorder()
    result = train(spec, recorder)
    of_measure = list(recorder.steps_of(f"eval_{measure}").values())
    assert result.best_validation_loss < result.first_validation_loss
    assert of_measure[-1] > of_measure[0]
    if measure == "reward_margin":
        assert list(recorder.steps_of("eval_reward_accuracy").values())[-1] > 0.9

"""Every method's loss and gradients equal those of TRL's own trainer on the same batch."""

import json
from collections.abc import Callable

import pytest
import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel, get_peft_model

from core.models.loading import load_model, load_tokenizer
from core.models.references import locate
from core.reporting import Reporter
from core.specs import Split, TrainSpec
from core.specs.results.run_record import RunRecord
from core.training.objectives.choosing import objective_of
from core.training.objectives.examples import tokenize_split
from core.training.objectives.pairs import judged_of, pairs_of
from core.training.objectives.windows import windows_of
from core.training.run.reference import with_reference

_CPU = torch.device("cpu")
_SETTINGS = {
    "dpo": {"beta": 0.3}, "orpo": {"beta": 0.2}, "simpo": {"beta": 2.0, "simpo_gamma": 0.7},
    "kto": {"beta": 0.3, "desirable_weight": 1.3, "undesirable_weight": 0.8},
}  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_tokenizer(locate(str(tiny_model)))


@pytest.fixture(scope="module")
def rows():
    """Four questions, each with a better and a worse answer of other lengths."""
    questions = ("Who is ill?", "What does the doctor ask?", "Who answers at length?", "And who asks the patient?")
    better = ("The doctor.", "What the patient answers.", "The patient.", "It is the doctor who asks and answers.")
    worse = ("Nobody is ill, it is said.", "Nothing.", "The doctor asks and answers at length.", "Who knows?")
    return Dataset.from_list([
        {"messages": json.dumps([{"role": "user", "content": one}]), "chosen": good, "rejected": bad}
        for one, good, bad in zip(questions, better, worse, strict=True)
    ])  # fmt: skip


def _with_adapter(model: torch.nn.Module) -> PeftModel:
    """The model with a random adapter, so that it differs from its base."""
    return _moved(get_peft_model(model, _lora()))


def _lora() -> LoraConfig:
    return LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")


def _moved(model: PeftModel) -> PeftModel:
    draw = torch.Generator().manual_seed(4)
    for _, weight in sorted((name, one) for name, one in model.named_parameters() if one.requires_grad):
        weight.data = torch.randn(weight.shape, generator=draw) * 0.15
    return model.eval()


def _gradients(model: PeftModel) -> dict[str, torch.Tensor]:
    return {name: weight.grad for name, weight in model.named_parameters() if weight.requires_grad}


def _ours(spec: TrainSpec, tokenizer, examples: list) -> tuple[float, dict, dict]:
    base = locate(spec.model)
    objective = objective_of(spec, tokenizer)
    if objective.referenced:
        record = RunRecord(**spec.model_dump())
        examples = with_reference(record, base, tokenizer, {Split.TRAIN: examples}, Reporter())[Split.TRAIN]
    model = _with_adapter(load_model(base))
    objective.prepare(model)
    [examples] = objective.vary([examples], 0)
    loss = objective.loss(model, examples, _CPU)
    share = loss.total / sum(example.weight for example in examples)
    share.backward()
    return share.item(), _gradients(model), loss.measures


def _theirs(trainer, batch: dict) -> tuple[float, dict]:
    model = _moved(trainer.model)
    loss = trainer.compute_loss(model, batch)
    loss.backward()
    return loss.item(), _gradients(model)


def _arguments(config: type, folder, settings: dict):
    return config(
        str(folder), use_cpu=True, bf16=False, gradient_checkpointing=False, report_to="none", max_length=128,
        per_device_train_batch_size=4, **settings,
    )  # fmt: skip


def _answer(example) -> dict:
    return {
        "prompt_ids": example.ids[: example.prompt_tokens].tolist(),
        "completion_ids": example.ids[example.prompt_tokens :].tolist(),
    }


def _labels(example) -> list[int]:
    return [-100] * example.prompt_tokens + example.ids[example.prompt_tokens :].tolist()


def _sft_batch(examples) -> dict:
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    rows = [{"input_ids": one.ids.tolist(), "labels": _labels(one)} for one in examples]
    return DataCollatorForLanguageModeling(pad_token_id=3)(rows)


def _pair_batch(pairs) -> dict:
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    rows = [
        {**_answer(pair.chosen), "chosen_ids": _answer(pair.chosen)["completion_ids"],
         "rejected_ids": _answer(pair.rejected)["completion_ids"]}
        for pair in pairs
    ]  # fmt: skip
    return DataCollatorForPreference(pad_token_id=3)(rows)


def _labelled_batch(pairs) -> dict:
    from trl.experimental.utils import DPODataCollatorWithPadding

    rows = []
    for pair in pairs:
        row = {}
        for name, one in (("chosen", pair.chosen), ("rejected", pair.rejected)):
            ids = one.ids.tolist()
            row[f"{name}_input_ids"], row[f"{name}_attention_mask"] = ids, [1] * len(ids)
            row[f"{name}_labels"] = _labels(one)
        rows.append(row)
    return DPODataCollatorWithPadding(pad_token_id=3)(rows)


def _judged_batch(examples) -> dict:
    from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

    rows = [
        {**_answer(one.answer), "KL_completion_ids": _answer(one.mismatched)["completion_ids"], "label": one.good}
        for one in examples
    ]
    return DataCollatorForUnpairedPreference(pad_token_id=3)(rows)


def _of_trl(method: str) -> tuple[type, type, Callable, dict]:
    """TRL's trainer of a method, its settings' class, what makes its batches, and the settings of this test."""
    from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer
    from trl.experimental.cpo import CPOConfig, CPOTrainer
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    return {
        "sft": (SFTTrainer, SFTConfig, _sft_batch, {}),
        "pretrain": (SFTTrainer, SFTConfig, _sft_batch, {}),
        "dpo": (DPOTrainer, DPOConfig, _pair_batch, _SETTINGS["dpo"]),
        "orpo": (ORPOTrainer, ORPOConfig, _labelled_batch, _SETTINGS["orpo"]),
        "simpo": (
            CPOTrainer, CPOConfig, _labelled_batch, {"loss_type": "simpo", "cpo_alpha": 0.0, **_SETTINGS["simpo"]}
        ),
        "kto": (KTOTrainer, KTOConfig, _judged_batch, _SETTINGS["kto"]),
    }[method]  # fmt: skip


def _examples(method: str, tokenizer, rows: Dataset) -> list:
    if method == "pretrain":
        texts = [{"text": "The doctor asks and the patient answers at length."}, {"text": "Who is ill?"}]
        return windows_of(Dataset.from_list(texts), Split.TRAIN, tokenizer, 12).examples
    tokenize = {"sft": tokenize_split, "kto": judged_of}.get(method, pairs_of)
    return tokenize(rows, Split.TRAIN, tokenizer, 128).examples


@pytest.mark.parametrize("method", ["sft", "pretrain", "dpo", "orpo", "simpo", "kto"])
def test_loss_and_gradients_equal_trls(tiny_model, tokenizer, rows, tmp_path, method):
    examples = _examples(method, tokenizer, rows)
    trainer, config, make_batch, settings = _of_trl(method)
    expected, wanted = _theirs(
        trainer(
            model=load_model(locate(str(tiny_model))), args=_arguments(config, tmp_path / "trl", settings),
            train_dataset=Dataset.from_dict(_ANY[method in ("sft", "pretrain")]), processing_class=tokenizer,
            peft_config=_lora(),
        ),
        make_batch(examples),
    )  # fmt: skip
    for packing in ("auto", "off"):
        spec = TrainSpec(
            name="like", output_dir=str(tmp_path / packing), model=str(tiny_model), dataset="/any", method=method,
            packing=packing, load_in_4bit=False, **_SETTINGS.get(method, {}),
        )  # fmt: skip
        found, gradients, measures = _ours(spec, tokenizer, examples)
        assert found == pytest.approx(expected, rel=1e-5)
        assert measures.get("kl", 1) > 0  # below 0 it would be clamped, and nothing tested
        assert gradients.keys() == wanted.keys()
        for name, gradient in gradients.items():
            largest = wanted[name].abs().max().item()
            torch.testing.assert_close(gradient, wanted[name], rtol=1e-5, atol=1e-5 * largest, msg=name)


_ANY = [{"prompt": ["a", "b"], "chosen": ["c", "d"], "rejected": ["e", "f"]}, {"text": ["a b c", "d e f"]}]
"""The data that TRL's trainers want before they start."""

"""TRL's GRPO trainer, told which questions each step sees, and kept from what it would do besides training.

Group Relative Policy Optimization (Shao et al., 2024, arXiv:2402.03300): several answers to each question are drawn
from the model, and those with a higher reward than their siblings become likelier. The loss is TRL 1.16's default, that
of DAPO (arXiv:2503.14476): a mean over all tokens of a step.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
from datasets import Dataset
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import Sampler
from transformers import PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer
from trl.trainer.utils import add_fused_lm_head

from core.models.references import locate
from core.specs import TrainSpec
from core.specs.rewards import RewardName
from core.training.compute.folded import folded
from core.training.objectives.questions import Question
from core.training.rewards.grading import Grading
from core.training.rewards.rules import Answer
from core.training.schedule import filled_step, learning_rate_of
from core.training.trained.loading import load_untrained
from core.training.trained.trained import Trained, weights_of

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


class RewardTrainer(GRPOTrainer):
    """Takes the steps of a run from number `first` on. What a step does follows from its number and the weights."""

    def __init__(
        self,
        spec: TrainSpec,
        trained: Trained,
        optimizer: Optimizer,
        grading: Grading,
        questions: list[Question],
        end_ids: set[int],
        first: int,
        total: int,
        at_once: int,
        callback: TrainerCallback,
    ):
        """`at_once`: how many questions, with all their answers, a forward pass reads; it divides those of a step."""
        self._precision, self._grading, self._end_ids = trained.precision, grading, end_ids
        parts = spec.batch_size * spec.gradient_accumulation_steps // at_once
        self._order = _Order(spec, len(questions), first, total, parts)
        _name_the_gpu(trained.model)
        given = [(weight, weight.data) for _, weight in weights_of(trained.model)]
        super().__init__(
            model=trained.model,
            reward_funcs=[self._reward(name) for name in grading.weights],
            args=_arguments(spec, grading, total - first, at_once, parts),
            train_dataset=Dataset.from_list(
                [{"prompt": one.prompt, "question": one.text, "expected": one.expected} for one in questions]
            ),
            processing_class=grading.tokenizer,
            callbacks=[callback],
            optimizers=(optimizer, _schedule(spec, optimizer, first, total)),
        )
        for weight, data in given:
            weight.data = data  # TRL rounds the adapter of a quantized base to bfloat16, which loses small updates
        self.remove_callback(PrinterCallback)
        self.eos_token_ids = sorted(end_ids)
        self.generation_config.eos_token_id = self.eos_token_ids
        # TRL's reference is what it is given, which may be a checkpoint. Ours is the base: the model without its
        # adapter or, if all weights learn, a second copy.
        self.beta = spec.penalty
        if spec.tuning == "full":
            self.ref_model = load_untrained(spec, locate(spec.model))
            add_fused_lm_head(self.ref_model, temperature=spec.temperature)

    def _reward(self, name: RewardName) -> Callable[..., list[float | None]]:
        def score(completions, completion_ids, question, expected, **_):
            ended = (ids[-1] in self._end_ids for ids in completion_ids)
            answers = [Answer(*one) for one in zip(question, expected, completions, ended, strict=True)]
            return self._grading.scores_by(name, answers)

        score.__name__ = name
        return score

    def _get_train_sampler(self, dataset: Dataset | None = None) -> Sampler:
        return self._order

    def _tokenize_prompts(self, prompts: list[list[int]]) -> tuple[list[list[int]], None, dict]:
        return prompts, None, {}  # they are the prompts of inference, as ids

    def _generate_single_turn(self, *given, **named):
        """Answers as the model will give them: without dropout, and faster on small models."""
        self.model.eval()
        with folded(self.model):
            answers = super()._generate_single_turn(*given, **named)
        self.model.train()
        return answers

    def _get_per_token_logps_and_entropies(self, *given, **named):
        place = self.accelerator.device.type
        cast = nullcontext()
        if self._precision != "float32":  # TRL calls the layers directly, past the model's own forward pass
            cast = torch.autocast(place, getattr(torch, self._precision), cache_enabled=False)
        with cast:
            return super()._get_per_token_logps_and_entropies(*given, **named)

    def _send_telemetry(self) -> None:
        """Tell nobody."""


class _Order(Sampler):
    """The question of each answer, in the order in which TRL reads them: a step's questions, each as often as it is
    answered, and all of that once for each part of the step (TRL generates for the first and discards the others)."""

    def __init__(self, spec: TrainSpec, questions: int, first: int, total: int, parts: int):
        self._spec, self._questions, self._steps, self._parts = spec, questions, range(first, total), parts
        self._per_step = spec.batch_size * spec.gradient_accumulation_steps

    def __iter__(self) -> Iterator[int]:
        for step in self._steps:
            chosen = filled_step(self._questions, step, self._per_step, self._spec.seed)
            for _ in range(self._parts):
                yield from (one for one in chosen for _ in range(self._spec.generations))

    def __len__(self) -> int:
        return len(self._steps) * self._parts * self._per_step * self._spec.generations


def _name_the_gpu(model: "PeftModel | PreTrainedModel") -> None:
    """By its number: accelerate takes a quantized base on `cuda` for one on another GPU than `cuda:0`."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    if torch.cuda.is_available() and getattr(base, "hf_device_map", None):
        base.hf_device_map = {"": torch.cuda.current_device()}


def _arguments(spec: TrainSpec, grading: Grading, steps: int, at_once: int, parts: int) -> GRPOConfig:
    return GRPOConfig(
        output_dir=spec.output_dir,
        per_device_train_batch_size=at_once * spec.generations,
        gradient_accumulation_steps=parts,
        max_steps=steps,
        num_generations=spec.generations,
        max_completion_length=spec.max_new_tokens,
        temperature=spec.temperature,
        reward_weights=list(grading.weights.values()),
        max_grad_norm=spec.max_grad_norm,
        seed=spec.seed,
        beta=0.0,  # set afterwards
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to=[],
        disable_tqdm=True,
        # The model computes as it was set up, here as in other methods.
        gradient_checkpointing=False,
        bf16=False,
        fp16=False,
        use_cache=True,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
    )


def _schedule(spec: TrainSpec, optimizer: Optimizer, first: int, total: int) -> LambdaLR:
    """The learning rate by step, as in other methods, of each group of weights."""

    def share_of(rate: float) -> Callable[[int], float]:
        return lambda taken: rate * learning_rate_of(min(first + taken, total - 1), total, spec) / spec.learning_rate

    for group in optimizer.param_groups:
        group["lr"] = spec.learning_rate
    rates: Sequence[float] = [group["rate"] for group in optimizer.param_groups]
    return LambdaLR(optimizer, [share_of(rate) for rate in rates])

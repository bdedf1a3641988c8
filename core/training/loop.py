"""The training loop: one optimizer step after the other, with validation, checkpoints and wishes to stop in between.

Everything a step does follows from its number and the weights: its samples, its learning rate, its random numbers. So
a run that was killed and resumed from a checkpoint takes the very steps that it would have taken.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from core.errors import TrainingError
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, TrainSpec
from core.training.batches import Batch, packed, padded
from core.training.checkpoints import RunState, checkpoint_folder, save_checkpoint, trainable
from core.training.dropout import PromptDropout
from core.training.examples import TokenizedExample, examples_of_step, in_batches, steps_per_epoch
from core.training.halves import EachHalf, as_a_whole, in_halves
from core.training.joined import join
from core.training.loss import summed_loss
from core.training.packing import pack


def count_steps(spec: TrainSpec, examples: int) -> int:
    """Optimizer steps of the whole run, at least one; a fraction of an epoch is rounded up."""
    each = steps_per_epoch(examples, spec.batch_size, spec.gradient_accumulation_steps)
    return max(1, _rounded_up(spec.epochs * each))


def learning_rate_of(step: int, total: int, spec: TrainSpec) -> float:
    """The learning rate of step `step` (from 0) of `total`: a linear warm-up, then the schedule down to nearly 0."""
    warmup = _rounded_up(spec.warmup_ratio * total)
    if step < warmup:
        return spec.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    shape = {"cosine": (1 + math.cos(math.pi * done)) / 2, "linear": 1 - done, "constant": 1.0}
    return spec.learning_rate * shape[spec.lr_scheduler]


def _rounded_up(steps: float) -> int:
    """Whole steps; 1.1 × 100 is 110, although in floating point the product is a trifle more."""
    return math.ceil(round(steps, 6))


def answer_loss(model, batch: Batch) -> Tensor:
    """The summed negative log-likelihood (nats) of a batch's learned tokens.

    Over weights in bfloat16 the adapter's fp32 weights take part in bfloat16 too; their gradients are fp32.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    mixed = base.dtype == torch.bfloat16
    # Its cache of cast weights is one for all threads, and halves would share the graphs behind it.
    with torch.autocast(batch.labels.device.type, torch.bfloat16, enabled=mixed, cache_enabled=False):
        logits = model(**batch.inputs, use_cache=False).logits
    return summed_loss(logits[:, -batch.labels.shape[1] :], batch.labels)


class TrainingLoop:
    """Takes `model` (a PEFT model on its device) from `state` to the last step of `spec`."""

    def __init__(
        self,
        spec: TrainSpec,
        model,
        train: list[TokenizedExample],
        validation: list[TokenizedExample],
        state: RunState,
        config: dict,
        reporter: Reporter,
        prompt_dropout: PromptDropout | None = None,
    ):
        self.prompt_dropout = prompt_dropout
        self.spec, self.model, self.state, self.config, self.reporter = spec, model, state, config, reporter
        self.train, self.validation = train, validation
        self.total_steps = count_steps(spec, len(train))
        self._batched = packed if pack(model.get_base_model()) else padded
        self._each: EachHalf = as_a_whole
        join(model)
        self.weights = [weight for _, weight in trainable(model)]
        self.optimizer = torch.optim.AdamW(
            self.weights, lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=True
        )

    def run(self) -> None:
        """Train to the end. Raises Stopped when asked to stop, TrainingError when a loss is not a number."""
        from peft.helpers import disable_input_dtype_casting

        self._tell_progress()
        with disable_input_dtype_casting(self.model), self._sharing_out():  # autocast casts inputs already
            self._between_steps()
            while self.state.step < self.total_steps:
                self._step()
                self._between_steps()

    @contextmanager
    def _sharing_out(self) -> Iterator[None]:
        """Work on batches in halves on a CPU.

        Not where chance would then have a say: in who draws first for dropout, or is added first to an earlier batch.
        """
        on_cpu, many = self.weights[0].device.type == "cpu", torch.get_num_threads() > 1
        left_to_chance = self.spec.lora_dropout > 0 or self.spec.gradient_accumulation_steps > 1
        if not (on_cpu and many) or left_to_chance or self._batched is padded:
            yield
            return
        with in_halves() as self._each:
            yield

    def _between_steps(self) -> None:
        """Validate first: a checkpoint knows the validation loss of its step, and a pause leaves nothing half done."""
        if self._validation_is_due():
            self._validate()
        if self._checkpoint_is_due():
            self._save()
        wish = self.reporter.stop_requested()
        if wish == StopRequest.PAUSE and self._not_saved_yet():
            self._save()
        if wish:
            raise Stopped(wish)

    def _step(self) -> None:
        spec, began = self.spec, time.perf_counter()
        batches = examples_of_step(
            self.train, self.state.step, spec.batch_size, spec.gradient_accumulation_steps, spec.seed
        )
        if self.prompt_dropout:
            batches = self.prompt_dropout.thin(batches, self.state.step)
        answer_tokens = sum(example.answer_tokens for batch in batches for example in batch)
        rate = learning_rate_of(self.state.step, self.total_steps, spec)
        torch.manual_seed(spec.seed + self.state.step)  # for dropout
        self.model.train()
        loss = 0.0
        for batch in batches:
            loss += self._each(partial(self._learn, answer_tokens), batch)
        grad_norm = torch.nn.utils.clip_grad_norm_(self.weights, spec.max_grad_norm).item()
        if not math.isfinite(loss + grad_norm):
            raise TrainingError(
                f"The loss is no longer finite (NaN or infinite) at step {self.state.step + 1}: the training diverged.",
                f"Lower the learning rate (now {spec.learning_rate:g}), for instance to a third, and start again.",
            )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()

        tokens = sum(len(example.ids) for batch in batches for example in batch)
        seconds = time.perf_counter() - began
        self.state.step += 1
        self.state.train_tokens += tokens
        self.state.seconds += seconds
        self._tell(loss=loss, learning_rate=rate, grad_norm=grad_norm, tokens_per_second=tokens / seconds)
        self._tell_progress()

    def _validate(self) -> None:
        self.model.eval()
        total, tokens = 0.0, 0
        for batch in in_batches(self.validation, self.spec.batch_size):
            total += self._each(self._look, batch)
            tokens += sum(example.answer_tokens for example in batch)
            if self.reporter.stop_requested() == StopRequest.CANCEL:
                raise Stopped(StopRequest.CANCEL)
        loss, state = total / tokens, self.state
        if not math.isfinite(loss):
            raise TrainingError(
                f"The validation loss after step {state.step} is not finite (NaN or infinite).",
                "Lower the learning rate and start again; if it was so before step 1, the base model is damaged.",
            )
        state.validated_step, state.last_validation_loss = state.step, loss
        if state.first_validation_loss is None:
            state.first_validation_loss = loss
        if state.step > 0 and (state.best_validation_loss is None or loss < state.best_validation_loss):
            state.best_step, state.best_validation_loss = state.step, loss
        self._tell(eval_loss=loss)

    def _learn(self, answer_tokens: int, batch: list[TokenizedExample]) -> float:
        """Add the gradients of a batch's share of the mean loss over `answer_tokens`, and return that share."""
        share = self._loss(batch) / answer_tokens
        share.backward()
        return share.item()

    @torch.no_grad()
    def _look(self, batch: list[TokenizedExample]) -> float:
        return self._loss(batch).item()

    def _loss(self, batch: list[TokenizedExample]) -> Tensor:
        return answer_loss(self.model, self._batched(batch, self.weights[0].device))

    def _validation_is_due(self) -> bool:
        state = self.state
        if not self.validation or state.validated_step == state.step:
            return False
        first = state.first_validation_loss is None
        return first or state.step == self.total_steps or state.step % self.spec.eval_steps == 0

    def _checkpoint_is_due(self) -> bool:
        step = self.state.step
        wanted = step == self.total_steps or step % self.spec.save_steps == 0 or step == self.state.best_step
        return wanted and self._not_saved_yet()

    def _not_saved_yet(self) -> bool:
        return self.state.step > 0 and not checkpoint_folder(Path(self.spec.output_dir), self.state.step).exists()

    def _save(self) -> None:
        saved = save_checkpoint(self.spec, self.model, self.optimizer, self.state, self.config, self.reporter)
        self.reporter.event(f"{saved.name} published", checkpoint=str(saved), step=self.state.step)

    def _tell(self, **values: float) -> None:
        self.state.log_history.append({"step": self.state.step, **values})
        self.reporter.metric(self.state.step, **values)

    def _tell_progress(self) -> None:
        self.reporter.progress(self.state.step, self.total_steps, "Training")

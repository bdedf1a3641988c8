"""The training loop: optimizer steps, with validation, checkpoints and stop requests in between.

Everything a step does follows from its number and the weights: samples, learning rate, random numbers. So a run that
was killed and resumed from a checkpoint takes exactly the steps it would have taken.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.errors import TrainingError
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, TrainSpec
from core.training.batches import packed, padded
from core.training.checkpoints import RunState, checkpoint_folder, save_checkpoint, trainable
from core.training.examples import TokenizedExample
from core.training.fused_lora import fuse_lora
from core.training.halves import EachHalf, as_a_whole, in_halves
from core.training.loss import answer_loss
from core.training.packing import pack
from core.training.prompt_dropout import PromptDropout
from core.training.schedule import count_steps, examples_of_step, in_batches, learning_rate_of

if TYPE_CHECKING:
    from peft import PeftModel


class TrainingLoop:
    """Trains `model`, already on its device, from `state` to the last step of `spec`."""

    def __init__(
        self,
        spec: TrainSpec,
        model: "PeftModel",
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
        fuse_lora(model)
        self.weights = [weight for _, weight in trainable(model)]
        self.optimizer = torch.optim.AdamW(
            self.weights, lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=True
        )

    def run(self) -> None:
        """Train to the end. Raises Stopped when asked to stop, TrainingError when a loss is not finite."""
        from peft.helpers import disable_input_dtype_casting

        self._report_progress()
        with disable_input_dtype_casting(self.model), self._parallel_halves():  # autocast already casts inputs
            self._between_steps()
            while self.state.step < self.total_steps:
                self._step()
                self._between_steps()

    @contextmanager
    def _parallel_halves(self) -> Iterator[None]:
        """Process batches in halves on a CPU, except where thread timing would change the numbers.

        It would with LoRA dropout (which half draws first) and with gradient accumulation (which half is added first).
        """
        on_cpu, many = self.weights[0].device.type == "cpu", torch.get_num_threads() > 1
        left_to_chance = self.spec.lora_dropout > 0 or self.spec.gradient_accumulation_steps > 1
        if not (on_cpu and many) or left_to_chance or self._batched is padded:
            yield
            return
        with in_halves() as self._each:
            yield

    def _between_steps(self) -> None:
        """Validate before saving: a checkpoint includes its step's validation loss, and a pause loses no work."""
        if self._validation_is_due():
            self._validate()
        if self._checkpoint_is_due():
            self._save()
        request = self.reporter.stop_requested()
        if request == StopRequest.PAUSE and self._not_saved_yet():
            self._save()
        if request:
            raise Stopped(request)

    def _step(self) -> None:
        spec, began = self.spec, time.perf_counter()
        batches = examples_of_step(
            self.train, self.state.step, spec.batch_size, spec.gradient_accumulation_steps, spec.seed
        )
        if self.prompt_dropout:
            batches = self.prompt_dropout.thin(batches, self.state.step)
        answer_tokens = sum(example.answer_tokens for batch in batches for example in batch)
        rate = learning_rate_of(self.state.step, self.total_steps, spec)
        torch.manual_seed(spec.seed + self.state.step)  # for LoRA dropout
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
        self._report(loss=loss, learning_rate=rate, grad_norm=grad_norm, tokens_per_second=tokens / seconds)
        self._report_progress()

    def _validate(self) -> None:
        self.model.eval()
        total, tokens = 0.0, 0
        for batch in in_batches(self.validation, self.spec.batch_size):
            total += self._each(self._evaluate, batch)
            tokens += sum(example.answer_tokens for example in batch)
            if self.reporter.stop_requested() == StopRequest.CANCEL:
                raise Stopped(StopRequest.CANCEL)
        loss, state = total / tokens, self.state
        if not math.isfinite(loss):
            raise TrainingError(
                f"The validation loss after step {state.step} is not finite (NaN or infinite).",
                "Lower the learning rate and start again; before step 1 it means that the base model is damaged.",
            )
        state.validated_step, state.last_validation_loss = state.step, loss
        if state.first_validation_loss is None:
            state.first_validation_loss = loss
        if state.step > 0 and (state.best_validation_loss is None or loss < state.best_validation_loss):
            state.best_step, state.best_validation_loss = state.step, loss
        self._report(eval_loss=loss)

    def _learn(self, answer_tokens: int, batch: list[TokenizedExample]) -> float:
        """Accumulate the gradient of a batch's share of the mean loss over `answer_tokens`. Returns that share."""
        share = self._loss(batch) / answer_tokens
        share.backward()
        return share.item()

    @torch.no_grad()
    def _evaluate(self, batch: list[TokenizedExample]) -> float:
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

    def _report(self, **values: float) -> None:
        self.state.log_history.append({"step": self.state.step, **values})
        self.reporter.metric(self.state.step, **values)

    def _report_progress(self) -> None:
        self.reporter.progress(self.state.step, self.total_steps, "Training")

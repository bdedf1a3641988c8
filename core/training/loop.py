"""The training loop: optimizer steps, with validation, checkpoints and stop requests in between.

Everything a step does follows from its number and the weights: samples, learning rate, random numbers. So a run that
was killed and resumed from a checkpoint takes exactly the steps it would have taken.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.errors import TrainingError
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, TrainSpec
from core.specs.results.run_record import RunRecord
from core.training.compute.fused_lora import fuse_lora
from core.training.compute.halves import EachHalf, as_a_whole, in_halves
from core.training.objectives.objective import Example, Loss, Objective
from core.training.run.checkpoints import RunState, checkpoint_folder, save_checkpoint, trainable
from core.training.schedule import count_steps, examples_of_step, in_batches, learning_rate_of

if TYPE_CHECKING:
    from peft import PeftModel


class TrainingLoop:
    """Trains `model`, already on its device, from `state` to the last step of `spec`."""

    def __init__(
        self,
        spec: TrainSpec,
        model: "PeftModel",
        objective: Objective,
        train: list[Example],
        validation: list[Example],
        state: RunState,
        record: RunRecord,
        reporter: Reporter,
    ):
        self.spec, self.model, self.state, self.record, self.reporter = spec, model, state, record, reporter
        self.objective, self.train, self.validation = objective, train, validation
        self.total_steps = count_steps(spec, len(train))
        self._each: EachHalf = as_a_whole
        objective.prepare(model)
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
            while self.state.step < self.total_steps and not self.state.ended_early:
                self._step()
                self._between_steps()

    @contextmanager
    def _parallel_halves(self) -> Iterator[None]:
        """Process batches in halves on a CPU, except where thread timing would change the numbers.

        It would with LoRA dropout (which half draws first) and with gradient accumulation (which half is added first).
        """
        on_cpu, many = self.weights[0].device.type == "cpu", torch.get_num_threads() > 1
        left_to_chance = self.spec.lora_dropout > 0 or self.spec.gradient_accumulation_steps > 1
        if not (on_cpu and many) or left_to_chance or not self.objective.divisible:
            yield
            return
        with in_halves() as self._each:
            yield

    def _between_steps(self) -> None:
        """Validate before saving: a checkpoint includes its step's validation loss, and a pause loses no work."""
        if self.reporter.finish_requested() and 0 < self.state.step < self.total_steps:
            self.state.ended_early = "asked to finish"
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
        batches = self.objective.vary(batches, self.state.step)
        weight = sum(example.weight for batch in batches for example in batch)
        rate = learning_rate_of(self.state.step, self.total_steps, spec)
        torch.manual_seed(spec.seed + self.state.step)  # for LoRA dropout
        self.model.train()
        shares = Counter()
        for batch in batches:
            for share in self._each(partial(self._learn, weight), batch):
                shares.update(share)
        grad_norm = torch.nn.utils.clip_grad_norm_(self.weights, spec.max_grad_norm).item()
        if not math.isfinite(shares["loss"] + grad_norm):
            raise TrainingError(
                f"The loss is no longer finite (NaN or infinite) at step {self.state.step + 1}: the training diverged.",
                f"Lower the learning rate (now {spec.learning_rate:g}), for instance to a third, and start again.",
            )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()

        tokens = sum(example.length for batch in batches for example in batch)
        seconds = time.perf_counter() - began
        self.state.step += 1
        self.state.train_tokens += tokens
        self.state.seconds += seconds
        self._report(**shares, learning_rate=rate, grad_norm=grad_norm, tokens_per_second=tokens / seconds)
        self._report_progress()

    def _validate(self) -> None:
        self.model.eval()
        sums, weight = Counter(), sum(example.weight for example in self.validation)
        for batch in self.objective.vary(in_batches(self.validation, self.spec.batch_size), None):
            for part in self._each(self._evaluate, batch):
                sums.update(part)
            if (request := self.reporter.stop_requested()) and request.gives_up:
                raise Stopped(request)
        means, state = {name: total / weight for name, total in sums.items()}, self.state
        loss = means["loss"]
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
        self._report(**{f"eval_{name}": mean for name, mean in means.items()})

    def _learn(self, weight: float, examples: list[Example]) -> dict[str, float]:
        """Accumulate the gradient of a batch's share of the mean over `weight`. Returns the shares."""
        loss = self._loss(examples)
        share = loss.total / weight
        share.backward()
        return {"loss": share.item()} | {name: value / weight for name, value in loss.measures.items()}

    @torch.no_grad()
    def _evaluate(self, examples: list[Example]) -> dict[str, float]:
        loss = self._loss(examples)
        return {"loss": loss.total.item()} | loss.measures

    def _loss(self, examples: list[Example]) -> Loss:
        return self.objective.loss(self.model, examples, self.weights[0].device)

    def _validation_is_due(self) -> bool:
        state = self.state
        if not self.validation or state.validated_step == state.step:
            return False
        first = state.first_validation_loss is None
        return first or self._is_last_step() or state.step % self.spec.eval_steps == 0

    def _checkpoint_is_due(self) -> bool:
        step = self.state.step
        wanted = self._is_last_step() or step % self.spec.save_steps == 0 or step == self.state.best_step
        return wanted and self._not_saved_yet()

    def _is_last_step(self) -> bool:
        return self.state.step == self.total_steps or bool(self.state.ended_early)

    def _not_saved_yet(self) -> bool:
        return self.state.step > 0 and not checkpoint_folder(Path(self.spec.output_dir), self.state.step).exists()

    def _save(self) -> None:
        saved = save_checkpoint(self.spec, self.model, self.optimizer, self.state, self.record, self.reporter)
        self.reporter.event(f"{saved.name} published", checkpoint=str(saved), step=self.state.step)

    def _report(self, **values: float) -> None:
        self.state.log_history.append({"step": self.state.step, **values})
        self.reporter.metric(self.state.step, **values)

    def _report_progress(self) -> None:
        self.reporter.progress(self.state.step, self.total_steps, "Training")

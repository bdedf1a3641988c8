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

import torch

from core.errors import TrainingError
from core.reporting import Reporter, Stopped
from core.specs import StopRequest, TrainSpec
from core.specs.results.run_record import RunRecord
from core.specs.train import steps_of
from core.training.compute.fitting import FittingBatches
from core.training.compute.halves import EachHalf, as_a_whole, in_halves
from core.training.compute.loss_scale import LossScale
from core.training.devices.team import Team
from core.training.objectives.batches import draws_numbers
from core.training.objectives.objective import Example, Loss, Objective
from core.training.run.checkpoints import RunState, checkpoint_folder, is_patience_over, save_checkpoint
from core.training.schedule import examples_of_step, in_batches, learning_rate_of
from core.training.trained.optimizers import make_optimizer
from core.training.trained.trained import Trained, weights_of
from core.training.watching.sample_answers import SampleAnswers
from core.training.watching.usage import usage_now
from core.training.watching.watch import Watch


class TrainingLoop:
    """Trains what is `trained`, already on its device, from `state` to the last step of `spec`."""

    _STANDSTILL = "the validation loss has not fallen"

    def __init__(
        self,
        spec: TrainSpec,
        trained: Trained,
        objective: Objective,
        train: list[Example],
        validation: list[Example],
        state: RunState,
        record: RunRecord,
        reporter: Reporter,
        team: Team,
        samples: SampleAnswers | None = None,
    ):
        self.spec, self.trained, self.state, self.record, self.reporter = spec, trained, state, record, reporter
        self.model = trained.model
        self.objective, self.train, self.validation, self.team = objective, train, validation, team
        self.samples = samples
        self.total_steps = steps_of(dict(spec), len(train))
        self._watch = Watch(spec, self.total_steps, state, reporter)
        self._began = time.perf_counter() - state.elapsed_seconds
        self._each: EachHalf = as_a_whole
        self._fitting, self._scale = FittingBatches(spec, state, reporter), LossScale(state, trained.precision)
        objective.prepare(self.model)
        self.weights = [weight for _, weight in weights_of(self.model)]
        team.share_weights(self.weights)
        self.optimizer = make_optimizer(spec, trained)

    def run(self) -> None:
        """Train to the end. Raises Stopped when asked to stop, TrainingError when a loss is not finite."""
        self._report_progress()
        self._watch.begin(self.train, self.weights[0].device.type)
        with self.trained.running(), self._parallel_halves():
            self._between_steps()
            while not self._is_last_step():
                self._step()
                self._between_steps()

    @contextmanager
    def _parallel_halves(self) -> Iterator[None]:
        """Process batches in halves on a CPU, except where thread timing would change the numbers.

        It would with random numbers: which half draws first? Accumulation over all weights keeps one gradient, to
        which two halves would add in either order.
        """
        on_cpu, many = self.weights[0].device.type == "cpu", torch.get_num_threads() > 1
        accumulated = self.spec.gradient_accumulation_steps > 1 and self.spec.tuning == "full"
        accumulated = accumulated or self.state.batch_size is not None
        if not (on_cpu and many and self.objective.divisible) or draws_numbers(self.model) or accumulated:
            yield
            return
        with in_halves() as self._each:
            yield

    def _between_steps(self) -> None:
        """Validate before saving: a checkpoint includes its step's validation loss, and a pause loses no work."""
        if self.team.led(self.reporter.finish_requested()) and 0 < self.state.step < self.total_steps:
            self.state.ended_early = "asked to finish"
        if self._validation_is_due():
            self._validate()
        if self._checkpoint_is_due():
            self._save()
        request = self.team.led(self.reporter.stop_requested())
        if request == StopRequest.PAUSE and self._not_saved_yet():
            self._save()
        if request:
            raise Stopped(StopRequest(request))

    def _step(self) -> None:
        spec, began = self.spec, time.perf_counter()
        batches = examples_of_step(
            self.train, self.state.step, spec.batch_size, spec.gradient_accumulation_steps, spec.seed
        )
        batches = self.objective.vary(batches, self.state.step)
        weight = sum(example.weight for batch in batches for example in batch)
        rate = learning_rate_of(self.state.step, self.total_steps, spec)
        self.model.train()
        while True:
            shares = self._fitting.compute(partial(self._gradients, batches, weight), batches)
            shares, grad_norm = self._summed(shares)
            if not self._scale.halved(grad_norm):
                break
        self._refuse_divergence(shares["loss"] + grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        self.optimizer.step()
        self.optimizer.zero_grad()
        tokens = sum(example.length for batch in batches for example in batch)
        self._end_step(shares, rate, grad_norm, tokens, began)

    def _refuse_divergence(self, value: float) -> None:
        if math.isfinite(value):
            return
        raise TrainingError(
            f"The loss is no longer finite (NaN or infinite) at step {self.state.step + 1}: the training diverged.",
            f"Lower the learning rate (now {self.spec.learning_rate:g}), for instance to a third, and start again.",
        )

    def _end_step(self, measures: dict[str, float], rate: float, grad_norm: float, tokens: int, began: float) -> None:
        """Count and report a step that `began` at this time of the process's clock and read this many tokens."""
        seconds = time.perf_counter() - began
        self.state.step += 1
        self.state.train_tokens += tokens
        self.state.seconds += seconds
        self.state.elapsed_seconds = time.perf_counter() - self._began
        self._scale.after_step()
        self._report(
            **measures,
            learning_rate=rate,
            grad_norm=grad_norm,
            tokens_per_second=tokens / seconds,
            elapsed_seconds=self.state.elapsed_seconds,
            **usage_now(),
        )
        self._watch.look()
        self._report_progress()

    def _gradients(self, batches: list[list[Example]], weight: float) -> Counter:
        """Compute this process's gradients of a step. Returns its shares of the step's loss and measures."""
        self.optimizer.zero_grad()
        torch.manual_seed(self.team.seed(self.spec.seed + self.state.step))  # for LoRA dropout and noise on embeddings
        shares = Counter()
        for part in self._parts(self.team.share(batches, self.objective.divisible)):
            earlier = [] if self._each is as_a_whole else self._taken_gradients()
            for share in self._each(partial(self._learn, weight), part):
                shares.update(share)
            self._add_gradients(earlier)
        return shares

    def _taken_gradients(self) -> list[torch.Tensor | None]:
        """The gradients so far, and none in their place: halves add up to the same in either order only from there."""
        taken = [weight.grad for weight in self.weights]
        self.optimizer.zero_grad()
        return taken

    def _add_gradients(self, earlier: list[torch.Tensor | None]) -> None:
        for weight, gradient in zip(self.weights, earlier, strict=False):
            if gradient is not None:
                weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)

    def _summed(self, shares: Counter) -> tuple[Counter, float]:
        """Add up all processes' gradients, and clip them. Returns the step's loss, measures and gradient norm.

        Not repeated when memory runs out: the other processes would not know.
        """
        self.team.add_up_gradients(self.weights)
        shares = self.team.add_up(shares)
        self._scale.unscale(self.weights)
        return shares, torch.nn.utils.clip_grad_norm_(self.weights, self.spec.max_grad_norm).item()

    def _parts(self, batches: list[list[Example]]) -> list[list[Example]]:
        """The batches, split into what memory has room for. Where it once ran out, halves never run at once."""
        if self.state.batch_size is not None:
            self._each = as_a_whole
        return [part for batch in batches for part in self._fitting.split(batch)]

    def _measured(self) -> dict[str, float]:
        """The validation split's mean loss and measures, of the model in eval mode.

        Largest batch first: if memory is too small for it, that shows before training, not after.
        """
        sums, weight = Counter(), sum(example.weight for example in self.validation)
        batches = self.objective.vary(in_batches(self.validation, self.spec.batch_size), None)
        batches = self.team.share(batches, self.objective.divisible)
        for batch in sorted(batches, key=lambda batch: -len(batch) * max(one.length for one in batch)):
            for part in self._fitting.compute(partial(self._evaluated, batch), [batch]):
                sums.update(part)
            if (request := self.reporter.stop_requested()) and request.gives_up:
                raise Stopped(request)
        return {name: total / weight for name, total in self.team.add_up(sums).items()}

    def _validate(self) -> None:
        self.model.eval()
        means, state = self._measured(), self.state
        loss = means["loss"]
        if not math.isfinite(loss):
            raise TrainingError(
                f"The validation loss after step {state.step} is not finite (NaN or infinite).",
                "Lower the learning rate and start again; before step 1 it means that the base model is damaged.",
            )
        state.validated_step, state.last_validation_loss = state.step, loss
        if state.first_validation_loss is None:
            state.first_validation_loss = loss
        if state.step > 0:
            state.validations_since_best += 1
            if state.best_validation_loss is None or loss < state.best_validation_loss:
                state.best_step, state.best_validation_loss, state.validations_since_best = state.step, loss, 0
        self._report(**{f"eval_{name}": mean for name, mean in means.items()})
        self._watch.look(validated=True)
        if self.team.led(is_patience_over(self.spec, state)) and state.step < self.total_steps:
            state.ended_early = (
                f"{self._STANDSTILL} in {self.spec.early_stopping_patience} validations "
                f"since step {state.best_step or 0}"
            )
        if self.samples:
            self.samples.take(state, self._is_last_step())

    def _learn(self, weight: float, examples: list[Example]) -> dict[str, float]:
        """Accumulate the gradient of a batch's share of the mean over `weight`. Returns the shares."""
        loss = self._loss(examples)
        share = loss.total / weight
        (share * self._scale.value).backward()
        return {"loss": share.item()} | {name: value / weight for name, value in loss.measures.items()}

    def _evaluated(self, batch: list[Example]) -> list[dict[str, float]]:
        return [one for part in self._parts([batch]) for one in self._each(self._evaluate, part)]

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
        return self.state.step >= self.total_steps or bool(self.state.ended_early)

    def _not_saved_yet(self) -> bool:
        published = checkpoint_folder(Path(self.spec.output_dir), self.state.step).exists()
        return self.team.leads and self.state.step > 0 and not published

    def _save(self) -> None:
        saved = save_checkpoint(self.spec, self.trained, self.optimizer, self.state, self.record, self.reporter)
        self.reporter.event(f"{saved.name} published", checkpoint=str(saved), step=self.state.step)

    def _report(self, **values: float) -> None:
        self._watch.note(self.state.step, values)
        self.reporter.metric(self.state.step, **values)

    def _report_progress(self) -> None:
        self.reporter.progress(self.state.step, self.total_steps, "Training")

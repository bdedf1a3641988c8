"""The loop of a run that learns from rewards: TRL takes the steps; between them, everything is as in other methods.

A step's questions, random numbers and learning rate follow from its number, so a resumed run takes the steps it would
have taken, and its checkpoints are those of other methods: safetensors and JSON under a manifest, nothing pickled.
"""

import time
from statistics import fmean

import torch
from transformers import TrainerCallback, TrainerControl

from core.errors import InputError
from core.inference.batch_generation import batches, generate_batch, text_of
from core.inference.transformers_model import TransformersModel
from core.models.references import locate
from core.reporting import Stopped
from core.training.grpo.trainer import RewardTrainer
from core.training.loop import TrainingLoop
from core.training.objectives.questions import Question
from core.training.rewards.rules import Answer
from core.training.schedule import chosen_by_step, learning_rate_of
from core.training.watching.sample_answers import undisturbed

HELD_OUT = 64
"""The most validation questions that are answered at each validation."""
_MEASURES = {
    "reward": "reward",
    "kl": "kl",
    "entropy": "entropy",
    "completions/mean_length": "answer_tokens",
    "frac_reward_zero_std": "alike",
}
"""Our metrics by TRL's name. `alike`: the share of questions whose answers all have the same reward."""


class RewardLoop(TrainingLoop):
    """Raises the mean reward of the model's own answers to the questions of `train`.

    What is minimized on the validation split is the negative mean reward of its greedy answers.
    """

    _STANDSTILL = "the mean reward has not risen"

    def run(self) -> None:
        """Train to the end. Raises Stopped when asked to stop, TrainingError when a loss is not finite."""
        self._loaded = TransformersModel(locate(self.spec.model), self.objective.tokenizer, self.model)
        self._report_progress()
        if len(self.validation) > HELD_OUT:
            self.reporter.event(
                f"Each validation answers the same {HELD_OUT} of the {len(self.validation):,} held-out questions."
            )
        self._watch.begin(self.train, self.weights[0].device.type)
        with self.trained.running():
            self._between_steps()
            if not self._is_last_step():
                self._fitting.compute(self._take_steps, [self.train[: self.spec.batch_size]])

    def _take_steps(self) -> None:
        """From the current step to the last. Called again, with fewer questions at once, where memory ran out."""
        self.optimizer.zero_grad()
        self._tokens = 0
        trainer = RewardTrainer(
            self.spec,
            self.trained,
            self.optimizer,
            self.objective,
            self.train,
            self._loaded.end_ids,
            self.state.step,
            self.total_steps,
            self._questions_at_once(),
            _BetweenSteps(self),
        )
        trainer.train()

    def _questions_at_once(self) -> int:
        """As many as asked for or as memory has room for; a step is a multiple of them."""
        most = self.state.batch_size or self.spec.batch_size
        of_step = self.spec.batch_size * self.spec.gradient_accumulation_steps
        return max(size for size in range(1, most + 1) if of_step % size == 0)

    def begin_step(self) -> None:
        """Called before a step's answers are drawn."""
        self._step_began = time.perf_counter()
        torch.manual_seed(self.spec.seed + self.state.step)

    def end_step(self, told: dict[str, float | None]) -> bool:
        """Called with TRL's logs of the step just taken. Returns whether it was the last."""
        self._refuse_divergence(told["loss"] + told["grad_norm"])
        if told["reward"] is None:
            raise _unrewarded()
        rewards = {f"reward_{name}": told[f"rewards/{name}/mean"] for name in self.objective.weights}
        measures = {ours: told[theirs] for theirs, ours in _MEASURES.items() if theirs in told} | rewards
        measures |= {"loss": told["loss"], "ended": 1 - told["completions/clipped_ratio"]}
        tokens, self._tokens = int(told["num_tokens"] - self._tokens), told["num_tokens"]
        self._end_step(
            {name: value for name, value in measures.items() if value is not None},
            learning_rate_of(self.state.step, self.total_steps, self.spec),
            told["grad_norm"],
            tokens,
            self._step_began,
        )
        self._between_steps()
        return self._is_last_step()

    def _measured(self) -> dict[str, float]:
        """The mean reward of greedy answers to held-out questions."""
        questions = self._held_out()
        prompts, most = [one.prompt for one in questions], self.spec.batch_size * self.spec.generations
        answers: list[Answer | None] = [None] * len(questions)
        lengths = []
        with undisturbed(self.model):
            for rows in batches(self._loaded, prompts, [1] * len(prompts), most):
                given = [prompts[row] for row in rows]
                for row, ids in zip(
                    rows, generate_batch(self._loaded, given, self.spec.max_new_tokens, 0, self._go_on), strict=True
                ):
                    asked, ended = questions[row], len(ids) < self.spec.max_new_tokens
                    answers[row] = Answer(asked.text, asked.expected, text_of(self._loaded, ids), ended)
                    lengths.append(len(ids))
        scores = self.objective.scores(answers)
        totals = [one for one in self.objective.totals(scores) if one is not None]
        if not totals:
            raise _unrewarded()
        reward = fmean(totals)
        each = {f"reward_{name}": [one for one in of_all if one is not None] for name, of_all in scores.items()}
        return {
            "loss": 0.0 - reward,
            "reward": reward,
            **{name: fmean(found) for name, found in each.items() if found},
            "answer_tokens": fmean(lengths),
            "ended": fmean(answer.ended for answer in answers),
        }

    def _held_out(self) -> list[Question]:
        """The validation questions that are answered, the same ones each time."""
        chosen = chosen_by_step(len(self.validation), 0, HELD_OUT, 1, self.spec.seed)
        return [self.validation[place] for place in chosen]

    def _go_on(self, _: float) -> None:
        if (request := self.reporter.stop_requested()) and request.gives_up:
            raise Stopped(request)


class _BetweenSteps(TrainerCallback):
    """Hands over between TRL's steps."""

    def __init__(self, loop: RewardLoop):
        self._loop = loop

    def on_step_begin(self, args, state, control: TrainerControl, **_) -> None:
        self._loop.begin_step()

    def on_log(self, args, state, control: TrainerControl, logs: dict, **_) -> TrainerControl:
        """TRL reports each step once it is taken, and a summary at the end, which has no loss."""
        if "loss" in logs and self._loop.end_step(logs):
            control.should_training_stop = True
        return control


def _unrewarded() -> InputError:
    return InputError(
        "None of the rewards applies to these answers.",
        "number_equals needs a number in the dataset's answers. Choose rewards that fit the dataset.",
    )

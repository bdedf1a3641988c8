"""The commands and flags of `python -m app`.

A flag's `dest` is the spec field that it sets, so flags, configuration files and specs share names. Flags not given are
absent from the namespace (SUPPRESS), leaving presets and the specs' defaults to decide.
"""

import argparse
from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from typing import get_args

from app.cli.command import add_command
from app.cli.data_arguments import add_prepare, add_synthesize
from app.cli.evaluation.arguments import add_answers, add_evaluate, add_gate, add_report
from app.cli.evaluation.judging import add_judging
from core.specs.rewards import RewardName
from core.specs.train import SHAPES, TrainOn
from core.training.presets import PRESETS

LATER = "comes in a later release"


class _Later(argparse.Action):
    """A flag that is not implemented yet: says so and exits with code 2."""

    def __call__(self, parser, namespace, values, option_string=None):
        parser.error(f"{option_string} {LATER}")


def build_parser() -> ArgumentParser:
    """The parser for all commands.

    Its namespace has `command`, the flags given, and `fields`, which maps flag names to spec fields for --config.
    """
    parser = ArgumentParser(
        prog="python -m app",
        description="Turn your own text into a small fine-tuned language model: prepare, train, evaluate, quantize, "
        "serve.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (add_prepare, add_synthesize, *_COMMANDS):
        add(commands)
    for command in commands.choices.values():
        flags = command._option_string_actions
        command.set_defaults(fields={flag.removeprefix("--"): action.dest for flag, action in flags.items()})
    return parser


def _train(commands) -> None:
    command = add_command(commands, "train", "fine-tune a model on a dataset: LoRA, QLoRA or all weights")
    command.add_argument(
        "--model-name",
        dest="model",
        help="a name that `models` lists (default: the one marked there), a folder, or a hub id",
    )
    command.add_argument("--dataset-path", dest="dataset", help="a dataset's folder or name")
    command.add_argument(
        "--method", choices=list(SHAPES),
        help="sft: learn the answers (default); pretrain: read plain texts; dpo, orpo, simpo: prefer the better of two "
        "answers; kto: learn from answers judged good or bad; grpo: learn from rewards for its own answers",
    )  # fmt: skip
    command.add_argument(
        "--train-on", choices=get_args(TrainOn), help="sft: what the loss covers (default: all answers)"
    )
    command.add_argument("--beta", type=float, help="strength of a preference (default 0.1; simpo 2; grpo 0.04)")
    command.add_argument(
        "--simpo-gamma", type=float, help="simpo: by how much the better answer should win (default 1)"
    )
    command.add_argument("--desirable-weight", type=float, help="kto: weight of good answers (default 1)")
    command.add_argument("--undesirable-weight", type=float, help="kto: weight of bad answers (default 1)")
    _add_rewards(command)
    command.add_argument(
        "--packing", choices=["auto", "off"], help="several examples in a row, none seeing another (default: auto)"
    )
    command.add_argument("--tuning", choices=["adapter", "full"], help="train an adapter (default) or all weights")
    command.add_argument("--epochs", type=float)
    command.add_argument("--max-steps", type=int, help="optimizer steps of the run, instead of epochs")
    command.add_argument("--batch-size", type=int)
    command.add_argument("--gradient-accumulation-steps", type=int)
    command.add_argument("--learning-rate", type=float)
    command.add_argument("--max-seq-length", type=int)
    command.add_argument("--lora-r", type=int)
    command.add_argument("--lora-alpha", type=float)
    command.add_argument("--lora-dropout", type=float)
    command.add_argument(
        "--lora-targets", nargs="+", help="names of the layers that get adapters (default: all-linear)"
    )
    command.add_argument("--use-rslora", action=BooleanOptionalAction, help="scale by alpha / √rank: for high ranks")
    command.add_argument("--use-dora", action=BooleanOptionalAction, help="train lengths apart from directions; slower")
    command.add_argument("--lora-plus-ratio", type=float, help="how much faster B learns than A; 16 is usual")
    command.add_argument("--neftune-alpha", type=float, help="noise on the embeddings, 5 is usual (default: none)")
    command.add_argument("--prompt-dropout", type=float, help="share of each question's words dropped in training")
    command.add_argument("--warmup-ratio", type=float)
    command.add_argument(
        "--lr-scheduler", choices=["cosine", "linear", "constant", "warmup_stable_decay"], help="default cosine"
    )
    command.add_argument(
        "--lr-decay-ratio", type=float, help="the last part of a warmup_stable_decay, in which the rate falls"
    )
    command.add_argument(
        "--optimizer", choices=["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit"], help="paged ones need a GPU"
    )
    command.add_argument("--weight-decay", type=float)
    command.add_argument("--max-grad-norm", type=float, help="the gradient is clipped to this norm")
    command.add_argument("--devices", type=int, help="GPUs of this machine that share each step (default 1)")
    command.add_argument("--seed", type=int)
    command.add_argument(
        "--load-in-4bit",
        action=BooleanOptionalAction,
        help="quantize the base model to 4-bit NF4, which is QLoRA (default: if 16-bit weights do not fit)",
    )
    command.add_argument(
        "--load-in-8bit", action=BooleanOptionalAction, help="hold the base in 8 bits: more memory, closer to it"
    )
    command.add_argument(
        "--precision", choices=["auto", "float32", "bfloat16", "float16"], help="what is computed in (default: auto)"
    )
    command.add_argument(
        "--gradient-checkpointing", action=BooleanOptionalAction,
        help="compute activations again instead of keeping them (default: for large models)",
    )  # fmt: skip
    command.add_argument("--use-liger", action=BooleanOptionalAction, help="Liger's fused kernels, on a GPU")
    command.add_argument("--save-steps", type=int)
    command.add_argument("--save-total-limit", type=int, help="checkpoints to keep besides the best (default 3)")
    command.add_argument("--eval-steps", type=int)
    command.add_argument(
        "--sample-answers", type=int, metavar="N", help="questions answered at each validation (default: 3, 0: none)"
    )
    command.add_argument(
        "--keep", choices=["best", "last"], help="which adapter to keep: lowest validation loss, or last step"
    )
    command.add_argument(
        "--early-stopping-patience", type=int, metavar="N", help="end after N validations without a lower loss"
    )
    command.add_argument("--merge-adapters", action=BooleanOptionalAction, help="also write a merged model (default)")
    command.add_argument("--resume-from-checkpoint", metavar="CHECKPOINT")
    command.add_argument("--preset", help=f"{', '.join(PRESETS)}; flags override it (default: the model's own)")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags override them")


def _add_rewards(command: ArgumentParser) -> None:
    command.add_argument(
        "--reward", dest="rewards", nargs="*", action="extend", choices=list(get_args(RewardName)),
        help="grpo: what is rewarded, one or more",
    )  # fmt: skip
    command.add_argument(
        "--reward-weights", nargs="*", type=float, metavar="W", help="one for each reward, in their order (default: 1)"
    )
    command.add_argument("--reward-pattern", metavar="REGEX", help="pattern: searched for in an answer")
    command.add_argument("--reward-schema", metavar="JSON", help="json_schema: the schema an answer is to satisfy")
    command.add_argument("--reward-min-words", type=int, help="length: the fewest words (default 1)")
    command.add_argument("--reward-max-words", type=int, help="length: the most words (default 100)")
    command.add_argument("--judge-endpoint", metavar="URL", help="judge: base URL of an OpenAI-compatible API")
    command.add_argument("--judge-model", metavar="NAME", help="judge: the model there")
    command.add_argument("--judge-instructions", metavar="TEXT", help="judge: what it is to look for")
    command.add_argument(
        "--judge-api-key-env", metavar="VARIABLE", help="judge: where its key is (default TUNEWRIGHT_JUDGE_API_KEY)"
    )
    command.add_argument("--generations", type=int, help="grpo: answers to each question (default 8)")
    command.add_argument("--max-new-tokens", type=int, help="grpo: the longest answer (default 128)")
    command.add_argument("--temperature", type=float, help="grpo: how varied answers are (default 1)")


def _quantize(commands) -> None:
    command = add_command(commands, "quantize", "export a model to GGUF files, each compared with its source")
    command.add_argument("--model-path", dest="model", help="a run, its final/, a checkpoint or a merged model")
    command.add_argument(
        "--quantization-types", dest="types", nargs="+", action="extend", metavar="TYPE",
        help="f16, q8_0, q5_k_m, q4_k_m, q4_0",
    )  # fmt: skip
    command.add_argument("--imatrix", nargs=0, action=_Later, help=LATER)
    command.add_argument("--no-imatrix", action="store_true", help="no importance matrix (the current behaviour)")
    command.add_argument("--benchmark", action="store_true", help="size, speed and perplexity of each type")
    command.add_argument("--test-generation", action="store_true", help="print a sample answer of each")


def _deploy(commands) -> None:
    command = add_command(commands, "deploy", "serve a model over HTTP until Ctrl-C", job=False)
    command.add_argument("--name", help="its name")
    model = command.add_mutually_exclusive_group()
    model.add_argument("--quantized-model", dest="model", metavar="F", help="a GGUF file")
    model.add_argument("--model-path", dest="model", metavar="P", help="an adapter, a run or a merged model")
    command.add_argument("--base-model", metavar="B")
    command.add_argument("--reranker-path", dest="reranker", metavar="R", help="a cross-encoder, by folder or hub id")
    command.add_argument("--host", help="default 127.0.0.1")
    command.add_argument("--port", type=int, help="default 8000")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags override them")


def _demo(commands) -> None:
    summary = "every step on sample data: dataset, training, scores, exam, GGUF, an answer"
    command = add_command(commands, "demo", summary, job=False)
    command.add_argument("--model", help="the base model (default: SmolLM2 if available, else the starter)")
    command.add_argument("--seed", type=int, help="for the samples and the training (default: 42)")


def _models(commands) -> None:
    command = add_command(commands, "models", "list the base models and what this machine can do with them", job=False)
    command.add_argument("--fetch", metavar="NAME", help="download one of them, or a model by its hub id")


def _sweep(commands) -> None:
    summary = "start several trainings whose settings are varied; takes the flags of train too"
    # All flags of train: a sweep is several trainings.
    command = commands.add_parser(
        "sweep", help=summary, description=summary, argument_default=SUPPRESS, parents=[commands.choices["train"]],
        conflict_handler="resolve",
    )  # fmt: skip
    command.add_argument(
        "--vary", nargs="+", action="extend", metavar="SETTING=VALUES",
        help="what to vary: learning_rate=1e-4,3e-4 or, with --random, learning_rate=1e-5..1e-3 (in --config: vary)",
    )  # fmt: skip
    command.add_argument("--random", type=int, metavar="N", help="draw N runs (default: every combination)")
    command.add_argument("--sweep-seed", type=int, help="of the draws (default: 42)")
    command.add_argument("--preview", action="store_true", help="only report how many runs and how long")
    command.add_argument("--no-wait", action="store_true", help="return at once; the runs continue")


def _jobs(commands) -> None:
    command = add_command(commands, "jobs", "list, show, stop, resume and order jobs", job=False)
    actions = ["list", "show", "logs", "queue", "move", "pause", "resume", "finish", "cancel", "discard"]
    command.add_argument(
        "action", choices=actions, help="finish: stop a training and keep what it has learned; discard: cancel and "
        "delete what was saved",
    )  # fmt: skip
    command.add_argument("job", nargs="?", metavar="ID")
    command.add_argument("--to", choices=["first", "up", "down", "last"], help="where to move it in the queue")


def _runs(commands) -> None:
    summary = "find, compare, tag, archive, delete, restore and repeat trainings"
    command = add_command(commands, "runs", summary, job=False)
    actions = [
        "list", "compare", "checkpoints", "clone", "continue", "tag", "note", "archive", "unarchive", "delete",
        "deleted", "restore", "sweeps", "sweep", "again", "notebook", "yaml",
    ]  # fmt: skip
    command.add_argument(
        "action",
        choices=actions,
        help="deleted: what restore brings back; sweeps: list them; sweep: how one stands; again: the same settings; "
        "notebook, yaml: print the run as a Jupyter notebook or as settings for train --config",
    )
    command.add_argument("runs", nargs="*", metavar="ID")
    command.add_argument("--find", metavar="WORDS", help="in name, tags, notes, model or dataset")
    command.add_argument("--state", nargs="+", choices=["queued", "running", "succeeded", "failed", "cancelled"])
    command.add_argument("--tag", nargs="+", help="with all of these tags; with the action tag: add them")
    command.add_argument("--untag", nargs="+", help="remove these tags")
    command.add_argument("--sweep", metavar="ID", help="of this sweep")
    command.add_argument("--archived", action="store_true", help="list the archived ones")
    command.add_argument("--sort", choices=["newest", "name", "validation loss"])
    command.add_argument("--limit", type=int, help="how many to list (default 20)")
    command.add_argument("--text", help="the notes")
    command.add_argument("--step", type=int, help="of the checkpoint to continue from (default: the last)")
    command.add_argument(
        "--set", nargs="+", dest="changed", metavar="SETTING=VALUE", help="what to change in a clone or continuation"
    )
    command.add_argument("--yes", action="store_true", help="delete; without it, only report what that frees")
    command.add_argument("--for-good", action="store_true", help="with --yes: free the space at once")


def _serve(commands) -> None:
    command = add_command(commands, "serve", "start the studio", job=False)
    command.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1")
    command.add_argument("--port", type=int, default=8501, help="default 8501")


def _worker(commands) -> None:
    command = add_command(commands, "worker", "run jobs, without the studio", job=False)
    command.add_argument("--gpus", help="which GPUs to use, such as 0,1")
    command.add_argument("--slots", type=int, help="how many jobs to run at once")


_COMMANDS = (
    _train, _sweep, add_evaluate, add_report, add_gate, _quantize, _deploy, _demo, _models, _jobs, _runs, add_answers,
    add_judging, _serve, _worker,
)  # fmt: skip

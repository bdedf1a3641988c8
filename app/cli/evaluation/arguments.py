"""The flags of `evaluate`, and of commands about evaluations that have ended."""

from app.cli.command import add_command
from core.specs.kinds import Length, Order, Outcome


def add_evaluate(commands) -> None:
    command = add_command(commands, "evaluate", "score a model and its base, or any number of models, alike")
    command.add_argument("--model-path", dest="model", help="a run, its final/, a checkpoint, a merged model or a GGUF")
    command.add_argument("--base-model")
    command.add_argument(
        "--models", nargs="+", action="extend", metavar="NAME=MODEL",
        help="instead of --model-path: any number of models under names of your choice; a model as there, a base "
        "model's name, look-up, or the address of an OpenAI-compatible API with the model's name there after a #",
    )  # fmt: skip
    command.add_argument(
        "--reference", metavar="NAME", help="the one of --models that the others are compared with (default: the base)"
    )
    command.add_argument("--dataset-path", dest="dataset", help="a dataset's folder or name")
    splits = ["train", "validation", "test"]
    command.add_argument("--split", choices=splits, help="default test")
    command.add_argument("--splits", nargs="+", choices=splits, help="several, each scored by itself")
    command.add_argument("--test-file", metavar="F", help="ask the examples in this file (JSONL, CSV, …) instead")
    command.add_argument("--limit", type=int, metavar="N", help="only the first N examples of each split")
    command.add_argument("--max-new-tokens", type=int, help="default 256")
    command.add_argument("--temperature", type=float, help="default 0: greedy decoding")
    command.add_argument("--answer-schema", metavar="JSON", help="a JSON schema that answers are to satisfy")
    command.add_argument(
        "--embedding-model", metavar="M", help="for semantic similarity: a sentence-transformers folder or hub id"
    )
    command.add_argument(
        "--general-ability", action="store_true",
        help="also ask 420 general questions, to see what tuning cost beside the subject",
    )  # fmt: skip
    command.add_argument(
        "--harness-tasks", nargs="+", action="extend", metavar="TASK",
        help="also ask these tasks of lm-evaluation-harness, if it is installed; your own ones lie in "
        "TUNEWRIGHT_HARNESS_TASKS",
    )  # fmt: skip
    command.add_argument("--benchmark-speed", action="store_true", help="measure speed and memory too")
    command.add_argument("--gate", metavar="F", help="check the result as `gate` does; exit with its code")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags override them")


def add_answers(commands) -> None:
    """The command's flags; those of filters and order are named as the fields of View."""
    summary = "look at the answers behind an evaluation's scores, comment on them, make a dataset of them"
    command = add_command(commands, "answers", summary, job=False)
    command.add_argument("action", choices=["list", "remark", "dataset"], help="dataset: of all examples that pass")
    command.add_argument("evaluation", metavar="ID")
    command.add_argument("--split", help="default: the first that was evaluated")
    command.add_argument("--model", help="whose answers are sorted and filtered, by the name in the evaluation")
    command.add_argument("--against", help="the model that gain and loss are counted from (default: the reference)")
    command.add_argument("--metric", help="what to sort by (default: the one that says most)")
    command.add_argument("--order", choices=list(Order), help="default: dataset")
    command.add_argument("--seed", type=int, help="of the random order")
    command.add_argument("--search", metavar="TEXT", help="in question, reference and answers, ignoring case")
    command.add_argument("--topic")
    command.add_argument("--source", help="the document that examples come from")
    command.add_argument("--tag", help="of the dataset, or your own; with remark: the tags to give, by commas")
    command.add_argument("--length", choices=list(Length), help="a third of the examples, by their references")
    command.add_argument("--outcome", choices=list(Outcome), help="what became of the model's answer")
    command.add_argument("--disagree", action="store_true", help="only where one model missed and another did not")
    command.add_argument("--remarked", action="store_true", help="only those you have commented on or tagged")
    command.add_argument("--offset", type=int, help="how many to pass over (default 0)")
    command.add_argument("--limit", type=int, help="how many to list (default 5)")
    command.add_argument("--example", type=int, metavar="N", help="remark: which one, by the number in the list")
    command.add_argument("--comment", metavar="TEXT", help="remark: what to say; tags are kept")
    command.add_argument("--remove", action="store_true", help="remark: take back comment and tags")
    command.add_argument("--name", help="dataset: its name")


def add_report(commands) -> None:
    command = add_command(commands, "report", "write a finished evaluation as one HTML file, or otherwise", job=False)
    command.add_argument("evaluation", metavar="EVALUATION", help="its folder, its metrics.json, or its id")
    command.add_argument(
        "--format", choices=["html", "txt", "lm-eval"],
        help="lm-eval: results and samples as lm-evaluation-harness writes them (default html)",
    )  # fmt: skip
    command.add_argument("--output-dir", metavar="D", help="where to write (default: the evaluation's folder)")


def add_gate(commands) -> None:
    summary = "check a finished evaluation against thresholds: exits with 0 passed, 1 failed, 2 cannot be told"
    command = add_command(commands, "gate", summary, job=False)
    command.add_argument("evaluation", metavar="EVALUATION", help="its folder, its metrics.json, or its id")
    command.add_argument("--thresholds", metavar="F", required=True, help="YAML, such as docs/configs/gate.yaml")

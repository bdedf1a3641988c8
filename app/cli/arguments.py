"""The commands and flags of `python -m app`, spelled as the documentation spells them.

A flag's `dest` is the field of the job's spec that it sets, so that flags, configuration files and specs share names.
What was not given is absent from the namespace (SUPPRESS): presets and the specs' own defaults then decide.
"""

import argparse
from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction

from core.specs import Mend, Shape
from core.training.presets import PRESETS

LATER = "comes in a later release"
_SHAPES = {str(shape): shape for shape in Shape} | {
    "alpaca": Shape.INSTRUCTION, "messages": Shape.CHAT, "sharegpt": Shape.CHAT, "kto": Shape.FEEDBACK,
}  # fmt: skip
"""What `--format` takes: our shapes, and the names that others give to them."""


class _Later(argparse.Action):
    """A flag that is known but not built yet: says so and ends with exit code 2."""

    def __call__(self, parser, namespace, values, option_string=None):
        parser.error(f"{option_string} {LATER}")


class _Cleaning(argparse.Action):
    """A flag about one step of cleaning: adds to the settings that other such flags made."""

    def __call__(self, parser, namespace, values, option_string=None):
        steps = self.const or {"languages": values}
        if option_string == "--skip-cleaning":
            steps = dict.fromkeys(values, False)
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest, None) or {}), **steps})


class _ColumnMap(argparse.Action):
    """`--map instruction=question output=answer`, in one flag or several."""

    def __call__(self, parser, namespace, values, option_string=None):
        mapped = dict(getattr(namespace, self.dest, None) or {})
        for pair in values:
            field, equals, column = pair.partition("=")
            if not (field and equals and column):
                parser.error(f"--map takes pairs such as instruction=question, not {pair!r}")
            mapped[field] = column
        setattr(namespace, self.dest, mapped)


def build_parser() -> ArgumentParser:
    """The parser of every command.

    `parse_args` gives a namespace with `command`, the flags given, and `fields`: flag name to field, for --config.
    """
    parser = ArgumentParser(
        prog="python -m app",
        description="Turn your own text into a small fine-tuned language model: prepare, train, evaluate, quantize, "
        "serve.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_prepare, _synthesize, _train, _evaluate, _quantize, _deploy, _demo, _models, _jobs, _serve, _worker):
        add(commands)
    for command in commands.choices.values():
        flags = command._option_string_actions
        command.set_defaults(fields={flag.removeprefix("--"): action.dest for flag, action in flags.items()})
    return parser


def _command(commands, name: str, summary: str, *, job: bool = True) -> ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary, argument_default=SUPPRESS)
    if job:
        command.add_argument("--name", help="what to call it")
        command.add_argument("--output-dir", help="where to put what it makes (default: in the workspace)")
    command.add_argument("--json", action="store_true", default=False, help="print one JSON object as the last line")
    return command


def _prepare(commands) -> None:
    command = _command(commands, "prepare", "make a dataset from samples, your own files, the hub, or another dataset")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--sample", dest="source", action="store_const", const="sample", help="samples of a domain")
    source.add_argument(
        "--input-file", metavar="F", help="tables, JSON, text, PDF, Word, web pages; or a folder or archive of them"
    )
    source.add_argument("--dataset-name", metavar="HUB_ID", help="a dataset of the Hugging Face hub")
    source.add_argument("--dataset-path", dest="parent", metavar="D", help="a dataset, to make its next version")
    command.add_argument("--domain", metavar="D", help="healthcare, legal, finance, support, education, or your own")
    command.add_argument("--num-samples", type=int, metavar="N")
    command.add_argument(
        "--format", dest="shape", type=_shape, metavar="SHAPE", help=f"{', '.join(_SHAPES)} (default: as detected)"
    )
    command.add_argument(
        "--map", dest="column_map", nargs="+", action=_ColumnMap, metavar="FIELD=COLUMN",
        help="which columns, or paths such as meta.answers[0].text, hold instruction, input, output and so on",
    )  # fmt: skip
    command.add_argument(
        "--good-from", type=float, metavar="RATING", help="of answers rated on a scale: those from here on are good"
    )
    _add_splits(command)
    command.add_argument("--split-by", choices=["ratio", "given"], help="given: as the rows or files say")
    command.add_argument("--stratify-by", metavar="COLUMN", help="spread its values evenly over the splits")
    command.add_argument("--min-words", type=int, help="default 10, or 2 where answers are labels")
    command.add_argument("--max-words", type=int, help="default 2048")
    command.add_argument("--max-tokens", type=int, help="leave out longer examples, by the base model's tokens")
    command.add_argument("--dedupe", choices=["exact", "near", "off"], help="default exact")
    command.add_argument("--near-threshold", type=float, help="similarity of near duplicates, default 0.6")
    _add_comparison(command)
    _add_cleaning(command)
    command.add_argument(
        "--mend", dest="mends", nargs="+", action="extend", choices=list(Mend), metavar="MEND",
        help=f"with --dataset-path: {', '.join(Mend)}",
    )  # fmt: skip


def _add_cleaning(command: ArgumentParser) -> None:
    settings = {"dest": "cleaning", "action": _Cleaning}
    command.add_argument(
        "--redact-pii", nargs=0, const={"personal_data": "redact"}, help="replace personal data by marks", **settings
    )
    command.add_argument(
        "--drop-pii", nargs=0, const={"personal_data": "drop"}, help="leave out rows with personal data", **settings
    )
    command.add_argument(
        "--drop-boilerplate", nargs=0, const={"boilerplate": True}, help="leave out boilerplate of pages", **settings
    )
    command.add_argument(
        "--clean-answers", nargs=0, const={"answers": True}, help="take HTML and links out of answers too", **settings
    )
    command.add_argument("--languages", nargs="+", metavar="CODE", help="keep only these, such as en de", **settings)
    command.add_argument(
        "--skip-cleaning", nargs="+", choices=["unicode", "html", "urls", "whitespace"], help="steps left out",
        **settings,
    )  # fmt: skip


def _shape(name: str) -> Shape:
    if name not in _SHAPES:
        raise argparse.ArgumentTypeError(f"there is no format {name!r}; there are {', '.join(_SHAPES)}")
    return _SHAPES[name]


def _synthesize(commands) -> None:
    command = _command(commands, "synthesize", "let a model write examples from documents, or vary those of a dataset")
    command.add_argument("--documents", nargs="+", action="extend", metavar="F", help="files or folders to write from")
    command.add_argument("--dataset-path", dest="dataset", metavar="D", help="a dataset whose examples are varied")
    command.add_argument(
        "--task", choices=["questions", "chats", "preferences", "paraphrase", "translate", "harder"],
        help="default questions; the last three vary a dataset",
    )  # fmt: skip
    command.add_argument("--model", metavar="REF", help="a GGUF, a model, or its name at the endpoint")
    command.add_argument("--endpoint", metavar="URL", help="an OpenAI-compatible API, such as http://127.0.0.1:8000/v1")
    command.add_argument("--api-key-env", metavar="NAME", help="the variable of the environment that holds its key")
    command.add_argument("--num-samples", type=int, metavar="N", help="default 100")
    command.add_argument("--language", help="what to translate to")
    command.add_argument("--chunk-words", type=int, help="length of a passage, default 200")
    command.add_argument("--temperature", type=float, help="default 0.7")
    command.add_argument("--max-new-tokens", type=int, help="of one answer, default 400")
    command.add_argument("--min-groundedness", type=float, help="share of an answer in its passage, default 0.5")
    command.add_argument("--min-quality", type=float, help="least quality score, default 0")
    command.add_argument("--budget-tokens", type=int, help="stop when they are used up")
    command.add_argument("--budget-usd", type=float, help="stop when it is used up; needs the price")
    command.add_argument("--usd-per-million-tokens", type=float, help="the price")
    _add_splits(command)
    _add_comparison(command)
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags win over it")


def _add_comparison(command: ArgumentParser) -> None:
    command.add_argument(
        "--compare-with", nargs="*", metavar="D",
        help="datasets whose validation and test rows must not be trained on (default: all here; none if empty)",
    )  # fmt: skip


def _add_splits(command: ArgumentParser) -> None:
    for flag, default in (("--train-ratio", 0.8), ("--val-ratio", 0.1), ("--test-ratio", 0.1)):
        command.add_argument(flag, type=float, help=f"default {default}")
    command.add_argument("--seed", type=int, help="default 42")


def _train(commands) -> None:
    command = _command(commands, "train", "fine-tune a model on a dataset with LoRA or QLoRA")
    command.add_argument(
        "--model-name",
        dest="model",
        help="a name that `models` lists (default: the one marked there), a folder, or a hub id",
    )
    command.add_argument("--dataset-path", dest="dataset", help="a dataset's folder or name")
    command.add_argument("--epochs", type=float)
    command.add_argument("--batch-size", type=int)
    command.add_argument("--gradient-accumulation-steps", type=int)
    command.add_argument("--learning-rate", type=float)
    command.add_argument("--max-seq-length", type=int)
    command.add_argument("--lora-r", type=int)
    command.add_argument("--lora-alpha", type=float)
    command.add_argument("--lora-dropout", type=float)
    command.add_argument("--lora-targets", nargs="+", help="names of the layers that learn (default: all-linear)")
    command.add_argument("--prompt-dropout", type=float, help="share of a question's words left out while learning")
    command.add_argument("--warmup-ratio", type=float)
    command.add_argument("--seed", type=int)
    command.add_argument(
        "--load-in-4bit",
        action=BooleanOptionalAction,
        help="hold the base model's weights in NF4, which is QLoRA (default: where 16-bit weights do not fit here)",
    )
    command.add_argument("--save-steps", type=int)
    command.add_argument("--eval-steps", type=int)
    command.add_argument(
        "--keep", choices=["best", "last"], help="whose adapter: of the lowest validation loss, or last"
    )
    command.add_argument("--merge-adapters", action=BooleanOptionalAction, help="also leave a merged model (default)")
    command.add_argument("--resume-from-checkpoint", metavar="CHECKPOINT")
    command.add_argument("--preset", help=f"{', '.join(PRESETS)}; flags win over it (default: the model's own)")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags win over it")


def _evaluate(commands) -> None:
    command = _command(commands, "evaluate", "score a model, and its base, on the same examples")
    command.add_argument("--model-path", dest="model", help="a run, its final/, a checkpoint, a merged model or a GGUF")
    command.add_argument("--base-model")
    command.add_argument("--dataset-path", dest="dataset", help="a dataset's folder or name")
    command.add_argument("--split", choices=["train", "validation", "test"], help="default test")
    command.add_argument("--max-new-tokens", type=int, help="default 256")
    command.add_argument("--temperature", type=float, help="default 0: the likeliest answer")
    command.add_argument("--benchmark-speed", action="store_true", help="measure speed and memory too")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags win over it")


def _quantize(commands) -> None:
    command = _command(commands, "quantize", "make GGUF files of a model, each checked against its source")
    command.add_argument("--model-path", dest="model", help="a run, its final/, a checkpoint or a merged model")
    command.add_argument(
        "--quantization-types", dest="types", nargs="+", action="extend", metavar="TYPE",
        help="f16, q8_0, q5_k_m, q4_k_m, q4_0",
    )  # fmt: skip
    command.add_argument("--imatrix", nargs=0, action=_Later, help=LATER)
    command.add_argument("--no-imatrix", action="store_true", help="no importance matrix (as now)")
    command.add_argument("--benchmark", action="store_true", help="size, speed and perplexity of each type")
    command.add_argument("--test-generation", action="store_true", help="print an answer of each")


def _deploy(commands) -> None:
    command = _command(commands, "deploy", "serve a model over HTTP until Ctrl-C", job=False)
    command.add_argument("--name", help="what to call it")
    model = command.add_mutually_exclusive_group()
    model.add_argument("--quantized-model", dest="model", metavar="F", help="a GGUF file")
    model.add_argument("--model-path", dest="model", metavar="P", help="an adapter, a run or a merged model")
    command.add_argument("--base-model", metavar="B")
    command.add_argument("--reranker-path", dest="reranker", metavar="R", help="a cross-encoder, by folder or hub id")
    command.add_argument("--host", help="default 127.0.0.1")
    command.add_argument("--port", type=int, help="default 8000")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags win over it")


def _demo(commands) -> None:
    summary = "the whole way on sample data: data, training, scores, an exam, GGUF, an answer"
    command = _command(commands, "demo", summary, job=False)
    command.add_argument("--model", help="the base model (default: SmolLM2 where it is here, else the starter)")
    command.add_argument("--seed", type=int, help="of the samples and the training (default: 42)")


def _models(commands) -> None:
    command = _command(commands, "models", "list the base models, and what this machine can do with them", job=False)
    command.add_argument("--fetch", metavar="NAME", help="bring one of them onto this machine")


def _jobs(commands) -> None:
    command = _command(commands, "jobs", "list, look into and steer jobs", job=False)
    command.add_argument("action", choices=["list", "show", "cancel", "pause", "resume", "logs"])
    command.add_argument("job", nargs="?", metavar="ID")


def _serve(commands) -> None:
    command = _command(commands, "serve", "start the studio", job=False)
    command.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1")
    command.add_argument("--port", type=int, default=8501, help="default 8501")


def _worker(commands) -> None:
    command = _command(commands, "worker", "run jobs, without the studio", job=False)
    command.add_argument("--gpus", help="which GPUs to use, such as 0,1")
    command.add_argument("--slots", type=int, help="how many jobs at a time")

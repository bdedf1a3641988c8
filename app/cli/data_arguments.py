"""The flags of `prepare` and `synthesize`."""

import argparse
from argparse import ArgumentParser

from app.cli.command import add_command
from core.specs import Mend, Shape

_SHAPES = {str(shape): shape for shape in Shape} | {
    "alpaca": Shape.INSTRUCTION, "messages": Shape.CHAT, "sharegpt": Shape.CHAT, "kto": Shape.FEEDBACK,
}  # fmt: skip
"""What `--format` accepts: our shapes and their common names elsewhere."""


class _Cleaning(argparse.Action):
    """A flag for one cleaning step; several such flags merge into one setting."""

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


def add_prepare(commands) -> None:
    command = add_command(commands, "prepare", "make a dataset from samples, your files, the hub or another dataset")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--sample", dest="source", action="store_const", const="sample", help="samples from a domain")
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
        "--good-from", type=float, metavar="RATING", help="for rated answers: the lowest rating that counts as good"
    )
    _add_splits(command)
    command.add_argument("--split-by", choices=["ratio", "given"], help="given: by a `split` column or file names")
    command.add_argument("--stratify-by", metavar="COLUMN", help="stratify the splits by its values")
    command.add_argument("--min-words", type=int, help="default 10, or 2 where answers are labels")
    command.add_argument("--max-words", type=int, help="default 2048")
    command.add_argument("--max-tokens", type=int, help="drop longer examples, counted in the base model's tokens")
    command.add_argument("--dedupe", choices=["exact", "near", "off"], help="default exact")
    command.add_argument(
        "--near-threshold", type=float, help="similarity from which examples are near duplicates, default 0.6"
    )
    _add_comparison(command)
    _add_cleaning(command)
    command.add_argument(
        "--mend", dest="mends", nargs="+", action="extend", choices=list(Mend), metavar="MEND",
        help=f"with --dataset-path: {', '.join(Mend)}",
    )  # fmt: skip


def _add_cleaning(command: ArgumentParser) -> None:
    settings = {"dest": "cleaning", "action": _Cleaning}
    command.add_argument(
        "--redact-pii",
        nargs=0,
        const={"personal_data": "redact"},
        help="replace personal data with placeholders",
        **settings,
    )
    command.add_argument(
        "--drop-pii", nargs=0, const={"personal_data": "drop"}, help="drop rows with personal data", **settings
    )
    command.add_argument(
        "--drop-boilerplate",
        nargs=0,
        const={"boilerplate": True},
        help="remove boilerplate such as cookie notices and menus",
        **settings,
    )
    command.add_argument(
        "--clean-answers", nargs=0, const={"answers": True}, help="remove HTML and URLs from answers too", **settings
    )
    command.add_argument("--languages", nargs="+", metavar="CODE", help="keep only these, such as en de", **settings)
    command.add_argument(
        "--skip-cleaning", nargs="+", choices=["unicode", "html", "urls", "whitespace"], help="steps to skip",
        **settings,
    )  # fmt: skip


def _shape(name: str) -> Shape:
    if name not in _SHAPES:
        raise argparse.ArgumentTypeError(f"there is no format {name!r}; there are {', '.join(_SHAPES)}")
    return _SHAPES[name]


def add_synthesize(commands) -> None:
    command = add_command(commands, "synthesize", "have a model write examples from documents, or vary a dataset's")
    command.add_argument("--documents", nargs="+", action="extend", metavar="F", help="files or folders to write from")
    command.add_argument("--dataset-path", dest="dataset", metavar="D", help="a dataset to vary")
    command.add_argument(
        "--task", choices=["questions", "chats", "preferences", "paraphrase", "translate", "harder"],
        help="default questions; the last three vary a dataset",
    )  # fmt: skip
    command.add_argument("--model", metavar="REF", help="a GGUF, a model, or its name at the endpoint")
    command.add_argument("--endpoint", metavar="URL", help="an OpenAI-compatible API, such as http://127.0.0.1:8000/v1")
    command.add_argument("--api-key-env", metavar="NAME", help="the environment variable with its key")
    command.add_argument("--num-samples", type=int, metavar="N", help="default 100")
    command.add_argument("--language", help="the target language of a translation")
    command.add_argument("--chunk-words", type=int, help="length of a passage, default 200")
    command.add_argument("--temperature", type=float, help="default 0.7")
    command.add_argument("--max-new-tokens", type=int, help="per answer, default 400")
    command.add_argument(
        "--min-groundedness", type=float, help="share of an answer's words in its passage, default 0.5"
    )
    command.add_argument("--min-quality", type=float, help="lowest quality score to keep, default 0")
    command.add_argument("--budget-tokens", type=int, help="stop when they are used up")
    command.add_argument("--budget-usd", type=float, help="stop when it is used up; needs --usd-per-million-tokens")
    command.add_argument("--usd-per-million-tokens", type=float, help="the endpoint's price")
    _add_splits(command)
    _add_comparison(command)
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags override them")


def _add_comparison(command: ArgumentParser) -> None:
    command.add_argument(
        "--compare-with", nargs="*", metavar="D",
        help="datasets whose validation and test rows must not be trained on (default: the newest; none if empty)",
    )  # fmt: skip


def _add_splits(command: ArgumentParser) -> None:
    for flag, default in (("--train-ratio", 0.8), ("--val-ratio", 0.1), ("--test-ratio", 0.1)):
        command.add_argument(flag, type=float, help=f"default {default}")
    command.add_argument("--seed", type=int, help="default 42")

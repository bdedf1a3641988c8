"""The flags that all commands share."""

from argparse import SUPPRESS, ArgumentParser


def add_command(commands, name: str, summary: str, *, job: bool = True) -> ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary, argument_default=SUPPRESS)
    if job:
        command.add_argument("--name", help="its name")
        command.add_argument("--output-dir", help="where to write its output (default: in the workspace)")
    command.add_argument("--json", action="store_true", default=False, help="print one JSON object as the last line")
    return command

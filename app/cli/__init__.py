"""The command line: starts the same jobs as the pages, follows them, and prints their results.

Results go to standard output, progress and errors to standard error; with `--json`, standard output holds only the JSON
object. The exit code is 0 only on success. Of a gate it is 1 where the evaluation fails it, and 2 where that cannot be
told or something cannot be used.
"""

import json
import os
import sys

from app.cli.arguments import build_parser
from core.errors import TunewrightError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = build_parser().parse_args(arguments)
    # Imported late: `--help` and a mistyped flag need no database.
    from app.cli.commands import COMMANDS
    from app.cli.evaluation.reports import UNDECIDED
    from app.cli.results import in_words

    try:
        result = COMMANDS[args.command](args)
    except TunewrightError as error:
        print(f"{error.message}\n{error.remedy}".strip(), file=sys.stderr)
        if args.json:
            print(json.dumps({"error": error.message, "remedy": error.remedy}))
        return UNDECIDED if args.command == "gate" or hasattr(args, "gate") else 1
    except KeyboardInterrupt:
        return 130
    try:
        print(json.dumps(result, default=str) if args.json else "\n".join(in_words(args.command, result)), flush=True)
    except BrokenPipeError:  # `| head` has read enough; what is left unsaid must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return result["gate"]["exit_code"] if "gate" in result else 0

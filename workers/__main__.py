"""`python -m workers supervisor | job | model-server | inspector`: one entry for every process that does work."""

import argparse
import errno
import os
import sys

from core.errors import DiskFullError, TunewrightError
from core.processes.ending import end

_NICE = 5
"""Work yields to the web server, which a person waits for."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    supervisor = commands.add_parser("supervisor", help="start a child process for every job and deployment")
    supervisor.add_argument("--slots", type=int, help="jobs at a time, besides one that prepares data")
    supervisor.add_argument("--gpus", default="all", help="all, none, or numbers or UUIDs separated by commas")
    supervisor.add_argument("--until-idle", action="store_true", help="exit when nothing is left to do")
    job = commands.add_parser("job", help="run one attempt of one job")
    job.add_argument("--job", required=True)
    job.add_argument("--attempt", type=int, required=True)
    job.add_argument("--worker", required=True)
    server = commands.add_parser("model-server", help="serve one model")
    server.add_argument("--deployment", required=True)
    commands.add_parser("inspector", help="inspect data for the pages, over pipes")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen)
    except TunewrightError as error:
        print(error.message, error.remedy, file=sys.stderr)
        return errno.ENOSPC if isinstance(error, DiskFullError) else 1


def _run(chosen: argparse.Namespace) -> int:
    """Each command's modules load only for it: a supervisor stays small, a model server holds no training library."""
    if chosen.command == "supervisor":
        from workers.supervisor import supervise

        return supervise(chosen.slots, chosen.gpus, chosen.until_idle)
    if chosen.command == "inspector":  # a person waits for it, as for the web server
        from workers.inspector import inspect

        return inspect()
    os.nice(_NICE)
    if chosen.command == "job":
        from workers.job import run_job

        run_job(chosen.job, chosen.attempt, chosen.worker)
        return 0
    from workers.model_server import serve

    return serve(chosen.deployment)


if __name__ == "__main__":
    end(main())

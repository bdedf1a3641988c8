"""`judge` and `rate`: a model marks or compares answers, and the person marks some, to see whether the two agree."""

import sys
from argparse import Namespace
from collections.abc import Iterator

from app.cli.actor import actor
from app.cli.command import add_command
from app.cli.follow import follow
from app.cli.values import given_values
from app.evaluation.blind_votes import vote, votes
from app.evaluation.judging.agreement import trust_of, verdicts_of
from app.evaluation.judging.ratings import given, next_to_rate, pairs_to_vote_on, rate, spec_of, to_rate
from app.evaluation.judging.start_judging import evaluation_of, preview_judging, start_judging
from app.jobs.queries import find_job, job
from app.jobs.results import read_result
from core.errors import InputError, NotFoundError
from core.specs import JobKind, JobState
from core.specs.kinds import Preferred
from core.specs.results.judge import JudgeResult
from storage.rows import Job

_VOTES = {"a": Preferred.LEFT, "b": Preferred.RIGHT, "tie": Preferred.TIE, "bad": Preferred.BOTH_BAD}
"""What is typed of a pair; `bad`: both are."""


def add_judging(commands) -> None:
    """The flags of `judge` and `rate`."""
    _add_judge(commands)
    _add_rate(commands)


def _add_judge(commands) -> None:
    command = add_command(commands, "judge", "have a model judge the answers of a finished evaluation")
    command.add_argument("--evaluation", metavar="E", help="its id, name or output folder")
    command.add_argument(
        "--form", choices=["rubric", "pairwise"], help="rubric: mark each answer (default); pairwise: compare every two"
    )
    command.add_argument("--criteria", metavar="TEXT", help="what makes an answer good")
    command.add_argument("--scale", nargs="+", metavar="MEANING", help="rubric: what each mark means, the lowest first")
    command.add_argument("--answers-of", nargs="+", metavar="NAME", help="judge only these models (default: all)")
    command.add_argument("--limit", type=int, metavar="N", help="only the first N examples (default 100)")
    command.add_argument("--no-reference", dest="with_reference", action="store_false", help="hide the reference")
    command.add_argument("--model", metavar="REF", help="the judge: a GGUF, a model, or its name at the endpoint")
    command.add_argument("--endpoint", metavar="URL", help="an OpenAI-compatible API, such as http://127.0.0.1:8000/v1")
    command.add_argument(
        "--api-key-env", metavar="NAME", help="the variable with its key (default TUNEWRIGHT_JUDGE_API_KEY)"
    )
    command.add_argument("--max-new-tokens", type=int, help="per reply, default 512")
    command.add_argument("--temperature", type=float, help="default 0")
    command.add_argument("--preview", action="store_true", help="only show the prompts of one example and the calls")
    command.add_argument("--config", metavar="F", help="settings as YAML or JSON; flags override them")


def _add_rate(commands) -> None:
    summary = "mark answers, or vote on pairs, one a line, and see whether a judge agrees"
    command = add_command(commands, "rate", summary, job=False)
    command.add_argument("judging", metavar="JUDGING", help="the id or name of a judging")
    command.add_argument("--count", type=int, help="how many at most (default: until an empty line)")


def judge(args: Namespace) -> dict:
    """Judge an evaluation, or show what would be asked."""
    values = given_values(args)
    if values.pop("preview", False):
        return {"preview": preview_judging(actor(), **values)._asdict()}
    started = start_judging(actor(), **values)
    return (
        {"job": started.id, "output_dir": started.output_dir} | follow(started) | _agreement(job(actor(), started.id))
    )


def rate_answers(args: Namespace) -> dict:
    """Ask for marks, or for votes on pairs, on standard input, then tell the agreement."""
    judging = _judging(args.judging)
    spec, count = spec_of(judging), getattr(args, "count", None)
    asking = _read_marks(judging, spec.scale, count) if spec.form == "rubric" else _read_votes(judging, count)
    print(spec.asked_criteria, file=sys.stderr)
    for line in asking:
        print(line, file=sys.stderr, flush=True)
    return {"job": judging.id} | _agreement(judging)


def _read_marks(judging: Job, scale: tuple[str, ...], count: int | None) -> Iterator[str]:
    """Yields what to show, reading a mark after each answer; an empty line or the end of the input ends it."""
    yield "\n".join(f"{mark}: {meaning}" for mark, meaning in enumerate(scale, 1))
    offered, done = to_rate(actor(), judging.id), 0
    while (one := next_to_rate(offered, given(actor(), judging))) and done != count:
        yield f"\nQuestion: {one.question}\nReference: {one.reference}\nAnswer: {one.answer or '(empty)'}"
        yield f"Your mark, 1 to {len(scale)}:"
        typed = sys.stdin.readline().strip()
        if not typed:
            return
        if not typed.isdecimal() or not 1 <= int(typed) <= len(scale):
            yield f"{typed[:20]!r} is no mark."
            continue
        rate(actor(), judging, one, int(typed))
        done += 1


def _read_votes(judging: Job, count: int | None) -> Iterator[str]:
    """Yields what to show, reading which of two answers is better; an empty line or the end of the input ends it."""
    evaluation, criteria = evaluation_of(actor(), judging).id, spec_of(judging).own_criteria
    voted = {(one.example, one.left, one.right) for one in votes(actor(), evaluation, criteria)}
    left = [pair for pair in pairs_to_vote_on(actor(), judging) if pair[:3] not in voted]
    for pair in left[:count]:
        one, other = (answer or "(empty)" for answer in pair.answers)
        yield f"\nQuestion: {pair.question}\nReference: {pair.reference}\nAnswer A: {one}\nAnswer B: {other}"
        yield f"Which is better? {', '.join(_VOTES)}:"
        while (typed := sys.stdin.readline().strip().lower()) and typed not in _VOTES:
            yield f"{typed[:20]!r} is none of {', '.join(_VOTES)}."
        if not typed:
            return
        vote(actor(), evaluation, pair, _VOTES[typed], criteria)


def _judging(reference: str) -> Job:
    found = find_job(actor(), JobKind.JUDGE, reference)
    if not found:
        raise NotFoundError(f"There is no judging {reference[:100]!r}.", "List them: python -m app jobs list")
    return found


def _agreement(judging: Job) -> dict:
    if judging.state != JobState.SUCCEEDED:
        raise InputError(f"{judging.name} has not finished.", "Your marks are kept. Come back when it has.")
    trust = trust_of(actor(), judging)
    names = {name: name for name in read_result(judging, JudgeResult).models}
    return {
        "agreement": trust.model_dump(mode="json") | {"trusted": trust.passes, "sentence": trust.sentence},
        "verdicts": list(verdicts_of(judging, names)),
    }


def in_words(result: dict) -> Iterator[str]:
    """The result of either command as text."""
    if found := result.get("preview"):
        yield from (f"{prompt}\n{'-' * 60}" for prompt in found["prompts"])
        yield f"{found['calls']:,} calls about {found['examples']:,} examples, some {found['tokens']:,} tokens to read."
        return
    if "scores" in result:
        yield from _scores(JudgeResult.read(result, "The result"))
    yield result["agreement"]["sentence"]
    trusted = result["agreement"]["trusted"]
    yield from (one if trusted else f"Does not count yet: {one}" for one in result["verdicts"])
    if not trusted:
        yield f"Rate answers yourself: python -m app rate {result['job']}"


def _scores(result: JudgeResult) -> Iterator[str]:
    what = "mean mark" if result.form == "rubric" else f"preferred to {result.reference}"
    for name, score in result.scores.items():
        ends = "" if score.low is None else f" ({score.low:.2f} to {score.high:.2f})"
        yield f"{name:20} {what} {score.value:.2f}{ends}"
    if result.bias:
        yield f"Position bias: {result.bias.flips} of {result.bias.pairs} verdicts went with the side; they are ties."
    yield f"{result.calls} calls; {result.unreadable} replies could not be read, {result.refused} got none."
    yield from (f"Note: {note}" for note in result.notes)

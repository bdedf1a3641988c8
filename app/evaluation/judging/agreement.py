"""How far a judge agrees with the person, and what it says of the models once that is enough."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from math import ceil
from pathlib import Path

from pydantic import TypeAdapter

from app.evaluation.blind_votes import votes
from app.evaluation.judging.ratings import given, spec_of
from app.evaluation.judging.start_judging import evaluation_of, judgings_of
from app.jobs.results import read_result, result_or_none
from app.plumbing.inspection import ask
from app.wording.numbers import interval_text, plural
from core.errors import CorruptArtifactError, NotFoundError, TunewrightError
from core.evaluation.statistics.verdicts import is_told_apart, more_needed, wanted
from core.specs import JobState
from core.specs.judging.trust import Trust
from core.specs.kinds import Preferred
from core.specs.results.evaluate import Difference, Score
from core.specs.results.judge import Judgement, JudgeResult
from storage.actors import Actor
from storage.rows import Job

_JUDGEMENTS = TypeAdapter(list[Judgement])
_LEFT = {Preferred.LEFT: 1.0, Preferred.RIGHT: -1.0}
_SECONDS = 60
_AGAIN = "Judge the evaluation again: your ratings are kept."


def judgements_in(judging: Job) -> list[Judgement]:
    """The rows of its judgements.json. Raises NotFoundError if it is gone, CorruptArtifactError if it is unreadable."""
    file = Path(judging.output_dir, "judgements.json")
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise NotFoundError("The verdicts of this judge are gone: judgements.json is not there.", _AGAIN) from error
    except ValueError as error:
        raise CorruptArtifactError("The verdicts of this judge cannot be read from judgements.json.", _AGAIN) from error


@lru_cache(maxsize=16)
def _read(file: Path, _changed_at_ns: int) -> list[Judgement]:
    return _JUDGEMENTS.validate_python(json.loads(file.read_text(encoding="utf-8")), extra="ignore")


def trust_of(actor: Actor, judging: Job) -> Trust:
    """The agreement of a finished judging with the person's ratings, or of a pairwise one with the blind votes.

    Raises NotFoundError where the evaluation or the verdicts are gone, CorruptArtifactError, UnavailableError.
    """
    spec = spec_of(judging)
    verdicts = {(one.example, *one.models): one.verdict for one in judgements_in(judging)}
    given = list(_votes(actor, judging, verdicts) if spec.form == "pairwise" else _marks(actor, judging, verdicts))
    both = [one for one in given if one[1] is not None]
    theirs, ours = tuple(one for one, _ in both), tuple(other for _, other in both)
    found = _trust(theirs, ours, len(spec.scale) if spec.form == "rubric" else None)
    return found.model_copy(update={"given": len(given)})


@lru_cache(maxsize=256)
def _trust(theirs: tuple[float, ...], ours: tuple[float, ...], highest_mark: int | None) -> Trust:
    told = ask("agreement", _SECONDS, theirs=list(theirs), ours=list(ours), highest_mark=highest_mark)
    return Trust.model_validate(told)


def _marks(actor: Actor, judging: Job, verdicts: dict) -> Iterator[tuple[float, float | None]]:
    """Each mark of the person, and the judge's of the same answer."""
    for one in given(actor, judging):
        yield float(one.mark), verdicts.get((one.example, one.model))


def _votes(actor: Actor, judging: Job, verdicts: dict) -> Iterator[tuple[float, float | None]]:
    """Votes as 1 (the left is better), −1 or 0 for a tie or both bad; the judge's verdict on the same sides."""
    for one in votes(actor, evaluation_of(actor, judging).id, spec_of(judging).own_criteria):
        ours = verdicts.get((one.example, one.left, one.right))
        if ours is None and (turned := verdicts.get((one.example, one.right, one.left))) is not None:
            ours = -turned
        yield _LEFT.get(one.preferred, 0.0), ours


def told_by_judges(actor: Actor, evaluation: Job, labels: Mapping[str, str]) -> Iterator[str]:
    """What the judges of an evaluation say of its models, a sentence each, as far as the person agrees with them.

    Of a judge that is not trusted yet, only that. `labels` as for `verdicts_of`.
    """
    for judging in judgings_of(actor, evaluation, JobState.SUCCEEDED):
        if not (result := result_or_none(judging, JudgeResult)):
            continue
        try:
            trust = trust_of(actor, judging)
        except TunewrightError as error:
            yield f"The judge {result.judge} ({judging.name}) could not be held against your ratings: {error.message}"
            continue
        if not trust.passes:
            yield f"The judge {result.judge} ({judging.name}) does not count. {trust.sentence}"
            continue
        yield from (f"By the judge {result.judge}, {said}" for said in verdicts_of(judging, labels))


def verdicts_of(judging: Job, labels: Mapping[str, str]) -> Iterator[str]:
    """What a judging says of each two models, such as `Tuned against Base model: better by 0.8 (0.5 to 1.1) marks.`

    `labels` are what models are called, by name. Of pairs, how many were won, tied and lost, unless the verdicts are
    gone.
    """
    result = read_result(judging, JudgeResult)
    tallies = _tallies(judging) if result.form == "pairwise" else {}
    for name, others in result.differences.items():
        for other, difference in others.items():
            said = _in_words(difference, result, tallies.get((name, other)))
            yield f"{labels[name]} against {labels[other]}: {said}."


def _tallies(judging: Job) -> dict[tuple[str, str], Counter]:
    """By two models how often the first was better (1), tied (0) and worse (−1)."""
    found = defaultdict(Counter)
    with suppress(NotFoundError, CorruptArtifactError):  # said where trust is told; the result still has the shares
        for one in judgements_in(judging):
            if one.verdict is not None:
                found[one.models[0], one.models[-1]][one.verdict] += 1
                found[one.models[-1], one.models[0]][-one.verdict] += 1
    return found


def _in_words(difference: Difference, result: JudgeResult, tally: Counter | None) -> str:
    counted = ""
    if tally:
        counted = f"preferred in {tally[1]:,}, tied in {tally[0]:,}, not preferred in {plural(tally[-1], 'pair')}"
    if not is_told_apart(difference):
        more = _more(difference, result)
        said = "; ".join(part for part in (counted, f"difference {_size(difference, result)}", more) if part)
        return f"not told apart ({said})"
    word, size = ("better", difference) if difference.value > 0 else ("worse", _turned(difference))
    return f"{word} by {_size(size, result)}{f' ({counted})' if counted else ''}"


def _size(difference: Score, result: JudgeResult) -> str:
    if result.form == "rubric":
        return f"{interval_text(difference)} marks"
    ends = {
        end: None if (share := getattr(difference, end)) is None else 100 * share for end in ("value", "low", "high")
    }
    return f"{interval_text(Score(**ends))} of 100 pairs"


def _turned(difference: Difference) -> Score:
    """How far the other is above."""
    low, high = (None if end is None else -end for end in (difference.high, difference.low))
    return Score(value=-difference.value, low=low, high=high)


def _more(difference: Difference, result: JudgeResult) -> str:
    """What would tell the two apart: judging what the limit left out, or more examples. Equal answers are not judged,
    so that of pairs it takes more examples than pairs."""
    more = more_needed(difference)
    if not more:
        return ""
    if result.bias and result.bias.pairs:
        more = ceil(more * (result.bias.pairs + result.alike) / result.bias.pairs)
    if result.left_out:
        return f"raise the limit: about {more:,} more examples would show it, and {result.left_out:,} were left out"
    return f"bring about {more:,} more {wanted(difference)}"

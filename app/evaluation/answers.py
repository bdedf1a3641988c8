"""The answers behind an evaluation's scores: their index, made first where an older version left none."""

import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread

from app.plumbing.errands import raise_failure, start_errand
from core.errors import BusyError, CorruptArtifactError, TunewrightError
from core.evaluation.browsing.index import AnswerIndex, identity_of, open_index
from storage.rows import Job

_RETRY_SECONDS = 60
_under_way: dict[Path, "Indexing"] = {}
_starting = Lock()


class Indexing:
    """An index being made in a process of its own: the share `done`, and once it has `ended`, its error if any."""

    def __init__(self, predictions: Path):
        self.done = 0.0
        self.ended = False
        self.error: TunewrightError | None = None
        self._failed_at = 0.0
        self._child = start_errand("core.evaluation.browsing.making", predictions)
        Thread(target=self._listen, daemon=True).start()

    @property
    def failed_lately(self) -> bool:
        """Whether it has failed less than a minute ago: it is not to be tried again at each click."""
        return bool(self.error) and time.monotonic() - self._failed_at < _RETRY_SECONDS

    def _listen(self) -> None:
        last = "null"
        try:
            for line in self._child.stdout:
                last = line
                with suppress(ValueError):
                    self.done = float(line)
            raise_failure(self._child.wait(), last)
        except TunewrightError as error:
            self._failed_at = time.monotonic()
            self.error = error
        finally:
            self.ended = True


def answers_of(evaluation: Job, *, in_passing: bool = False) -> AnswerIndex | None:
    """The answers; None if they are gone or unreadable, as the scores are in the database.

    Raises BusyError while the index of an evaluation by an older version is being made, which this call starts, and the
    error of making it. `in_passing`, as for a list of evaluations, it starts none beside one that is under way: many
    old ones are indexed one after another.
    """
    predictions = Path(evaluation.output_dir, "predictions.json")
    try:
        identity = tuple(identity_of(predictions).values())
    except OSError:
        return None
    with _starting:
        indexing = _under_way.get(predictions)
        if indexing and not indexing.ended:
            raise _not_ready(indexing)
        if indexing and indexing.failed_lately:
            if isinstance(indexing.error, CorruptArtifactError):
                return None
            raise indexing.error
        try:
            return _opened(predictions, identity)
        except (OSError, ValueError):
            return None
        except _NoIndexError:
            others = (one for one in _under_way.values() if not one.ended)
            if in_passing and (other := next(others, None)):
                raise _not_ready(other) from None
            _under_way[predictions] = indexing = Indexing(predictions)
            raise _not_ready(indexing) from None


def answers_or_none(evaluation: Job) -> AnswerIndex | None:
    """The answers; None also while their index is being made, or cannot be made."""
    with suppress(TunewrightError):
        return answers_of(evaluation)
    return None


def indexing_of(evaluation: Job) -> Indexing | None:
    """The making of the index of these answers, if it is under way."""
    found = _under_way.get(Path(evaluation.output_dir, "predictions.json"))
    return found if found and not found.ended else None


class _NoIndexError(Exception):
    """The index must be made first."""


@lru_cache(maxsize=8)
def _opened(predictions: Path, _identity: tuple) -> AnswerIndex:
    if found := open_index(predictions):
        return found
    raise _NoIndexError


def _not_ready(indexing: Indexing) -> BusyError:
    return BusyError(
        f"The answers are being indexed, once, as an older version left them: {indexing.done:.0%} done.",
        "Try again in a moment.",
    )

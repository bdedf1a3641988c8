"""The states of an answer in a chat, shared by database and pages."""

from enum import StrEnum


class AnswerState(StrEnum):
    WAITING = "waiting"
    """Queued behind earlier questions."""
    ANSWERING = "answering"
    DONE = "done"
    STOPPED = "stopped"
    """By the user; what was generated so far stays."""
    BROKEN_OFF = "broken off"
    """The process that generated it ended first; what was generated so far stays."""
    FAILED = "failed"


PENDING = frozenset({AnswerState.WAITING, AnswerState.ANSWERING})
"""The states of an answer that is not complete yet."""

"""What can be said of an answer in a chat, spelled once for database and pages."""

from enum import StrEnum


class AnswerState(StrEnum):
    WAITING = "waiting"
    """Those asked for before it come first."""
    ANSWERING = "answering"
    DONE = "done"
    STOPPED = "stopped"
    """By the person; what had come stays."""
    BROKEN_OFF = "broken off"
    """The process that was to write it ended before it was done; what had come stays."""
    FAILED = "failed"


PENDING = frozenset({AnswerState.WAITING, AnswerState.ANSWERING})
"""The states of an answer that is still to come, or comes."""

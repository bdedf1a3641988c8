"""Answers that teach a model nothing good: refusals, and texts that were cut off."""


def looks_refused(answer: str) -> bool:
    """Whether `answer` declines to answer."""
    return False


def looks_truncated(answer: str) -> bool:
    """Whether `answer` ends before its end."""
    return False

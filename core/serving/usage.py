"""Token counts and timings of an answer, in the form that responses have them."""

from core.inference.engine import Chunk
from core.serving.schemas import Timing, Usage


def usage_of(last: Chunk) -> Usage:
    """The token counts of an answer, from its last chunk."""
    return Usage(
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.completion_tokens,
        total_tokens=last.prompt_tokens + last.completion_tokens,
    )


def timing_of(last: Chunk) -> Timing:
    """The timings of an answer, from its last chunk."""
    return Timing(
        time_to_first_token_s=last.first_token_seconds, tokens_per_second=last.tokens_per_second, seconds=last.seconds
    )

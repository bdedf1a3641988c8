"""The goal and the budget of a synthesis: when it has enough, and what it costs."""

from core.data.synthesis.journal import Journal
from core.specs import SynthesizeSpec


def why_enough(spec: SynthesizeSpec, journal: Journal, expected: int, under_way: int = 0) -> str:
    """Why no more questions are needed or affordable, counting requests that are still `under_way`; "" if more are.

    `expected` is the number of examples in an answer, as long as there is none to go by.
    """
    answers = len(journal.done)
    accepted = journal.accepted + under_way * (journal.accepted / answers if answers else expected)
    tokens = journal.tokens + under_way * (journal.tokens / answers if answers else spec.max_new_tokens)
    if accepted >= spec.num_samples:
        return "the number asked for is reached"
    if spec.budget_tokens and tokens >= spec.budget_tokens:
        return f"the budget of {spec.budget_tokens:,} tokens is used up"
    if spec.budget_usd and cost_usd(spec, tokens) >= spec.budget_usd:
        return f"the budget of ${spec.budget_usd:g} is used up"
    return ""


def cost_usd(spec: SynthesizeSpec, tokens: float) -> float:
    """The price of a number of tokens."""
    return tokens * spec.usd_per_million_tokens / 1e6

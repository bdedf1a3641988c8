"""Sample examples for five domains, to try everything out before you have data of your own.

Each domain has a bank of true, checkable facts, with many wordings for questions and answers.
"""

import random
from enum import StrEnum
from functools import cache
from itertools import islice

from core.data.samples.bank import Bank
from core.data.samples.compose import QuestionsByCell, examples, questions_by_cell
from core.data.samples.domains.education import EDUCATION
from core.data.samples.domains.finance import FINANCE
from core.data.samples.domains.healthcare import HEALTHCARE
from core.data.samples.domains.legal import LEGAL
from core.data.samples.domains.support import SUPPORT
from core.data.samples.shaping import in_shape
from core.errors import InputError
from core.specs import Shape


class Domain(StrEnum):
    """The domains that have samples."""

    HEALTHCARE = "healthcare"
    LEGAL = "legal"
    FINANCE = "finance"
    SUPPORT = "support"
    EDUCATION = "education"


_BANKS: dict[Domain, Bank] = {
    Domain.HEALTHCARE: HEALTHCARE,
    Domain.LEGAL: LEGAL,
    Domain.FINANCE: FINANCE,
    Domain.SUPPORT: SUPPORT,
    Domain.EDUCATION: EDUCATION,
}


def parse_domain(text: str) -> Domain:
    """The domain with this name, in any case; "customer support" is `support`. Raises InputError for any other name."""
    name = text.strip().lower()
    if name in ("customer support", "customer_support", "customer-support"):
        return Domain.SUPPORT
    try:
        return Domain(name)
    except ValueError:
        raise InputError(
            f"There is no sample domain {text!r}; there are {', '.join(Domain)}.", "Choose one of these domains."
        ) from None


def topics(domain: Domain | str) -> list[str]:
    """The topics of a domain. Raises InputError for an unknown domain."""
    return list(_BANKS[parse_domain(domain)].topics)


def capacity(domain: Domain | str) -> int:
    """How many different examples a domain has. Raises InputError for an unknown domain."""
    cells = _questions(parse_domain(domain)).values()
    return sum(len(form) for forms in cells for form in forms)


def make_samples(
    domain: Domain | str, num_samples: int, seed: int = 42, shape: Shape = Shape.INSTRUCTION
) -> list[dict[str, object]]:
    """`num_samples` different examples of a domain, the same ones for the same seed.

    Each has the columns of its shape (for instructions: instruction, input, output), topic, aspect and notice. Every
    aspect of every topic comes once before any comes again. Raises InputError for an unknown domain, a count below 1,
    and a count above the domain's capacity.

    >>> chat = make_samples("healthcare", 100, shape=Shape.CHAT)[0]
    >>> [message["role"] for message in chat["messages"]][:3]
    ['user', 'assistant', 'user']
    """
    domain = parse_domain(domain)
    most = capacity(domain)
    if not 1 <= num_samples <= most:
        raise InputError(
            f"Cannot make {num_samples} samples of {domain}.", f"Ask for a number of samples from 1 to {most}."
        )
    bank = _BANKS[domain]
    rows = islice(examples(bank, _questions(domain), random.Random(f"{domain} {seed}")), num_samples)
    rng = random.Random(f"{domain} {shape} {seed}")
    return [in_shape(bank, example, shape, rng) for example in rows]


@cache
def _questions(domain: Domain) -> QuestionsByCell:
    return questions_by_cell(_BANKS[domain])

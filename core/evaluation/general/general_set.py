"""All questions of the general set, in a fixed order. English; written for this studio, under its licence."""

from functools import lru_cache

from core.evaluation.general.arithmetic import arithmetic_items
from core.evaluation.general.common_sense import common_sense_items
from core.evaluation.general.instructions import instruction_items
from core.evaluation.general.items import Item
from core.evaluation.general.language import language_items
from core.evaluation.general.requests import request_items


@lru_cache
def general_items() -> tuple[Item, ...]:
    """The 420 questions: the same ones for every model and at all times."""
    sources = (language_items, arithmetic_items, common_sense_items, instruction_items, request_items)
    return tuple(item for source in sources for item in source())

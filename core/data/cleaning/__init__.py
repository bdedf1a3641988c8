"""Cleans the texts of examples, and recognizes answers and lines that are better not learned.

>>> from core.data.cleaning import Cleaner
>>> from core.specs import Cleaning
>>> cleaner = Cleaner(Cleaning(personal_data="redact"))
>>> cleaner.clean({"text": "<p>Write to  ada@lovelace.org</p>"}, row=1)[0]
{'text': 'Write to [EMAIL]'}
"""

from core.data.cleaning.answers import Answers, Fate
from core.data.cleaning.boilerplate import repeated_lines
from core.data.cleaning.changes import Step
from core.data.cleaning.cleaner import Cleaner
from core.data.cleaning.languages import language_of
from core.data.cleaning.personal_data import Found, find_personal_data, redact
from core.data.cleaning.refusals import looks_refused
from core.data.cleaning.truncation import looks_truncated

__all__ = [
    "Answers",
    "Cleaner",
    "Fate",
    "Found",
    "Step",
    "find_personal_data",
    "language_of",
    "looks_refused",
    "looks_truncated",
    "redact",
    "repeated_lines",
]

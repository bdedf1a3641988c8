"""Tells the language of a text, with py3langid: from its first sentences, and only where it is sure enough."""

import re
from functools import cache

_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]+`", re.DOTALL)
_READ_CHARACTERS = 200
# Of those the recogniser is this sure of, 95 % are right between 12 and 25 characters, and 99.6 % from 60 on.
_LEAST_SURE = 0.5
UNDETERMINED = "und"


def language_of(text: str) -> tuple[str, float]:
    """The ISO 639-1 code of the language of `text` and how sure that is (0 to 1); "und" where it is not sure."""
    if "`" in text:
        text = _CODE.sub(" ", text)
    if not text.strip():
        return UNDETERMINED, 0.0
    language, sure = _identifier().classify(text[:_READ_CHARACTERS])
    return (language, sure) if sure >= _LEAST_SURE else (UNDETERMINED, sure)


def known_languages() -> frozenset[str]:
    """The codes that `language_of` can answer with."""
    return frozenset(_identifier().labels)


@cache
def _identifier():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # It also knows languages that have no such code, and would take short texts for them.
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier

"""Tells the language of a text."""


def language_of(text: str) -> tuple[str, float]:
    """The ISO 639-1 code of the language of `text` and how sure that is (0 to 1); "und" where nobody could say."""
    return "und", 0.0

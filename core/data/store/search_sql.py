"""SQL conditions that find a text in a column, whatever its case."""

import json
import re
from itertools import product

_PIECES = re.compile(r"(?:(?![skSK])[\x00-\x7f])+|.", re.DOTALL)
_SPOKEN = r'"(?:(?:content|name|description)":\s*"(?:[^"\\]|\\.)*?|arguments":\s*[^}]*?)'
"""In stored messages and tools, what may come before a match in a text, in a name or in the arguments of a call."""
_WORD = re.compile(r"[A-Za-z_]+")
_NOT_JSON = r'[\w-]*(?:[^\w"-]|"(?:\}|,\s*"(?:[^c]|c[^o]|co[^n])))'
"""What follows a word of a text, but no word of the JSON: a key is followed by a colon, a role by the key `content`."""


def spoken_in(column: str, search: str) -> tuple[str, list[str]]:
    """The condition, and its values, that a JSON column contains a text in what is said or called, not in its syntax.

    The slow, exact pattern runs only where a faster one matches. A single word that may be part of the syntax, which is
    in every row, is first searched together with what follows it. Inside JSON, quotes and line breaks are escaped.
    """
    search = json.dumps(search, ensure_ascii=False)[1:-1]
    contained, values = contained_in(column, search)
    if _WORD.fullmatch(search):
        values = [_pattern(search) + _NOT_JSON]
    exact = _SPOKEN + _pattern(search)
    return f"case when {contained} then regexp_matches({column}, ?) else false end", [*values, exact]


def contained_in(column: str, search: str) -> tuple[str, list[str]]:
    """The condition, and its values, that a column contains a text in any case.

    A case-insensitive pattern that begins with ASCII is ten times as fast as comparing lower-case copies, as long as
    characters with a third case in Unicode are spelled out. If a text begins otherwise, its first characters are first
    searched literally, in each case they may have.
    """
    matches, pattern = f"regexp_matches({column}, ?)", _pattern(search)
    if search[0].isascii():
        return matches, [pattern]
    beginnings = ["".join(cases) for cases in product(*map(_cases, search[:3]))]
    contained = " or ".join([f"contains({column}, ?)"] * len(beginnings))
    return f"(({contained}) and {matches})", [*beginnings, pattern]


def _pattern(search: str) -> str:
    """A pattern that matches a text in any case."""
    return "".join(map(_any_case, _PIECES.findall(search)))


def _any_case(piece: str) -> str:
    """The pattern of a piece: plain ASCII, or one character."""
    if len(piece) > 1 or piece.isascii() and piece not in "sSkK":
        return f"(?i:{re.escape(piece)})"
    return f"[{''.join(_cases(piece))}]"


def _cases(character: str) -> list[str]:
    """A character in both cases, if the other case is a single character too; that of ß is two."""
    return sorted({case for case in (character, character.lower(), character.upper()) if len(case) == 1})

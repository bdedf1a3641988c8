"""Detects truncated answers: cut off within a sentence, code or a bracket.

Lists, code, titles, poems and short answers need no full stop, so an answer is judged by how its other lines end.
"""

import re

# The final punctuation of a sentence, and closing quotes or brackets after it.
_ENDS_SENTENCE = re.compile(r"[.!?:;…。！？।؟][\"'”’»)\]*_`]*$")
_CUT = re.compile(r"[^\W\d_]{2,}\s?(?:\.\.\.|…)$")
_AND_SO_ON = re.compile(r"\b(?:etc|so on|usw)\s?(?:\.\.\.|…)$", re.IGNORECASE)
_SENTENCE_WITHIN = re.compile(r"\w{2}[.!?][\"'”’)]?\s+[A-ZÄÖÜ\"“„]")
# List items, headings, quotations, table rows.
_STRUCTURE = re.compile(r"\s*(?:[-*•+–>#|]|\d+[.)]|[a-zA-Z][.)]|\[[ x]?\])\s*|.*\|.*\|")
# Addresses, paths, formulas, numbers, hashtags, attributions, the end of a story.
_NO_SENTENCE = re.compile(r"\b(?:[Tt]he [Ee]nd|Ende|Fin)$|(?:://|www\.|[@#\\/=_$\d%°])\S*$|[-–—~]\s?[A-Z][\w. ]{1,40}$")
_CODE_LINE = re.compile(
    r"\s*(?:[{}()\[\]<>@/$]"
    r"|(?:def|class|import|from|return|if|for|while|else|elif|try|except|public|private|static|const|let|var|function|int"
    r"|void|print|SELECT|INSERT|UPDATE|CREATE)\b.*[(:;={]|\w[\w.]*\s*[-+*/]?=[^=]|[\w.]+\()|.*(?:[;{}]\s*$|</\w+>)"
)
_OPEN_BRACKET = re.compile(r"(?<![:;=8])\([^()]*$")
_CONTINUES = frozenset(
    """
    a an the and or but nor of with because which whose whereas although unless than from into onto their your our its
    my every he she we they i via per as if to when while during between these those both including very such
    has had would should must der die das den dem des ein eine einen einem einer eines und oder
    aber weil dass mit von vom zum zur für durch ohne sowie sondern obwohl ihre ihren seine seinen unsere
    """.split()  # noqa: SIM905
)
# How many characters from the end of a line hold its final punctuation, and its last words.
_FINAL_PUNCTUATION = 12
_LAST_WORDS = 60
_SENTENCE_WORDS = 8
_LONG_SENTENCE_WORDS = 20
_PHRASE_WORDS = 4
# Words that begin a new sentence.
_SENTENCE_START = re.compile(
    r"(?:Overall|In (?:summary|conclusion|addition|this|the|her|his)|However|For (?:example|instance|this)|So|But|Now"
    r"|Once|There (?:is|are)|These|This|It|They|We|He|She|If|When|While|As|By|Additionally|Furthermore|Moreover|Finally"
    r"|Therefore|Thus|First|Second|Next|Then|Another|Aber|Wenn|Dies\w*|Es|Sie|Wir|Außerdem|Zudem|Insgesamt|Daher"
    r"|Zusammenfassend)\b"
)


def looks_truncated(answer: str) -> bool:
    """Whether `answer` looks cut off."""
    answer = answer.rstrip()
    if "`" not in answer and answer[-1:] in (".", "!", "?") and answer[-3:] != "...":
        return False
    if answer.count("```") % 2:
        return True
    if not answer or answer.endswith("```"):
        return False
    last = answer[answer.rfind("\n") + 1 :].strip()
    if last.endswith(("...", "…")):
        is_cut = _CUT.search(last[-_LAST_WORDS:]) and not _AND_SO_ON.search(last[-_LAST_WORDS:])
        return bool(is_cut) and len(answer.split()) > _PHRASE_WORDS
    if last[-1] not in ":;)]" and _ends(last):
        return False
    lines = [line for line in answer.split("\n") if line.strip()]
    if _is_code(lines):
        return any(answer.count(opening) > answer.count(closing) for opening, closing in ("{}", "[]", "()"))
    return _is_cut_prose(lines[:-1], last)


def _is_code(lines: list[str]) -> bool:
    code = sum(1 for line in lines if _CODE_LINE.match(line))
    return code * 2 >= len(lines) or (code > 1 and bool(_CODE_LINE.match(lines[-1])))


def _is_cut_prose(before: list[str], last: str) -> bool:
    words = last.split()
    item = _STRUCTURE.match(last)
    begins_anew = _SENTENCE_START.match(last) if not item else len(words) > 1
    if len(words) <= _PHRASE_WORDS and begins_anew and last[-1].isalpha() and _others_end(before, bool(item), least=2):
        return True
    if len(words) < _PHRASE_WORDS or last.endswith(";"):
        return False
    if _ends(last):
        return last.endswith(":") and not item
    if last.endswith(",") or words[-1].lower() in _CONTINUES or _OPEN_BRACKET.search(last):
        return True
    if _NO_SENTENCE.search(last[-_LAST_WORDS:]) or not last[-1].isalpha():
        return False
    if _SENTENCE_WITHIN.search(last, item.end() if item else 0):
        return not item or len(words) >= _SENTENCE_WORDS
    if not before and not item and last[0].isupper() and len(words) >= _LONG_SENTENCE_WORDS:
        return True
    few = _PHRASE_WORDS if item or begins_anew else _SENTENCE_WORDS
    return len(words) > few and _others_end(before, bool(item))


def _ends(line: str) -> bool:
    return bool(_ENDS_SENTENCE.search(line[-_FINAL_PUNCTUATION:]))


def _others_end(lines: list[str], items: bool, least: int = 1) -> bool:
    """Whether the longer lines end as sentences do; looks at list items and their like, or at all other lines."""
    ends = [
        _ends(line.rstrip())
        for line in lines
        if bool(_STRUCTURE.match(line)) == items and line.count(" ") >= _PHRASE_WORDS
    ]
    return len(ends) >= least + items and sum(ends) >= (0.95 if items else 0.7) * len(ends)

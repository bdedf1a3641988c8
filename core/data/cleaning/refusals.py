"""Detects refusals in English and German, and tells them apart from answers that only begin with an apology."""

import re

_OPENING_CHARACTERS = 300
# An answer this long that continues after "however" did answer.
_ANSWERED_CHARACTERS = 700

# English: who speaks, that they are sorry, that they cannot, and what. An AI engineer is a person.
_PEOPLE = "researcher|engineer|expert|developer|scientist|ethicist|consultant|specialist|student|professor|company|team"
_MODEL = (
    rf"(?:ai(?! (?:\w+ )?(?:{_PEOPLE})s?\b)|a\.i\.|artificial intelligence|language model|chatbot|virtual assistant)\b"
)
_AS_MODEL = rf"as an? (?:\w+,? ){{0,2}}{_MODEL}[^.!?\n]{{0,60}}?\bi\b"
_I_AM_MODEL = rf"\bi(?:'m| am) (?:just |only |merely )?an? (?:\w+ ){{0,2}}{_MODEL}"
_UNABLE = (
    r"\b(?:can ?not|can't|could not|couldn't|unable|not able|not capable|not programmed|won't|will not|must decline"
    r"|(?:do not|don't) (?:\w+ )?(?:have|possess)|no (?:access|ability)|not have|not possess)\b"
)
_SORRY = (
    r"(?:i(?:'m| am) (?:so |very |really |truly )?sorry|sorry|my apologies|apologies|i (?:sincerely )?apologi[sz]e"
    r"|i(?:'m| am) afraid|unfortunately|regrettably|i regret)(?: for [^.,!?]{0,40})?[,.!]?(?: but| that)?,? "
)
_I_CANNOT = (
    r"i(?:'m| am)? (?:currently |really |simply |just )?"
    r"(?:(?:can ?not|can't)(?: and (?:will not|won't))?|won't|will not|won't be able to|unable to"
    r"|not able to|not allowed to|not permitted to|must decline to|have to decline to"
    r"|(?:do not|don't) (?:\w+ )?have (?:the |an? )?(?:ability|capability|capacity|function|means)(?: \w+){0,3} to)"
)
# What a model declines to do. What a human may be unable to do (find, refund, come) is not listed.
_DECLINED_BARE = (
    r"(?:assist|help(?! \w+ing\b)|fulfil|fulfill|comply|provide|answer|respond|generate|create|engage|discuss"
    r"|(?:do|write|produce|share|say|translate) (?:that|this)"
    r"|access (?:the internet|external|real-?time|current|any|files)"
    r"|\w+ (?:that|this|such|any) (?:request|information|content|advice|task|kind|type))\b"
)
# What counts only with an apology: anyone may say "I can't give a talk on Tuesday".
_DECLINED_SORRY = (
    r"(?:produce|write|compose|complete|perform|carry out|participate|support|offer|give|share|retrieve|browse"
    r"|translate|draw|display|execute|order|book|continue|(?:meet|process|accommodate) (?:this|that|your) request)\b"
)
_OTHER_WORDS = (
    r"(?:i (?:must|have to|need to|respectfully) (?:respectfully |politely )?decline"
    r"|(?:that|this)(?: is|'s)(?: not| n't|n't) something i(?:'m| am| can| could)"
    r"|i (?:do not|don't) (?:\w+ )?have the (?:ability|capability|capacity) to"
    r"|it(?: is|'s|'d be| would be) (?:not |in)appropriate for me|i (?:must |have to )?refuse\b"
    r"|i(?:'m| am) not comfortable|i do(?: not|n't) feel comfortable"
    r"|(?:this|that|your) request (?:goes|is) against|(?:it|that|this)(?:'s| is| goes| would be|'d be)? against my)\b"
)
_NO_ACCESS = (
    rf"^(?:{_SORRY})?i (?:do not|don't) have (?:direct |any )?access to"
    r" (?:external|real-?time|current|the internet|up-to-date|personal|private|any)\b"
)
# At most one short sentence comes before.
_LEAD = r"(?:no, |[^.!?\n]{0,60}[.!] )?"
_AS_A_MODEL = r"as an? [^,.!?]{0,30}\b(?:ai|model|assistant)\b[^,.!?]{0,30}, "
_TELLS = r"(?:i must (?:inform|tell) you that |please note that )?"
_ENGLISH = (
    rf"{_LEAD}(?:{_SORRY})?(?:{_AS_A_MODEL})?{_TELLS}(?:{_I_CANNOT} {_DECLINED_BARE}|{_OTHER_WORDS})"
    rf"|{_LEAD}(?:{_SORRY}{_AS_A_MODEL}|{_SORRY}|{_AS_A_MODEL}){_I_CANNOT} {_DECLINED_SORRY}"
)

_GERMAN_NAMES = (
    r"(?:\w+ )?(?:ki(?:-\w*modell|-assistent\w*|-system|-programm|-chatbot)?|künstliche intelligenz|sprachmodell"
    r"|chatbot)(?![-\w])"
)
_GERMAN_NOT = r"[^.!?\n]{0,120}\b(?:nicht|keine?\w*)\b"
_GERMAN_MODEL_CANNOT = (
    rf"\bals {_GERMAN_NAMES}[^.!?\n]{{0,60}}\bich\b{_GERMAN_NOT}"
    rf"|\bich (?:bin )?(?:nur |lediglich )?eine? {_GERMAN_NAMES}{_GERMAN_NOT}"
    rf"|\bich \w+ als {_GERMAN_NAMES}{_GERMAN_NOT}"
)
_GERMAN_SORRY = r"(?:(?:es )?tut mir (?:sehr |wirklich )?leid|entschuldigung|leider|ich bedaure|sorry)[,.]?(?: aber)? ?"
_GERMAN_I_CANNOT = (
    r"(?:[^.!?]{0,20}\b)?(?:ich (?:kann|darf|werde)|(?:kann|darf|werde) ich)\b[^.!?]{0,80}\b(?:nicht|keine?\w*)\b"
)
_GERMAN_DECLINED = (
    r"[^.!?]{0,60}(?:helfen|behilflich sein|unterstützen|beantworten|bereitstellen|zur verfügung stellen|erstellen"
    r"|schreiben|verfassen|generieren|geben|liefern|nachkommen|erfüllen|ausführen|übersetzen|empfehlen|mitwirken"
    r"|bearbeiten|antworten|tun)\b"
)
_GERMAN_BARE = (
    r"(?:das|dabei|dazu|hierbei|darauf|diese \w+|ich|(?:bei|zu|mit|für) [^.!?,]{2,40})"
    r" (?:kann|darf|werde)(?: ich)?\b[^.!?]{0,60}\b(?:nicht|keine?\w*)\b"
)
_GERMAN = (
    rf"{_LEAD}{_GERMAN_SORRY}{_GERMAN_I_CANNOT}{_GERMAN_DECLINED}|{_GERMAN_BARE}{_GERMAN_DECLINED}"
    rf"|(?:{_GERMAN_SORRY})?(?:ich bin|bin ich) (?:leider )?nicht in der lage"
)

_DECLINES = re.compile(f"{_ENGLISH}|{_GERMAN}", re.IGNORECASE)
_MODEL_CANNOT = re.compile(
    rf"(?:{_AS_MODEL}|{_I_AM_MODEL})[^.!?\n]{{0,120}}{_UNABLE}|{_NO_ACCESS}"
    r"|\bi (?:cannot|can't|do not|don't)\b[^.!?\n]{0,80}\b(?:as|because|since)"
    rf" (?:i(?:'m| am) )?an? (?:\w+ ){{0,2}}{_MODEL}"
    rf"|{_GERMAN_MODEL_CANNOT}",
    re.IGNORECASE,
)
# No pattern matches without one of these. `rfind` takes less than half the time of `in`.
_NEGATIONS = ("not", "n't", "unable", "decline", "refuse", "appropriate", "against", "no a", "nicht", "kein", "NOT")
_MODEL_WORDS = ("AI", "A.I.", "ntelligen", "odel", "hatbot", "ssistant", "KI", "access to")
# Words after which an answer may still follow.
_HOWEVER = re.compile(r"\b(?:but|however|nevertheless|aber|jedoch|allerdings)\b", re.IGNORECASE)
_HERE_IT_IS = re.compile(r"\b(?:here(?:'s| is| are)|hier (?:ist|sind))\b", re.IGNORECASE)
_MATTER_OF_TASTE = re.compile(
    r"preferences|feelings|emotions|opinions|experiences|vorlieben|gefühle|meinung", re.IGNORECASE
)


def looks_refused(answer: str) -> bool:
    """Whether `answer` is a refusal. A model that says what it is and then answers has not refused."""
    opening = answer[:_OPENING_CHARACTERS].replace("’", "'").lstrip(" \t\n\"'*")
    if not _has_any(_NEGATIONS, opening):
        return False
    if _DECLINES.match(opening):
        return True
    cannot = _has_any(_MODEL_WORDS, opening) and _MODEL_CANNOT.search(opening)
    if not cannot or _HERE_IT_IS.search(answer, cannot.end()):
        return False
    may_still_answer = len(answer) >= _ANSWERED_CHARACTERS or _MATTER_OF_TASTE.search(opening)
    return not (may_still_answer and _HOWEVER.search(answer, cannot.end()))


def _has_any(words: tuple[str, ...], text: str) -> bool:
    return max(map(text.rfind, words)) >= 0

"""Finds postal addresses: a US street with city and state or ZIP code, a German street with postal code and town.

A street and number alone count where the words before announce an address ("I live at").
"""

import re
from collections.abc import Iterator

# Cheap hints: without one of these no pattern can match. A town with a state but no ZIP code may follow a street.
STREET_HINTS = ("Street,", "St,", "Avenue,", "Ave,", "Road,", "Rd,", "Drive,", "Lane,", "Blvd,")
ADDRESS_HINTS = (
    "ddress",
    "live at",
    "lives at",
    "live in",
    "lives in",
    "living",
    "resid",
    "wohn",
    "Wohn",
    "schrift",
    "dresse",
)

_SUFFIX = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Way|Place|Pl|Terrace|Ter"
    r"|Parkway|Pkwy|Highway|Hwy|Square|Sq|Trail|Trl|Loop|Alley|Broadway)"
)
_US_STREET = (
    r"\d(?<![\w.,$€£-]\d)\d{0,5}[A-Za-z]?(?: (?:[NSEW]{1,2}\.?|North|South|East|West))?"
    rf"(?: [A-Z0-9][\w.'’-]{{0,30}}){{0,4}}? {_SUFFIX}\b\.?(?: (?:[NSEW]{{1,2}}\b|North|South|East|West))?"
    r"(?:,? ?(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|#)\.? ?#?[\w-]{1,8})?"
)
# Any words may be a street if a comma or line end and then a town with state and ZIP code follow.
_US_ANY = (
    r"\d(?<![\w.,$€£-]\d)\d{0,5}(?: [A-Z][\w.'’-]{1,30}){1,4}"
    r"(?: (?:Apt|Suite|Ste|Unit|Floor)\.? ?#?[\w-]{1,8})?[,\n]\s?"
    r"[A-Z][A-Za-z.'’-]{1,30}(?: [A-Z][A-Za-z.'’-]{1,30}){0,3}?,\s[A-Z]{2}\s\d{5}(?:-\d{4})?(?!\d)"
)
_US_MILITARY = r"[UP](?<!\w.)(?:nit|SC) \d{1,5},? Box \d{1,5}[,\s]\s?[AFD]PO,? A[AEP] \d{5}(?!\d)"
_GB_TOWN = (
    r"(?:,?\s{1,3}[A-Z][A-Za-z.'’-]{1,30}(?: [A-Z][A-Za-z.'’-]{1,30}){0,2}){1,3}?"
    r",?\s{1,3}[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)"
)
_US_BOX = r"P(?<!\wP)\.? ?O\.? Box \d{1,7}"
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]|PR|GU"
    "|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    "|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma"
    "|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    "|West Virginia|Wisconsin|Wyoming"
)
_ZIP = r"\d{5}(?:-\d{4})?(?!\d)"
_US_TOWN = (
    r"(?:,\s{0,3}|\s{1,3})[A-Z][A-Za-z.'’-]{1,30}(?: [A-Z][A-Za-z.'’-]{1,30}){0,3}?"
    rf",?\s{{1,3}}(?:(?:{_STATES})\b(?:\.?,?\s{{1,3}}{_ZIP})?|(?:USA,? )?{_ZIP})"
)
_DE_STREET = (
    r"(?<![\w-])(?:"
    r"(?:[A-ZÄÖÜ][\wäöüß.-]{1,30}[ -]){0,3}"
    r"(?:[A-ZÄÖÜ][a-zäöüß-]{1,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|stieg|pfad|graben"
    r"|markt|hof|berg|wall|steig|park)|(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee))"
    r"|(?:Am|An der|An den|Im|In der|In den|Zum|Zur|Auf dem|Auf der|Unter den|Beim|Hinter der)"
    r" [A-ZÄÖÜ][\wäöüß-]{2,30}(?: [A-ZÄÖÜ][\wäöüß-]{2,30})?"
    r"|(?:Straße|Strasse|Platz|Allee) (?:der|des) (?:\d{1,2}\. )?[A-ZÄÖÜ][\wäöüß-]{2,30}(?: [A-ZÄÖÜ][\wäöüß-]{2,30})?"
    r") \d{1,4}(?: ?[a-zA-Z]\b)?(?: ?[-–/] ?\d{1,4}[a-z]?\b)?"
)
_DE_TOWN = re.compile(
    r"\d(?<![\w.,]\d)\d{3,4} (?:(?:Bad|Sankt|St\.|Schwäbisch|Königs|Burg|Hansestadt) )?"
    r"[A-ZÄÖÜ][\wäöüß.()-]{0,39}[\wäöüß)]"
    r"(?: (?:am|an der|im|in der|bei|vorm|vor der|ob der|a\. ?d\.) [A-ZÄÖÜ][\wäöüß-]{1,30})?"
)
_DE_STREET_BEFORE = re.compile(rf"{_DE_STREET}(?:,\s{{0,3}}|\s{{1,3}}|;\s{{0,3}}|\s?[·•|]\s?| in )(?:[DA]-|CH-)?$")
_STREET_BEFORE_CHARACTERS = 120
_ENGLISH = [
    re.compile(form)
    for form in (_US_STREET + _US_TOWN, _US_BOX + _US_TOWN, _US_ANY, _US_MILITARY, _US_STREET + _GB_TOWN)
]
_STREET = re.compile(rf"{_US_STREET}(?:, [A-Z][A-Za-z.'’-]{{1,30}}(?: [A-Z][A-Za-z.'’-]{{1,30}})?)?|{_DE_STREET}")
_SAYS_ADDRESS = re.compile(
    r"[AaLlRrWw](?<!\w.)(?:ddress(?: is)?|ives?|iving|esides?|esiding|ohn(?:e|t|en|haft|hafte)|nschrift"
    r"|dresse(?: ist| lautet)?)"
    r"(?: (?:at|in|on|der|dem|ist|unter|an))*\s?:?\s{0,2}"
)


def addresses(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind ("ADDRESS"), start and end of each full address: a street with a town."""
    for pattern in _ENGLISH:
        for match in pattern.finditer(text):
            yield "ADDRESS", *match.span()
    for town in _DE_TOWN.finditer(text):
        street = _DE_STREET_BEFORE.search(text, max(0, town.start() - _STREET_BEFORE_CHARACTERS), town.start())
        if street:
            yield "ADDRESS", street.start(), town.end()


def announced_addresses(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind ("ADDRESS"), start and end of each street and number that follows words announcing an address."""
    for said in _SAYS_ADDRESS.finditer(text):
        if street := _STREET.match(text, said.end()):
            yield "ADDRESS", *street.span()

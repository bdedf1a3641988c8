"""Boilerplate: lines that belong to a web page rather than its text, known ones and those repeated in many rows."""

import re
from collections import Counter
from collections.abc import Iterable

# A line longer than this is a paragraph.
_LONGEST = 200
_LEAST_ROWS = 5
_LEAST_SHARE = 0.01
_NETWORKS = r"(?:facebook|twitter|x|linkedin|pinterest|reddit|whatsapp|instagram|youtube|tumblr|telegram|xing|e-?mail)"
_BAR_ITEM = (
    r"(?:home(?:page)?|startseite|about(?: us)?|über uns|contact(?: us)?|kontakt|news|blog|shop|products|produkte"
    r"|services|leistungen|faqs?|help|hilfe|search|suche|log ?in|sign ?in|anmelden|register|registrieren|menu|menü"
    r"|privacy(?: policy)?|datenschutz(?:erklärung)?|terms(?: (?:of|&|and) \w+)*|agb|imprint|impressum|cookies?"
    r"|cookie[ -]\w+|sitemap|careers|karriere|jobs|press|presse|advertise|rss|subscribe|newsletter|archives?"
    rf"|share|tweet|print|drucken|{_NETWORKS})"
)
_KNOWN = (
    # Cookies
    r"(?:we|this (?:web)?site|our (?:web)?site|wir|(?:diese|unsere) (?:web)?(?:seite|site)) (?:also )?"
    r"(?:uses?|verwende[nt]?|nutz(?:t|en)|setz(?:t|en)) (?:\w+ ){0,3}cookies?"
    r"(?:[,.;]| (?:to|on|and|for|in|so|from|um|damit|und|auf)\b|$).*",
    r"by (?:continuing|using|browsing)\b.*\bcookies?\b.*",
    r"(?:accept|reject|manage|decline)(?: all)?(?: cookies| and (?:continue|close))?",
    r"(?:alle )?(?:cookies )?(?:akzeptieren|ablehnen)",
    r"cookie[ -]?(?:policy|settings|preferences|notice|consent|einstellungen|hinweis|richtlinie)",
    # Sharing
    rf"(?:share|teilen|tweet|pin|follow us|folgen sie uns|like us|find us|folge uns)"
    rf"(?: this(?: \w+)?| diesen \w+)?:?(?: (?:on|via|with|to|auf|bei|mit|:)(?: your)?)?"
    rf"(?:[ ,|/&·]*(?:and |und |or |oder )?(?:{_NETWORKS}|friends))*[:!.]?",
    r"(?:click to )?(?:share|print) this (?:\w+ )?(?:\(opens in new window\))?",
    # Site navigation
    r"skip to (?:main |primary )?(?:content|navigation)|(?:zum|direkt zum) (?:haupt)?inhalt(?: springen)?",
    r"(?:back|return|go) to (?:the )?(?:top|home(?:page)?)|(?:zurück )?nach oben|zurück zur startseite",
    r"[«‹←<]* ?(?:previous|next|older|newer|vorherige[rs]?|nächste[rs]?) (?:post|page|article|story|entries|beitrag"
    r"|seite|artikel)s? ?[»›→>]*",
    r"(?:read|show|load|learn|view|see) more\b ?[.…»›→>]*|continue reading\b.{0,80}"
    r"|(?:weiterlesen|mehr (?:erfahren|lesen|anzeigen|laden)) ?[.…»›→>]*",
    r"(?:toggle|main|site) (?:navigation|menu)|navigation (?:menu|umschalten)|table of contents|inhaltsverzeichnis",
    r"(?:page|seite) \d+ (?:of|von|/) \d+",
    # Rights, advertising, newsletters, comments
    r"(?:copyright|©|\(c\)).{0,80}\b(?:19|20)\d\d\b.{0,120}|.{0,80}\ball rights reserved\.?|alle rechte vorbehalten\.?",
    r"privacy policy|terms of (?:use|service)|terms (?:and|&) conditions|datenschutzerklärung|impressum",
    r"advertisements?|sponsored(?: content)?|anzeige|werbung|loading ?[.…]*|wird geladen ?[.…]*",
    r".{0,60}\b(?:enable javascript|javascript (?:is )?(?:disabled|required|aktivieren))\b.{0,80}",
    r"(?:subscribe|sign up)(?: now| today)? (?:to|for)(?: our| the)?.{0,40}\bnewsletter\b.{0,60}",
    r".{0,40}\bnewsletter (?:abonnieren|anmelden|bestellen)\b.{0,20}",
    r"(?:leave|post|add) a (?:comment|reply)|\d+ comments?|kommentar (?:schreiben|hinterlassen)|no comments(?: yet)?",
    r"(?:filed under|posted (?:in|by|on)|tagged(?: with)?|related (?:posts|articles)|you may also like)\b.{0,120}",
    # A navigation bar: two or more items
    rf"{_BAR_ITEM}(?:\s*[|·•>»/–-]\s*{_BAR_ITEM})+\s*[|·•>»/–-]?",
)
_KNOWN_LINE = re.compile("|".join(f"(?:{known})" for known in _KNOWN), re.IGNORECASE)
# Structure is not boilerplate, however often it repeats: headings, lead-ins, list items, table rows.
_STRUCTURE = re.compile(r"[#>|*•`~=\-+{}<]|\d+[.)]\s|.*[:;{}|]$", re.DOTALL)


def without_boilerplate(text: str, repeated: frozenset[str] = frozenset()) -> str:
    """`text` without known web-page boilerplate and without the lines in `repeated`. Fenced code is left alone."""
    kept, fenced, gone = [], False, False
    for line in text.split("\n"):
        bare = line.strip()
        fenced ^= bare.startswith("```")
        if bare and not fenced and (bare in repeated or (len(bare) <= _LONGEST and _KNOWN_LINE.fullmatch(bare))):
            gone = True
        elif bare or not (kept and not kept[-1].strip() and gone):
            # Where a removed line had an empty line on both sides, keep one of them.
            kept.append(line)
    return "\n".join(kept).strip() if gone else text


def repeated_lines(texts: Iterable[str]) -> frozenset[str]:
    """The lines that appear in at least 1 % of `texts`, and in at least five of them.

    Counts only lines of 20 to 200 characters and three or more words, in texts of several lines, that are not structure
    such as headings or list items.
    """
    counts: Counter[str] = Counter()
    rows = 0
    for text in texts:
        rows += 1
        if "\n" in text:
            counts.update({bare for line in text.split("\n") if _may_repeat(bare := line.strip())})
    least = max(_LEAST_ROWS, rows * _LEAST_SHARE)
    return frozenset(line for line, count in counts.items() if count >= least)


def _may_repeat(line: str) -> bool:
    return 20 <= len(line) <= _LONGEST and line.count(" ") >= 2 and not _STRUCTURE.match(line)

"""Sorts messages by a column of numbers, dates or times."""

from datetime import UTC, datetime, time

from core.examples.texts import text_of

_DATE_FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%b %d, %Y %H:%M", "%d %b %Y %H:%M")


def in_order_of(moments: list[object]) -> list[int] | None:
    """The indices of `moments`, earliest first; None unless all of them can be parsed and compared.

    Dates such as 03/04/2025 are not parsed: which number is the month depends on the country.
    """
    for parse in (_number, _moment, _time):
        keys = [parse(value) for value in moments]
        if None not in keys:
            return sorted(range(len(keys)), key=lambda place: keys[place])
    return None


def _number(value: object) -> float | None:
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        return None


def _moment(value: object) -> datetime | None:
    text = (text_of(value) or "").strip().replace("/", "-")
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return next((moment for form in _DATE_FORMATS if (moment := _parsed(text, form))), None)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def _time(value: object) -> time | None:
    try:
        return time.fromisoformat((text_of(value) or "").strip())
    except ValueError:
        return None

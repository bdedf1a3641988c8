"""Finds the shape of a source and which column plays which role: by name, by content, or as the person says."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.data.shapes.asking import MEANING, nothing_fits
from core.data.shapes.columns import Columns
from core.data.shapes.fitting import FINDERS, Fit
from core.data.shapes.unused import unused_paths
from core.errors import InputError
from core.examples.example import shape_of
from core.examples.roles import ALIASES, LABELS, ROLES, SHAPE_COLUMNS, plain_name
from core.examples.texts import Form
from core.specs import Shape

ASSISTANT = "assistant"
"""What a person says beside the roles: not a column, but the name of the speaker who answers."""


@dataclass(frozen=True)
class Detected:
    """A shape with the column, or the path into one, of each of its roles, and why it was taken."""

    shape: Shape
    mapping: dict[str, str]
    reason: str
    others: list[tuple[Shape, str]]
    """Other shapes that the columns allow, each with its reason."""
    unused: tuple[str, ...] = ()
    """What no role reads: columns, paths inside columns, fields of messages (`messages[].weight`)."""
    forms: dict[str, Form] = field(default_factory=dict)
    """How the lists and objects of a role's column are written as text."""
    good_from: float | None = None
    """Where the labels are ratings: the one from which on an answer is good."""
    assistant: str | None = None
    """Where each row is a message: the name of the speaker who answers, if no name tells that."""


def stored(columns: Iterable[str]) -> Detected:
    """The columns of a prepared dataset, each of which is what it is called. Raises InputError as `shape_of`."""
    columns = set(columns)
    shape = shape_of(columns)
    known = (*SHAPE_COLUMNS[shape], "system", "tools", *LABELS)
    return Detected(shape, {name: name for name in known if name in columns}, "A prepared dataset.", [])


def detect(
    columns: list[str],
    head: list[dict],
    shape: Shape | None = None,
    asked: dict[str, str] | None = None,
    good_from: float | None = None,
) -> Detected:
    """What the rows of a source are, given its columns and the values of its first rows.

    `shape`, `asked` (role to column or path; "" for a role that no column has) and `good_from` (the rating from which
    on an answer is good) are what the person says: they come before what is found. Raises InputError that names what
    was found, what is needed and how to map it.
    """
    asked = dict(asked or {})
    assistant = asked.pop(ASSISTANT, None)
    _check_roles(asked, shape)
    table = Columns(columns, head, asked, good_from, assistant)
    _check_scale(table, shape)
    fits = _fits(table, shape)
    if (inner := table.inner_names()) and _may_lie_deeper(fits, inner, asked):
        holders = set() if asked else {name.rpartition(".")[0] for name in inner}
        deeper = Columns([*(name for name in columns if name not in holders), *inner], head, asked, good_from)
        found = _fits(deeper, shape)
        if _place(found) <= min(_place(fits), len(fits) - 1):
            table, fits = deeper, found
    fitting = [candidate for candidate, fit in fits.items() if not fit.missing]
    if not fitting or shape is None and fits[fitting[0]].is_doubtful:
        raise nothing_fits(table, shape, fits)
    best = fits[fitting[0]]
    if good_from is not None and fitting[0] is not Shape.FEEDBACK:
        raise InputError("No column holds ratings of the answers.", "Say which column is label.")
    mapping = best.mapping | _labels(table, best.mapping)
    others = [(other, _sentence(other, fits[other])) for other in fitting[1:]]
    unused = unused_paths(columns, head, mapping, best.forms)
    return Detected(
        fitting[0], mapping, _sentence(fitting[0], best), others, unused, best.forms, good_from, best.assistant
    )


def _may_lie_deeper(fits: dict[Shape, Fit], inner: list[str], asked: dict[str, str]) -> bool:
    """Whether nothing fits, or what does is a guess, or one column alone: an object that holds all (`row.messages`)."""
    fitting = [fit for fit in fits.values() if not fit.missing]
    if not fitting or asked:
        return not fitting
    used, *others = set(fitting[0].mapping.values())
    return fitting[0].is_guess or not others and any(name.startswith(f"{used}.") for name in inner)


def _place(fits: dict[Shape, Fit]) -> int:
    """How telling the first shape is that fits: its place among all, most telling first."""
    return next((place for place, fit in enumerate(fits.values()) if not fit.missing), len(fits))


def _fits(table: Columns, shape: Shape | None) -> dict[Shape, Fit]:
    """What each shape that is allowed makes of the columns."""
    said = {*table.asked, *table.refused}
    return {
        candidate: finder(table)
        for candidate, finder in FINDERS.items()
        if candidate is shape or shape is None and said <= {*ROLES[candidate], *LABELS}
    }


def _check_roles(asked: dict[str, str], shape: Shape | None) -> None:
    shapes = [shape] if shape else list(Shape)
    roles = list(dict.fromkeys([role for one in shapes for role in ROLES[one]] + list(LABELS)))
    for role in asked:
        if role not in roles:
            what = f"{shape} data has no role" if shape else "There is no role"
            raise InputError(f"{what[0].upper()}{what[1:]} {role!r}.", f"The roles are: {', '.join(roles)}.")
    if not any(set(asked) <= {*ROLES[one], *LABELS} for one in shapes):
        raise InputError(
            f"No shape of data has the roles {', '.join(asked)} together.",
            "; ".join(f"{one}: {', '.join(ROLES[one])}" for one in Shape) + ".",
        )


def _check_scale(table: Columns, shape: Shape | None) -> None:
    """Raises InputError where ratings are to be labels, and nobody said which of them are good."""
    asked = table.asked.get("label")
    rating = [asked] if asked else table.called("label") if shape is Shape.FEEDBACK else []
    if table.good_from is None and len(rating) == 1 and (scale := rating[0].scale):
        low, high = scale
        raise InputError(
            f"The values of {rating[0].name!r}, {low:g} to {high:g}, are a scale: "
            "say from which value on an answer is good.",
            f"For example, good from {(low + high) / 2 + (high - low) / 4:g}",
        )


def _labels(table: Columns, mapping: dict[str, str]) -> dict[str, str]:
    """The label columns that no role has taken."""
    found = {label: column.name for label, column in table.asked.items() if label in LABELS}
    for label in LABELS:
        free = [column for column in table.called(label) if column.name not in {*mapping.values(), *found.values()}]
        free = [column for column in free if not (label == "topic" and column.is_all_different)]  # subjects of mails
        exact = [column for column in free if column.plain in {label, *map(plain_name, ALIASES.get(label, ()))}]
        if label not in found and len(exact) == 1:
            found[label] = exact[0].name
    return found


# --- In words


def _sentence(shape: Shape, fit: Fit) -> str:
    *first, last = fit.exact or [""]
    named = f"columns {', '.join(first)} and {last} are there" if first else f"column {last} is there"
    return f"{MEANING[shape]}: {'; '.join([named] * bool(fit.exact) + fit.told)}."

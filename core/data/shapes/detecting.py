"""Finds the shape of a source and the column of each role: by name, by content, or as the user says."""

from core.data.shapes.assigning.finders import FINDERS
from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.nested import inner_names
from core.data.shapes.columns.table import Table
from core.data.shapes.detected import MEANING, Detected
from core.data.shapes.no_match import no_match_error
from core.data.shapes.unused import unused_paths
from core.errors import InputError
from core.examples.roles import ALIASES, LABELS, ROLES, plain_name
from core.shape import Shape

ASSISTANT = "assistant"
"""Not a role: in `asked`, its value is the name of the speaker who answers, not a column."""


def detect(
    columns: list[str],
    head: list[dict],
    shape: Shape | None = None,
    asked: dict[str, str] | None = None,
    good_from: float | None = None,
) -> Detected:
    """The shape of a source and the column of each role, given its columns and the values of its first rows.

    The user's choices come first: `shape`, `asked` (role to column or path; "" for a role that no column plays) and
    `good_from` (the lowest rating that counts as good). Raises InputError that names what was found, what is missing
    and how to map it.
    """
    asked = dict(asked or {})
    assistant = asked.pop(ASSISTANT, None)
    _check_roles(asked, shape)
    table = Table(columns, head, asked, good_from, assistant)
    _check_scale(table, shape)
    fits = _fits(table, shape)
    if (inner := inner_names(table)) and _may_be_nested(fits, inner, asked):
        holders = set() if asked else {name.rpartition(".")[0] for name in inner}
        nested = Table([*(name for name in columns if name not in holders), *inner], head, asked, good_from)
        found = _fits(nested, shape)
        if _place(found) <= min(_place(fits), len(fits) - 1):
            table, fits = nested, found
    fitting = [candidate for candidate, fit in fits.items() if not fit.missing]
    if not fitting or shape is None and fits[fitting[0]].is_doubtful:
        raise no_match_error(table, shape, fits)
    best = fits[fitting[0]]
    if good_from is not None and fitting[0] is not Shape.FEEDBACK:
        raise InputError("No column holds ratings of the answers.", "Choose the column with the ratings as label.")
    mapping = best.mapping | _labels(table, best.mapping)
    others = [(other, _sentence(other, fits[other])) for other in fitting[1:]]
    unused = unused_paths(columns, head, mapping, best.forms)
    return Detected(
        fitting[0], mapping, _sentence(fitting[0], best), others, unused, best.forms, good_from, best.assistant
    )


def _may_be_nested(fits: dict[Shape, Fit], inner: list[str], asked: dict[str, str]) -> bool:
    """Whether to look inside objects: nothing fits, the best fit is a guess, or a single object holds it all."""
    fitting = [fit for fit in fits.values() if not fit.missing]
    if not fitting or asked:
        return not fitting
    used, *others = set(fitting[0].mapping.values())
    return fitting[0].is_guess or not others and any(name.startswith(f"{used}.") for name in inner)


def _place(fits: dict[Shape, Fit]) -> int:
    """The position of the first shape that fits, in order of `FINDERS`."""
    return next((place for place, fit in enumerate(fits.values()) if not fit.missing), len(fits))


def _fits(table: Table, shape: Shape | None) -> dict[Shape, Fit]:
    """What each allowed shape makes of the columns."""
    chosen = {*table.asked, *table.refused}
    return {
        candidate: finder(table)
        for candidate, finder in FINDERS.items()
        if candidate is shape or shape is None and chosen <= {*ROLES[candidate], *LABELS}
    }


def _check_roles(asked: dict[str, str], shape: Shape | None) -> None:
    """Raises InputError where a role in `asked` does not exist, or no shape has all of them."""
    shapes = [shape] if shape else list(Shape)
    roles = list(dict.fromkeys([role for one in shapes for role in ROLES[one]] + list(LABELS)))
    for role in asked:
        if role not in roles:
            what = f"{shape} data has no role" if shape else "There is no role"
            raise InputError(f"{what[0].upper()}{what[1:]} {role!r}.", f"The roles are: {', '.join(roles)}.")
    if not any(set(asked) <= {*ROLES[one], *LABELS} for one in shapes):
        raise InputError(
            f"No shape of data has all of the roles {', '.join(asked)}.",
            "; ".join(f"{one}: {', '.join(ROLES[one])}" for one in Shape) + ".",
        )


def _check_scale(table: Table, shape: Shape | None) -> None:
    """Raises InputError where the labels are ratings and the user has not said which of them are good."""
    asked = table.asked.get("label")
    rating = [asked] if asked else table.called("label") if shape is Shape.FEEDBACK else []
    if table.good_from is None and len(rating) == 1 and (scale := rating[0].scale):
        low, high = scale
        raise InputError(
            f"Column {rating[0].name!r} holds ratings from {low:g} to {high:g}; it does not say which are good.",
            f"Set the lowest good rating, for example good from {(low + high) / 2 + (high - low) / 4:g}",
        )


def _labels(table: Table, mapping: dict[str, str]) -> dict[str, str]:
    """The columns kept as labels of an example, which no role uses."""
    found = {label: column.name for label, column in table.asked.items() if label in LABELS}
    for label in LABELS:
        free = [column for column in table.called(label) if column.name not in {*mapping.values(), *found.values()}]
        if label == "topic":  # a column of email subjects is not one of topics
            free = [column for column in free if not column.is_all_different]
        exact = [column for column in free if column.plain in {label, *map(plain_name, ALIASES.get(label, ()))}]
        if label not in found and len(exact) == 1:
            found[label] = exact[0].name
    return found


def _sentence(shape: Shape, fit: Fit) -> str:
    *first, last = fit.exact or [""]
    named = f"found columns {', '.join(first)} and {last}" if first else f"found column {last}"
    return f"{MEANING[shape]}: {'; '.join([named] * bool(fit.exact) + fit.notes)}."

"""Finds the shape of a source and which column plays which role: by name, by content, or as the person says."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.data.shapes.columns import Columns, listed
from core.data.shapes.examples import shape_of
from core.data.shapes.fitting import FINDERS, Fit
from core.data.shapes.roles import ALIASES, LABELS, ROLES, SHAPE_COLUMNS, plain_name
from core.data.shapes.unused import unused_paths
from core.errors import InputError
from core.jobs import Shape


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


def stored(columns: Iterable[str]) -> Detected:
    """The columns of a prepared dataset, each of which is what it is called. Raises InputError as `shape_of`."""
    columns = set(columns)
    shape = shape_of(columns)
    known = (*SHAPE_COLUMNS[shape], "system", *LABELS)
    return Detected(shape, {name: name for name in known if name in columns}, "A prepared dataset.", [])


def detect(
    columns: list[str], head: list[dict], shape: Shape | None = None, asked: dict[str, str] | None = None
) -> Detected:
    """What the rows of a source are, given its columns and the values of its first rows.

    `shape` and `asked` (role to column or path; "" for a role that no column has) are what the person says: they come
    before what is found. Raises InputError that names what was found, what is needed and how to map it.
    """
    asked = asked or {}
    _check_roles(asked, shape)
    table = Columns(columns, head, asked)
    fits = _fits(table, shape)
    if (inner := table.inner_names()) and _may_lie_deeper(fits, inner, asked):
        holders = set() if asked else {name.rpartition(".")[0] for name in inner}
        deeper = Columns([*(name for name in columns if name not in holders), *inner], head, asked)
        found = _fits(deeper, shape)
        if any(not fit.missing for fit in found.values()):
            table, fits = deeper, found
    fitting = [candidate for candidate, fit in fits.items() if not fit.missing]
    if not fitting:
        raise _nothing_fits(table, shape, fits)
    best = fits[fitting[0]]
    mapping = best.mapping | _labels(table, best.mapping)
    others = [(other, _sentence(other, fits[other])) for other in fitting[1:]]
    unused = unused_paths(columns, head, mapping)
    return Detected(fitting[0], mapping, _sentence(fitting[0], best), others, unused)


def _may_lie_deeper(fits: dict[Shape, Fit], inner: list[str], asked: dict[str, str]) -> bool:
    """Whether nothing fits, or what does is one column alone: an object that holds all there is (`row.messages`)."""
    fitting = [fit for fit in fits.values() if not fit.missing]
    if not fitting or asked:
        return not fitting
    used, *others = set(fitting[0].mapping.values())
    return not others and any(name.startswith(f"{used}.") for name in inner)


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
            raise InputError(f"{what} {role!r}.".capitalize(), f"The roles are: {', '.join(roles)}.")
    if not any(set(asked) <= {*ROLES[one], *LABELS} for one in shapes):
        raise InputError(
            f"No shape of data has the roles {', '.join(asked)} together.",
            "; ".join(f"{one}: {', '.join(ROLES[one])}" for one in Shape) + ".",
        )


def _labels(table: Columns, mapping: dict[str, str]) -> dict[str, str]:
    """The label columns that no role has taken."""
    found = {label: column.name for label, column in table.asked.items() if label in LABELS}
    for label in LABELS:
        free = [column for column in table.called(label) if column.name not in {*mapping.values(), *found.values()}]
        exact = [column for column in free if column.plain in {label, *map(plain_name, ALIASES.get(label, ()))}]
        if label not in found and len(exact) == 1:
            found[label] = exact[0].name
    return found


# --- In words

_MEANING = {
    Shape.PREFERENCE: "Pairs of a better and a worse answer",
    Shape.FEEDBACK: "Answers judged good or bad",
    Shape.CHAT: "Conversations",
    Shape.INSTRUCTION: "Questions with their answers",
    Shape.TEXT: "Plain text",
}


def _sentence(shape: Shape, fit: Fit) -> str:
    *first, last = fit.exact or [""]
    named = f"columns {', '.join(first)} and {last} are there" if first else f"column {last} is there"
    return f"{_MEANING[shape]}: {'; '.join([named] * bool(fit.exact) + fit.told)}."


def _nothing_fits(table: Columns, shape: Shape | None, fits: dict[Shape, Fit]) -> InputError:
    """Says what is missing for the shape asked for, else for questions and answers, and how to map it."""
    wanted = shape or (Shape.INSTRUCTION if Shape.INSTRUCTION in fits else next(iter(fits)))
    fit = fits[wanted]
    message = f"No column is called {' or '.join(map(repr, fit.missing))}. The columns are: {listed(table.names)}."
    if shape:
        message = f"These are no {_MEANING[shape][0].lower()}{_MEANING[shape][1:]}. {message}"
    spare = [name for name in table.names if name not in fit.mapping.values()]
    if len(spare) < len(fit.missing):
        return InputError(
            f"{message} Each row needs at least a question and an answer." if wanted is Shape.INSTRUCTION else message,
            f"Give a file with {_NEEDED_COLUMNS[wanted]}.",
        )
    maps = " ".join(f"{role}={_guess(role, spare)}" for role in fit.missing)
    return InputError(message, f"Name the columns yourself, for example: --map {maps}")


_NEEDED_COLUMNS = {
    Shape.PREFERENCE: "columns prompt, chosen and rejected",
    Shape.FEEDBACK: "columns prompt, output and label",
    Shape.CHAT: "a column messages",
    Shape.INSTRUCTION: "columns instruction, output and, if needed, input",
    Shape.TEXT: "a column text",
}


def _guess(role: str, spare: list[str]) -> str:
    """A column that may hold `role`, taken out of `spare`."""
    likely = {plain_name(name) for name in (*ALIASES.get(role, ()), "input", "text")}
    guess = next((name for name in spare if plain_name(name) in likely), spare[0])
    spare.remove(guess)
    return f'"{guess}"' if " " in guess else guess

"""Finds which column holds the instruction, the input and the output: by name, by alias, or as the person says."""

from core.errors import InputError

NEEDED = ("instruction", "output")
ROLES = ("instruction", "input", "output")
LABELS = ("topic", "aspect")

_ALIASES = {
    "instruction": ("prompt", "question", "query", "task", "request"),
    "input": ("context", "passage"),
    "output": ("response", "answer", "completion", "target", "reply", "solution"),
    "topic": ("category", "subject"),
    "aspect": (),
}
_NAMES_SHOWN = 12


def map_columns(found: list[str], asked: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The column for each role (`instruction`, `output`, and where there are any `input`, `topic`, `aspect`).

    `found` are the names in the source, `asked` what the person mapped. Case and surrounding space do not matter. An
    alias is taken where it is the only one; the second value tells of each in words. Raises InputError that names what
    was found, what is needed and how to map it.
    """
    by_name: dict[str, list[str]] = {}
    for column in found:
        by_name.setdefault(_plain(column), []).append(column)
    mapped = {role: _asked_column(by_name, role, column) for role, column in asked.items()}
    notes = []
    for role in (*ROLES, *LABELS):
        if role in mapped:
            continue
        free = [name for name in (role, *_ALIASES[role]) if name in by_name and by_name[name][0] not in mapped.values()]
        if role in free:
            mapped[role] = _only(by_name, role)
        elif len(free) == 1:
            mapped[role] = _only(by_name, free[0])
            notes.append(f"column {mapped[role]!r} was taken as {role}")
    missing = [role for role in NEEDED if role not in mapped]
    if missing:
        raise _missing_error(by_name, found, missing, mapped)
    return mapped, notes


def count_known(found: list[str]) -> int:
    """How many of the names are a role or an alias of one: how sure it is that these are names of columns at all."""
    known = {*ROLES, *LABELS, *(alias for aliases in _ALIASES.values() for alias in aliases)}
    return len(known & {_plain(name) for name in found})


def _asked_column(by_name: dict[str, list[str]], role: str, column: str) -> str:
    if _plain(column) not in by_name:
        names = [name for columns in by_name.values() for name in columns]
        raise InputError(
            f"There is no column {column!r} to use as {role}. The columns are: {_listed(names)}.",
            "Map it to one of those columns.",
        )
    return _only(by_name, _plain(column))


def _only(by_name: dict[str, list[str]], name: str) -> str:
    if len(by_name[name]) > 1:
        raise InputError(f"{len(by_name[name])} columns are called {name!r}.", "Give each column a name of its own.")
    return by_name[name][0]


def _missing_error(by_name: dict[str, list[str]], found: list[str], missing: list[str], mapped: dict) -> InputError:
    message = f"No column is called {' or '.join(map(repr, missing))}. The columns are: {_listed(found)}."
    spare = [column for column in found if column not in {mapped.get(role) for role in NEEDED}]
    if by_name.keys() & {"messages", "conversations"}:
        return InputError(
            f"{message} Conversations in chat form are not read yet.",
            "Give a file with one question and one answer a row: columns instruction, output and, if needed, input.",
        )
    if len(spare) < len(missing):
        return InputError(
            f"{message} Each row needs at least a question and an answer.",
            "Give a file with columns instruction, output and, if needed, input.",
        )
    maps = " ".join(f"{role}={_guess(role, by_name, spare)}" for role in missing)
    return InputError(message, f"Name the columns yourself, for example: --map {maps}")


def _guess(role: str, by_name: dict[str, list[str]], spare: list[str]) -> str:
    """A column that may hold `role`, taken out of `spare`."""
    likely = [by_name[alias][0] for alias in (*_ALIASES[role], "input", "text") if alias in by_name]
    guess = next((column for column in likely if column in spare), spare[0])
    spare.remove(guess)
    return f'"{guess}"' if " " in guess else guess


def _listed(names: list[str]) -> str:
    shown = [repr(name if len(name) <= 40 else name[:37] + "…") for name in names[:_NAMES_SHOWN]]
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(shown) + more if shown else "none"


def _plain(name: str) -> str:
    return " ".join(name.strip().lower().replace("_", " ").split())

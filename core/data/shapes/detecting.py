"""Finds the shape of a source and which column plays which role: by name, by content, or as the person says."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.data.shapes.columns import Column, Columns, as_text, listed
from core.data.shapes.roles import ALIASES, INPUT_NAMES, LABELS, PAIRS, ROLES, plain_name
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


@dataclass
class _Fit:
    """What a shape makes of the columns: roles found so far, how, and which needed ones are missing."""

    mapping: dict[str, str] = field(default_factory=dict)
    exact: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def take(self, role: str, column: Column, how: str = "") -> None:
        self.mapping[role] = as_text(column) if role in ("instruction", "input", "output", "text") else column.name
        if how:
            self.told.append(how)
        elif plain_name(column.name) != role:
            self.told.append(f"column {column.name!r} was taken as {role}")
        else:
            self.exact.append(repr(column.name))


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
    fits: dict[Shape, _Fit] = {}
    for candidate, finder in _FINDERS.items():
        allowed = set(asked) <= {*ROLES[candidate], *LABELS}
        if candidate is shape or shape is None and allowed:
            fits[candidate] = finder(table)
    fitting = [candidate for candidate, fit in fits.items() if not fit.missing]
    if not fitting:
        raise _nothing_fits(table, shape, fits)
    best = fits[fitting[0]]
    mapping = best.mapping | _labels(table, best.mapping)
    others = [(other, _sentence(other, fits[other])) for other in fitting[1:]]
    return Detected(fitting[0], mapping, _sentence(fitting[0], best), others)


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


# --- One finder a shape


def _preference(table: Columns) -> _Fit:
    fit = _asked(table)
    for role in ("chosen", "rejected"):
        _take_named(table, fit, role)
    _check(fit, "chosen", "rejected")
    if fit.missing or "messages" in fit.mapping or "instruction" in fit.mapping:
        return _with_prompt_extras(table, fit)
    whole = [column for column in table.chats() if column.name == fit.mapping["chosen"]]
    if whole and whole[0].holds_asked_chats:
        fit.told.append("both hold the whole conversation, so what they have in common is the prompt")
        return _with_prompt_extras(table, fit, prompt=False)
    _find_prompt(table, fit)
    return _with_prompt_extras(table, fit)


def _feedback(table: Columns) -> _Fit:
    fit = _asked(table)
    if "label" not in fit.mapping:
        judging = [column for column in table.called("label") if column.holds_judgements or column.is_unseen]
        if len(judging) == 1:
            fit.take("label", judging[0], f"column {judging[0].name!r} says of each answer whether it is good")
    _check(fit, "label")
    if fit.missing:
        return fit
    _find_prompt(table, fit)
    if "output" not in fit.mapping and not _has_answers(table, fit):
        _take_named(table, fit, "output")
        _check(fit, "output")
    return _with_prompt_extras(table, fit)


def _chat(table: Columns) -> _Fit:
    fit = _asked(table)
    history = table.called("history")
    if "messages" not in fit.mapping and ("history" in fit.mapping or len(history) == 1 and not history[0].is_unseen):
        if "history" not in fit.mapping:
            fit.take("history", history[0], f"column {history[0].name!r} holds the turns before")
        _question_and_answer(table, fit)
        return _with_prompt_extras(table, fit)
    if "messages" not in fit.mapping:
        found = _chat_column(table)
        if found:
            fit.take("messages", found, f"column {found.name!r} holds lists of messages")
    _check(fit, "messages")
    if not fit.missing and "output" not in fit.mapping and not _has_answers(table, fit):
        _take_named(table, fit, "output")
        _check(fit, "output")
    tools = table.called("tools")
    if not fit.missing and "tools" not in fit.mapping and len(tools) == 1:
        fit.take("tools", tools[0], f"column {tools[0].name!r} lists the tools that may be called")
    return _with_prompt_extras(table, fit)


def _instruction(table: Columns) -> _Fit:
    fit = _asked(table)
    _question_and_answer(table, fit)
    return _with_prompt_extras(table, fit)


def _text(table: Columns) -> _Fit:
    fit = _asked(table)
    _take_named(table, fit, "text")
    if "text" not in fit.mapping:
        documents = table.documents()
        if len(documents) == 1:
            fit.take("text", documents[0], f"column {documents[0].name!r} is the only one that holds texts")
    _check(fit, "text")
    return fit


_FINDERS: dict[Shape, Callable[[Columns], _Fit]] = {
    Shape.PREFERENCE: _preference,
    Shape.FEEDBACK: _feedback,
    Shape.CHAT: _chat,
    Shape.INSTRUCTION: _instruction,
    Shape.TEXT: _text,
}
"""Most telling first: the first that fits is taken."""


# --- What finders share


def _asked(table: Columns) -> _Fit:
    fit = _Fit()
    for role, column in table.asked.items():
        if role in LABELS:
            continue
        fit.mapping[role] = column.name
        fit.told.append(f"you said that {column.name!r} is the {role}")
    return fit


def _check(fit: _Fit, *needed: str) -> None:
    fit.missing += [role for role in needed if role not in fit.mapping]


def _free(table: Columns, fit: _Fit, role: str) -> list[Column]:
    return [column for column in table.called(role) if column.name not in fit.mapping.values()]


def _take_named(table: Columns, fit: _Fit, role: str) -> None:
    """Take the column that is called like the role, if there is just one."""
    if role not in fit.mapping and len(found := _free(table, fit, role)) == 1:
        fit.take(role, found[0])


def _chat_column(table: Columns) -> Column | None:
    named = [column for column in table.called("messages") if column.holds_chats or column.is_unseen]
    holding = named or table.chats()
    answered = [column for column in holding if column.holds_answered_chats] or holding
    return answered[0] if len(answered) == 1 else None


def _find_prompt(table: Columns, fit: _Fit) -> None:
    """The question of a pair or of judged feedback: messages, or a column with the question."""
    if "messages" in fit.mapping or "instruction" in fit.mapping:
        return
    used = {fit.mapping[role] for role in fit.mapping}
    named = [column for column in table.called("messages") if column.holds_chats or column.is_unseen]
    asking = [column for column in table.called("instruction") if column.name not in used]
    holding = named or [
        column for column in (*asking, *table.chats()) if column.holds_chats and column.name not in used
    ]
    if holding:
        fit.take("messages", holding[0], f"column {holding[0].name!r} holds the messages that ask")
    elif len(asking) == 1:
        fit.take("instruction", asking[0])
    elif inner := [column for column in table.called("input") if column.plain in INPUT_NAMES]:
        fit.take("instruction", inner[0])
    _check(fit, *([] if "messages" in fit.mapping else ["instruction"]))


def _has_answers(table: Columns, fit: _Fit) -> bool:
    messages = [
        column for column in (*table.chats(), *table.asked.values()) if column.name == fit.mapping.get("messages")
    ]
    seen = [column for column in messages if not column.is_unseen]
    return bool(fit.mapping.get("messages")) and (not seen or seen[0].holds_answered_chats)


def _question_and_answer(table: Columns, fit: _Fit) -> None:
    """`instruction`, `input` and `output`: by name, by names that belong together, then by content."""
    _take_named(table, fit, "instruction")
    _take_named(table, fit, "input")
    _take_named(table, fit, "output")
    asking, answering = _free(table, fit, "instruction"), _free(table, fit, "output")
    if "instruction" not in fit.mapping and "output" not in fit.mapping:
        pairs = [(one, two) for one in asking for two in answering if (one.plain, two.plain) in PAIRS]
    elif "output" not in fit.mapping:
        asked = plain_name(fit.mapping["instruction"])
        pairs = [(None, two) for two in answering if (asked, two.plain) in PAIRS]
    else:
        pairs = [(one, None) for one in asking if (one.plain, plain_name(fit.mapping["output"])) in PAIRS]
    if len(pairs) == 1:
        for role, column in zip(("instruction", "output"), pairs[0], strict=True):
            if column and role not in fit.mapping:
                fit.take(role, column)
    if "instruction" not in fit.mapping and plain_name(fit.mapping.get("input", "")) in INPUT_NAMES:
        fit.mapping["instruction"] = fit.mapping.pop("input")
    if not asking or "instruction" in fit.mapping:
        _by_content(table, fit)
    _check(fit, "instruction", "output")


def _by_content(table: Columns, fit: _Fit) -> None:
    """Where names do not tell: of two columns of text the one that asks, or the only other one."""
    spare = table.spare(set(fit.mapping.values()))
    missing = [role for role in ("instruction", "output") if role not in fit.mapping]
    if len(missing) == 1 and len(spare) == 1 and not table.called(missing[0]):
        fit.take(missing[0], spare[0], f"column {spare[0].name!r}, the only other text, was taken as {missing[0]}")
    elif len(missing) == 2 and len(spare) == 2 and not table.called("text"):
        one, two = spare
        if abs(one.questions - two.questions) > 0.3:
            question = max(spare, key=lambda column: column.questions)
            how = "its texts end with a question mark"
        else:
            question = min(spare, key=lambda column: column.words)
            how = "its texts are the shorter ones"
        answer = two if question is one else one
        fit.take("instruction", question, f"column {question.name!r} was taken as instruction because {how}")
        fit.take("output", answer, f"column {answer.name!r} as output")


def _with_prompt_extras(table: Columns, fit: _Fit, prompt: bool = True) -> _Fit:
    if prompt and "messages" not in fit.mapping and "output" not in fit.mapping:
        _take_named(table, fit, "input")
    if not fit.missing:
        system = [column for column in table.called("system") if column.plain in _SYSTEM_NAMES]
        if "system" not in fit.mapping and len(system) == 1 and system[0].name not in fit.mapping.values():
            fit.take("system", system[0])
    return fit


_SYSTEM_NAMES = frozenset(map(plain_name, ("system", *ALIASES["system"])))


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


def _sentence(shape: Shape, fit: _Fit) -> str:
    *first, last = fit.exact or [""]
    named = f"columns {', '.join(first)} and {last} are there" if first else f"column {last} is there"
    return f"{_MEANING[shape]}: {'; '.join([named] * bool(fit.exact) + fit.told)}."


def _nothing_fits(table: Columns, shape: Shape | None, fits: dict[Shape, _Fit]) -> InputError:
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
            f"Give a file with columns {', '.join(_EXAMPLE_COLUMNS[wanted])}.",
        )
    maps = " ".join(f"{role}={_guess(role, spare)}" for role in fit.missing)
    return InputError(message, f"Name the columns yourself, for example: --map {maps}")


_EXAMPLE_COLUMNS = {
    Shape.PREFERENCE: ("prompt", "chosen", "rejected"),
    Shape.FEEDBACK: ("prompt", "output", "label"),
    Shape.CHAT: ("messages",),
    Shape.INSTRUCTION: ("instruction", "output", "if needed, input"),
    Shape.TEXT: ("text",),
}


def _guess(role: str, spare: list[str]) -> str:
    """A column that may hold `role`, taken out of `spare`."""
    likely = {plain_name(name) for name in (*ALIASES.get(role, ()), "input", "text")}
    guess = next((name for name in spare if plain_name(name) in likely), spare[0])
    spare.remove(guess)
    return f'"{guess}"' if " " in guess else guess

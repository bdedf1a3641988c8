"""What each shape makes of a source's columns: which plays which role, how that is known, and what is missing."""

from collections.abc import Callable

from core.data.shapes.classes import take_class
from core.data.shapes.column import Column
from core.data.shapes.columns import Columns
from core.data.shapes.guessing import take_by_content, take_what_is_asked_about
from core.data.shapes.message_rows import speaking_column, take_turns
from core.data.shapes.versus import surpassed, take_ranked, take_sides
from core.examples.roles import ALIASES, CLASSES, INPUT_NAMES, LABELS, PAIRS, plain_name
from core.examples.texts import Form
from core.specs import Shape

_TEXTS = ("instruction", "input", "output", "text")
_SYSTEM_NAMES = frozenset(map(plain_name, ("system", *ALIASES["system"])))


class Fit:
    """The roles of one shape that were found so far, at first those that the person named."""

    def __init__(self, table: Columns):
        self.table = table
        self.mapping = {role: column.name for role, column in table.asked.items() if role not in LABELS}
        self.told = [f"you said that {name!r} is the {role}" for role, name in self.mapping.items()]
        """How each role is known, in words, but for those whose column bears the role's own name (`exact`)."""
        self.exact: list[str] = []
        self.missing: list[str] = []
        """Needed roles that no column has."""
        self.forms: dict[str, Form] = {}
        """How roles whose column holds lists or objects are written as text."""
        self.assistant: str | None = None
        """Who of the speakers answers, where their names do not tell."""
        self.is_doubtful = False
        """Whether other columns could as well play the role that one was given by what it holds."""
        self.is_guess = False
        """Whether a role was given by what columns hold, where their names say nothing."""
        for role, column in table.asked.items():
            if role in _TEXTS and column.form:
                self._write(role, column)

    def take(self, role: str, column: Column, how: str = "") -> None:
        """Give the role to a column, because of `how`, or else because of its name."""
        self.mapping[role] = column.path_to_text if role in _TEXTS else column.name
        if how:
            self.told.append(how)
        elif plain_name(column.name) != role:
            self.told.append(f"column {column.name!r} was taken as {role}")
        else:
            self.exact.append(repr(column.name))
        is_text = role in _TEXTS or role in ("chosen", "rejected") and column.form is Form.LINES
        if is_text and self.mapping[role] == column.name and column.form and not column.holds_chats:
            self._write(role, column)

    def guess(self, role: str, column: Column, how: str) -> None:
        """Give the role to a column by what it holds."""
        self.is_guess = True
        self.take(role, column, how)

    def _write(self, role: str, column: Column) -> None:
        is_class = column.form is Form.LINES and column.plain in CLASSES
        self.forms[role] = Form.COMMAS if is_class else column.form
        self.told.append(f"column {column.name!r} is written as text, {self.forms[role]}")

    def free(self, role: str, texts: bool = False) -> list[Column]:
        """Columns called like the role that have none; with `texts` only those that hold no conversations."""
        free = [column for column in self.table.called(role) if column.name not in self.mapping.values()]
        free = [column for column in free if not (role == "instruction" and column.names_speakers)]
        return [column for column in free if not (texts and column.holds_chats)]

    def take_named(self, role: str, texts: bool = False) -> None:
        """Take the column that is called like the role, if there is just one."""
        if role not in self.mapping and len(found := self.free(role, texts)) == 1:
            self.take(role, found[0])

    def need(self, *roles: str) -> None:
        """Note which of the roles are missing."""
        self.missing += [role for role in roles if role not in self.mapping]


# --- One finder a shape


def _preference(table: Columns) -> Fit:
    fit = Fit(table)
    if not {"chosen", "rejected", "winner"} & (fit.mapping.keys() | table.refused):
        take_sides(fit)
        take_ranked(fit)
    for role in ("chosen", "rejected"):
        fit.take_named(role)
    fit.need("chosen", "rejected")
    if fit.missing or "messages" in fit.mapping or "instruction" in fit.mapping:
        return _with_prompt_extras(fit)
    whole = [column for column in table.chats() if column.name == fit.mapping["chosen"]]
    if whole and whole[0].holds_asked_chats:
        fit.told.append("both hold the whole conversation, so what they have in common is the prompt")
        return _with_prompt_extras(fit, prompt=False)
    _find_prompt(fit)
    return _with_prompt_extras(fit)


def _feedback(table: Columns) -> Fit:
    fit = Fit(table)
    if "label" not in fit.mapping:
        rates = table.good_from is not None
        judging = [
            column
            for column in table.called("label")
            if column.is_unseen and not table.head or (column.scale if rates else column.holds_judgements)
        ]
        if len(judging) == 1:
            fit.take("label", judging[0], f"column {judging[0].name!r} says of each answer whether it is good")
    if "label" in fit.mapping and table.good_from is not None:
        fit.told.append(f"good are ratings from {table.good_from:g} on")
    fit.need("label")
    if fit.missing:
        return fit
    _find_prompt(fit)
    _take_answer(fit)
    return _with_prompt_extras(fit)


def _chat(table: Columns) -> Fit:
    fit = Fit(table)
    history = table.called("history")
    if "messages" not in fit.mapping and ("history" in fit.mapping or len(history) == 1 and not history[0].is_unseen):
        if "history" not in fit.mapping:
            fit.take("history", history[0], f"column {history[0].name!r} holds the turns before")
        _question_and_answer(fit)
        if not (fit.missing and history and history[0].holds_answered_chats):
            return _with_prompt_extras(fit)
        fit = Fit(table)
    if "messages" not in fit.mapping and (found := _chat_column(table)):
        what = "conversations written as text" if found.holds_transcripts else "lists of messages"
        fit.take("messages", found, f"column {found.name!r} holds {what}")
    if "messages" not in fit.mapping and take_turns(fit):
        return _with_prompt_extras(fit, prompt=False)
    fit.need("messages")
    if not fit.missing:
        _take_answer(fit)
    return _with_prompt_extras(fit)


def _instruction(table: Columns) -> Fit:
    fit = Fit(table)
    _question_and_answer(fit)
    return _with_prompt_extras(fit)


def _text(table: Columns) -> Fit:
    fit = Fit(table)
    if not any(column.is_constant or column.holds_chats for column in table.called("text")):
        fit.take_named("text")
    if "text" not in fit.mapping:
        documents = table.documents()
        if len(documents) == 1:
            fit.is_doubtful = len([one for one in table.spare(set()) if not one.is_title]) > 1 or (
                len(table.all) > 1 and documents[0] in [*table.called("instruction"), *table.called("output")]
            )
            fit.take("text", documents[0], f"column {documents[0].name!r} is the only one that holds texts")
    fit.is_doubtful |= bool(table.loose_messages())
    if speaking := speaking_column(table):
        fit.told.append(
            f"column {speaking!r} says who speaks, but none which messages belong together: "
            "with one such as conversation_id they are read as conversations"
        )
    fit.need("text")
    return fit


FINDERS: dict[Shape, Callable[[Columns], Fit]] = {
    Shape.PREFERENCE: _preference,
    Shape.FEEDBACK: _feedback,
    Shape.CHAT: _chat,
    Shape.INSTRUCTION: _instruction,
    Shape.TEXT: _text,
}
"""Most telling first: the first that fits is taken."""


# --- What finders share


def _chat_column(table: Columns) -> Column | None:
    named = [column for column in table.called("messages") if column.holds_chats or column.is_unseen]
    asking = [column for column in table.called("instruction") if column.holds_chats]
    holding = named or asking or table.chats()
    holding = [column for column in holding if column.holds_asked_chats or column.is_unseen] or holding
    answered = [column for column in holding if column.holds_answered_chats] or holding
    return answered[0] if len(answered) == 1 else None


def _find_prompt(fit: Fit) -> None:
    """The question of a pair or of judged feedback: messages, or a column with the question."""
    if "messages" in fit.mapping or "instruction" in fit.mapping:
        return
    used = set(fit.mapping.values())
    named = [column for column in fit.table.called("messages") if column.holds_chats or column.is_unseen]
    asking = [column for column in fit.table.called("instruction") if column.name not in used]
    holding = named or [
        column for column in (*asking, *fit.table.chats()) if column.holds_chats and column.name not in used
    ]
    if holding:
        fit.take("messages", holding[0], f"column {holding[0].name!r} holds the messages that ask")
    elif len(asking) == 1:
        fit.take("instruction", asking[0])
    elif inner := [column for column in fit.table.called("input") if column.plain in INPUT_NAMES]:
        fit.take("instruction", inner[0])
    if "instruction" in fit.mapping:
        fit.take_named("history")
    fit.need(*([] if "messages" in fit.mapping else ["instruction"]))


def _take_answer(fit: Fit) -> None:
    """The column with the answers: needed where no conversation holds them, welcome where those end with a question."""
    path = fit.mapping.get("messages")
    chats = [column for column in (*fit.table.chats(), *fit.table.asked.values()) if column.name == path]
    seen = [column for column in chats if not column.is_unseen]
    has_answers = bool(path) and (not seen or seen[0].holds_answered_chats)
    if not has_answers or seen and seen[0].holds_open_chats:
        fit.take_named("output")
    if not has_answers:
        fit.need("output")


def _question_and_answer(fit: Fit) -> None:
    """`instruction`, `input` and `output`: by name, by names that belong together, then by content."""
    for role in ("instruction", "input", "output"):
        fit.take_named(role, texts=True)
    asking, answering = fit.free("instruction", texts=True), fit.free("output", texts=True)
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
    if "instruction" not in fit.mapping and set(plain_name(fit.mapping.get("input", "")).split()) & INPUT_NAMES:
        _let_input_ask(fit)
    take_class(fit)
    if not asking or "instruction" in fit.mapping:
        take_by_content(fit)
    if "instruction" not in fit.mapping and "output" in fit.mapping and "input" in fit.mapping:
        _let_input_ask(fit)
    take_what_is_asked_about(fit)
    if "output" not in fit.table.asked and surpassed([column.name for column in fit.table.answers()]):
        fit.mapping.pop("output", None)  # which answer is to be learned is asked of the person
    fit.need("instruction", "output")


def _let_input_ask(fit: Fit) -> None:
    name = fit.mapping["instruction"] = fit.mapping.pop("input")
    if "input" in fit.forms:
        fit.forms["instruction"] = fit.forms.pop("input")
    fit.exact = [exact for exact in fit.exact if exact != repr(name)]
    told = f"column {name!r} was taken as input"
    fit.told = [f"column {name!r} was taken as instruction, as nothing else asks", *(t for t in fit.told if t != told)]


def _with_prompt_extras(fit: Fit, prompt: bool = True) -> Fit:
    if prompt and "messages" not in fit.mapping and "output" not in fit.mapping:
        fit.take_named("input")
    if not fit.missing:
        system = [column for column in fit.table.called("system") if column.plain in _SYSTEM_NAMES]
        if "system" not in fit.mapping and len(system) == 1 and system[0].name not in fit.mapping.values():
            fit.take("system", system[0])
        if fit.mapping.keys() & {"messages", "chosen", "label"}:
            _take_tools(fit)
    return fit


def _take_tools(fit: Fit) -> None:
    tools = fit.table.called("tools")
    if "tools" not in fit.mapping and len(tools) == 1 and tools[0].name not in fit.mapping.values():
        fit.take("tools", tools[0], f"column {tools[0].name!r} lists the tools that may be called")

"""Roles that preference, feedback and chat data share: the prompt, the answer, the system prompt, the tools."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.data.shapes.columns.table import Table
from core.examples.roles import ALIASES, INPUT_NAMES, plain_name

_SYSTEM_NAMES = frozenset(map(plain_name, ("system", *ALIASES["system"])))


def chat_column(table: Table) -> Column | None:
    """The one column with whole conversations: by name first, then the only one in which user and assistant speak."""
    named = [column for column in table.called("messages") if column.holds_chats or column.is_unseen]
    asking = [column for column in table.called("instruction") if column.holds_chats]
    holding = named or asking or table.chats()
    holding = [column for column in holding if column.holds_chats_with_user or column.is_unseen] or holding
    answered = [column for column in holding if column.holds_answered_chats] or holding
    return answered[0] if len(answered) == 1 else None


def take_prompt(fit: Fit) -> None:
    """Find the prompt of preference or feedback data: a column of messages, or one with the question."""
    if "messages" in fit.mapping or "instruction" in fit.mapping:
        return
    used = set(fit.mapping.values())
    named = [column for column in fit.table.called("messages") if column.holds_chats or column.is_unseen]
    asking = [column for column in fit.table.called("instruction") if column.name not in used]
    holding = named or [
        column for column in (*asking, *fit.table.chats()) if column.holds_chats and column.name not in used
    ]
    if holding:
        fit.take("messages", holding[0], f"column {holding[0].name!r} holds the prompt as messages")
    elif len(asking) == 1:
        fit.take("instruction", asking[0])
    elif inner := [column for column in fit.table.called("input") if column.plain in INPUT_NAMES]:
        fit.take("instruction", inner[0])
    if "instruction" in fit.mapping:
        fit.take_named("history")
    fit.need(*([] if "messages" in fit.mapping else ["instruction"]))


def take_answer(fit: Fit) -> None:
    """Find the column of answers: required if the conversations hold none, optional if they end with a question."""
    path = fit.mapping.get("messages")
    chats = [column for column in (*fit.table.chats(), *fit.table.asked.values()) if column.name == path]
    seen = [column for column in chats if not column.is_unseen]
    has_answers = bool(path) and (not seen or seen[0].holds_answered_chats)
    if not has_answers or seen and seen[0].holds_unanswered_chats:
        fit.take_named("output")
    if not has_answers:
        fit.need("output")


def with_prompt_extras(fit: Fit, prompt: bool = True) -> Fit:
    """`fit` with what may accompany a prompt: an input (only with `prompt`), a system prompt, tools."""
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
        fit.take("tools", tools[0], f"column {tools[0].name!r} lists the tools")

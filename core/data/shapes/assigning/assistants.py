"""Which speaker is the assistant, where speakers go by names such as `Anna` or `agent_7`."""

from collections import Counter
from collections.abc import Iterable

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.columns.column import Column
from core.data.shapes.conversation_columns import MESSAGE_ROLES
from core.examples.paths import reader
from core.examples.speakers import role_by_name
from core.examples.texts import text_of


def take_assistant(fit: Fit, role: Column) -> None:
    """Decide which of the unknown speakers in column `role` is the assistant: the user's choice, else by behaviour."""
    unknown = [name for name in dict.fromkeys(map(text_of, role.speakers)) if name and not role_by_name(name)]
    if not unknown:
        return
    read = [reader(fit.mapping[name]) for name in MESSAGE_ROLES]
    said = [tuple(text_of(cell(values)) or "" for cell in read) for values in fit.table.head]
    fit.assistant = fit.table.assistant or _who_answers(said)
    if fit.assistant is None:
        fit.notes.append("all speakers other than the assistant are taken as the user")
    else:
        other = next((name for name in unknown if name != fit.assistant), unknown[0])
        fit.notes.append(
            f"{fit.assistant!r} is taken as the assistant and all others as the user; "
            f'to choose another speaker: assistant="{other}"'
        )


def _who_answers(said: Iterable[tuple[str, str, str]]) -> str | None:
    """The speaker with an unknown name who answers; None if another is named as the assistant.

    That is the only one who speaks in most conversations; else the one who answers most, and opens and asks least.
    """
    talks: dict[str, list[tuple[str, str]]] = {}
    for conversation, name, text in said:
        talks.setdefault(conversation, []).append((name, text))
    names = {name for talk in talks.values() for name, _ in talk if name}
    if any(role_by_name(name) == "assistant" for name in names):
        return None
    unknown = {name for name in names if not role_by_name(name)}
    present = Counter(name for talk in talks.values() for name in {name for name, _ in talk} & unknown)
    everywhere = [name for name, count in present.items() if count > 1 and count * 2 > len(talks)]
    if len(everywhere) == 1:
        return everywhere[0]
    score: Counter[str] = Counter(dict.fromkeys(sorted(everywhere or unknown), 0))
    for talk in talks.values():
        for place, (name, text) in enumerate(talk):
            if name in score:
                score[name] += (-1 if place == 0 else talk[place - 1][0] != name) - text.rstrip().endswith("?")
    return max(score, key=lambda name: score[name])

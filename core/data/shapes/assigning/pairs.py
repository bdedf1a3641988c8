"""Preference pairs in two columns, whose names or a third column (`winner`) say which answer is better."""

from core.data.shapes.assigning.fit import Fit
from core.data.shapes.assigning.pair_names import counterparts, j_and_k, names_winners, opposites


def take_pair(fit: Fit) -> None:
    """Assign a better and a worse answer: by opposite names, or by a column that names the winner."""
    answers = [column.name for column in fit.table.answer_candidates()]
    if len(found := opposites(answers)) == 1:
        for role, name in zip(("chosen", "rejected"), found[0], strict=True):
            fit.take(role, fit.table.column(name))
        return
    for one, two in j_and_k(answers):
        fit.mapping |= {"chosen": one, "rejected": two}
        fit.notes.append(f"{one!r} is the better answer and {two!r} the worse, as in Stack Exchange pairs")
        return
    for one, two in counterparts(answers):
        for column in fit.table.all:
            if column.name not in (one, two) and names_winners(column.name, column.values, one, two):
                fit.mapping |= {"chosen": one, "rejected": two, "winner": column.name}
                fit.notes.append(f"column {column.name!r} says which of {one!r} and {two!r} is better")
                return

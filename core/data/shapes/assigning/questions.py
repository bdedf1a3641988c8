"""Questions and answers in separate columns: `instruction`, `input` and `output`."""

from core.data.shapes.assigning.class_labels import take_class_label
from core.data.shapes.assigning.fit import Fit
from core.data.shapes.assigning.guessing import take_by_content, take_what_is_asked_about
from core.data.shapes.assigning.pair_names import better_and_other
from core.examples.roles import INPUT_NAMES, PAIRS, plain_name


def take_question_and_answer(fit: Fit) -> None:
    """Assign the three roles by name, by pairs of names that go together, then by content."""
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
    take_class_label(fit)
    if not asking or "instruction" in fit.mapping:
        take_by_content(fit)
    if "instruction" not in fit.mapping and "output" in fit.mapping and "input" in fit.mapping:
        _let_input_ask(fit)
    take_what_is_asked_about(fit)
    if "output" not in fit.table.asked and better_and_other([column.name for column in fit.table.answer_candidates()]):
        fit.mapping.pop("output", None)  # the user must say which answer to learn
    fit.need("instruction", "output")


def _let_input_ask(fit: Fit) -> None:
    """Turn the input into the instruction, for sources that have no other question."""
    name = fit.mapping["instruction"] = fit.mapping.pop("input")
    if "input" in fit.forms:
        fit.forms["instruction"] = fit.forms.pop("input")
    fit.exact = [exact for exact in fit.exact if exact != repr(name)]
    as_input = f"column {name!r} was taken as input"
    fit.notes = [
        f"column {name!r} was taken as instruction, as no other column asks",
        *(note for note in fit.notes if note != as_input),
    ]

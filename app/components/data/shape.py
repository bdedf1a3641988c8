"""What the rows of a file are: the shape that was found and why, the others they could be, a column for each role."""

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.components.form import Form
from app.components.frame import show_error
from app.plumbing.inspection import ask
from app.wording.markdown import as_text
from core.errors import CorruptArtifactError, InputError, TunewrightError
from core.specs import Shape

SHAPES = {
    Shape.INSTRUCTION: "Questions and answers",
    Shape.CHAT: "Conversations",
    Shape.PREFERENCE: "Preference pairs",
    Shape.FEEDBACK: "Good or bad answers",
    Shape.TEXT: "Plain text",
}
_PROMPT = {"messages": "Messages", "instruction": "Question", "input": "Context", "history": "Earlier turns"}
_TURN = {"conversation": "Conversation of a message", "role": "Who speaks", "content": "What is said",
         "order": "When it was said"}  # fmt: skip
"""Of tables with one message in each row."""
ROLES = {
    Shape.INSTRUCTION: {"instruction": "Question", "output": "Answer", "input": "Context", "system": "System prompt"},
    Shape.CHAT: _PROMPT | {"output": "Answer", "system": "System prompt", "tools": "Tools"} | _TURN,
    Shape.PREFERENCE: _PROMPT
    | {
        "chosen": "Better answer",
        "rejected": "Worse answer",
        "winner": "Which is better",
        "system": "System prompt",
        "tools": "Tools",
    },
    Shape.FEEDBACK: _PROMPT | {"output": "Answer", "label": "Good or bad", "system": "System prompt", "tools": "Tools"},
    Shape.TEXT: {"text": "Text"},
}
"""What a column can be in each shape, in words."""
_LABELS = {"topic": "Topic", "source": "Document", "tags": "Tags"}
_NONE = "–"
_PATHS_OFFERED = 200


@dataclass(frozen=True)
class Mapped:
    """A shape with its mapping of roles to columns that fits the file, and the columns that the file has."""

    shape: str
    column_map: dict[str, str]
    columns: list[str]
    good_from: float | None = None
    """Of answers rated on a scale, the rating from which on one is good."""


def shape_view(form: Form, path: str, title: str) -> Mapped | None:
    """Show what a file is and let the person correct it; None while something needed is not mapped.

    Raises InputError or CorruptArtifactError for a file that cannot be read, which it calls by its title.
    """
    st.header(as_text(title), anchor=False)
    try:
        with st.spinner("Looking into the file …"):
            seen = _asked("look", path)
        return _corrected(form, path, seen, _found(path))
    except TunewrightError as error:
        name = Path(path).name
        told = type(error)(error.message.replace(name, title), error.remedy.replace(name, title))
        if isinstance(error, (InputError, CorruptArtifactError)):
            raise told from error
        show_error(told)
        return None


def _corrected(form: Form, path: str, seen: dict, found: dict | None) -> Mapped | None:
    shape = _choose_shape(form, path, found)
    if shape is None:
        return None
    good_from = _choose_good_from(form, path) if shape == Shape.FEEDBACK else None
    mapping = _choose_columns(form, path, shape, seen, _mapping(path, shape, found, good_from))
    try:
        fits = _asked("shapes", path, shape, tuple(sorted(mapping.items())), good_from)
    except InputError as error:
        if mapping or found:
            st.warning(f"{as_text(error.message)} {as_text(error.remedy)}", icon=":material/view_column:")
        return None
    for note in [*seen["notes"], *fits["notes"]]:
        st.info(as_text(note), icon=":material/info:")
    if fits["unused"]:
        named = ", ".join(map(repr, fits["unused"]))
        st.info(f"Not used: {as_text(named)}\\. Choose a column above to use it\\.", icon=":material/view_column:")
    return Mapped(fits["shape"], mapping, fits["columns"], good_from)


def _found(path: str) -> dict | None:
    try:
        return _asked("shapes", path)
    except InputError as error:
        st.info(
            f"{as_text(error.message)} Say below what the rows are, and which column is which\\.",
            icon=":material/view_column:",
        )
        return None


def _choose_shape(form: Form, path: str, found: dict | None) -> str | None:
    offered = [one["shape"] for one in ([found, *found["others"]] if found else [])]
    chosen = st.segmented_control(
        "What the rows are",
        [*offered, *(shape for shape in SHAPES if shape not in offered)],
        required=bool(found),
        format_func=lambda shape: SHAPES[Shape(shape)],
        **form.keeps(f"shape-{path}", found["shape"] if found else None),
    )
    reasons = {one["shape"]: one["reason"] for one in ([found, *found["others"]] if found else [])}
    if chosen in reasons:
        told = _in_labels(reasons[chosen], Shape(chosen))
        st.caption(f"{'Found' if chosen == found['shape'] else 'Possible'}: {as_text(told)}")
    return chosen


def _in_labels(reason: str, shape: Shape) -> str:
    """The reason with each role called as the label over its column is."""
    labels = ROLES[shape] | _LABELS
    return re.sub(r"(?<= was taken as )\w+", lambda role: labels.get(role[0], role[0]), reason)


def _mapping(path: str, shape: str, found: dict | None, good_from: float | None) -> dict[str, str]:
    """What each role of `shape` is taken from when nobody says so."""
    if found and found["shape"] == shape:
        return found["mapping"]
    try:
        return _asked("shapes", path, shape, good_from=good_from)["mapping"]
    except InputError:
        return {}


def _choose_columns(form: Form, path: str, shape: str, seen: dict, mapping: dict[str, str]) -> dict[str, str]:
    options = [_NONE, *_paths(seen)]
    options += [column for column in mapping.values() if column not in options]
    roles = ROLES[Shape(shape)] | _LABELS
    places = st.columns(4)
    chosen = {}
    suffix = "" if mapping else "-asked"  # what is found later is chosen all the same
    for number, (role, words) in enumerate(roles.items()):
        default = mapping.get(role, _NONE)
        column = places[number % 4].selectbox(
            words,
            options,
            help=f"The column that holds this; called {role} in the dataset.",
            **form.keeps(f"role-{path}-{shape}-{role}{suffix}", default, options),
        )
        if column != _NONE:
            chosen[role] = column
        elif default != _NONE:
            chosen[role] = ""  # found, but the person says that no column has it
    if chosen.get("role"):
        name = places[len(roles) % 4].text_input(
            "Who answers",
            help="The name of the speaker who is the assistant, where the names do not tell.",
            **form.keeps(f"assistant-{path}", ""),
        )
        chosen |= {"assistant": name} if name else {}
    return chosen


def _choose_good_from(form: Form, path: str) -> float | None:
    return st.number_input(
        "Good from, where answers are rated",
        value=None,
        placeholder="such as 4 of 1 to 5",
        help="The rating from which on an answer is good. Leave it empty where the column says good or bad itself.",
        width=300,
        **form.keeps(f"good-from-{path}"),
    )


def _paths(seen: dict) -> list[str]:
    """The columns of a file and, where their values are nested, the paths into them."""
    paths = dict.fromkeys(seen["columns"])
    for values in seen["head"]:
        for column, value in values.items():
            paths |= dict.fromkeys(_inside(value, column))
    return list(paths)[:_PATHS_OFFERED]


def _inside(value: object, path: str) -> list[str]:
    if isinstance(value, dict):
        return [path, *(deeper for name, inner in value.items() for deeper in _inside(inner, f"{path}.{name}"))]
    if isinstance(value, list) and value:
        return [path, *_inside(value[0], f"{path}[0]")]
    return [path]


@st.cache_data(max_entries=50, show_spinner=False)
def _asked(call: str, path: str, shape: str | None = None, mapping: tuple = (), good_from: float | None = None) -> dict:
    if call == "look":
        return ask("look", path=path)
    return ask("shapes", path=path, shape=shape, column_map=dict(mapping), good_from=good_from)

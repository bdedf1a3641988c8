"""What the rows of a file are: the shape that was found and why, the others they could be, a column for each role."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.components.data.columns import SHAPES, choose_columns, in_labels
from app.components.errors import show_error
from app.components.form import Form
from app.plumbing.inspection import ask
from app.wording.markdown import as_text
from core.errors import CorruptArtifactError, InputError, TunewrightError
from core.specs import Shape


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
    mapping = choose_columns(form, path, shape, seen, _mapping(path, shape, found, good_from))
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
        told = in_labels(reasons[chosen], Shape(chosen))
        st.caption(f"{'Found' if chosen == found['shape'] else 'Possible'}: {as_text(told)}")
    return chosen


def _mapping(path: str, shape: str, found: dict | None, good_from: float | None) -> dict[str, str]:
    """What each role of `shape` is taken from when nobody says so."""
    if found and found["shape"] == shape:
        return found["mapping"]
    try:
        return _asked("shapes", path, shape, good_from=good_from)["mapping"]
    except InputError:
        return {}


def _choose_good_from(form: Form, path: str) -> float | None:
    return st.number_input(
        "Good from, where answers are rated",
        value=None,
        placeholder="such as 4 of 1 to 5",
        help="The rating from which on an answer is good. Leave it empty where the column says good or bad itself.",
        width=300,
        **form.keeps(f"good-from-{path}"),
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _asked(call: str, path: str, shape: str | None = None, mapping: tuple = (), good_from: float | None = None) -> dict:
    if call == "look":
        return ask("look", path=path)
    return ask("shapes", path=path, shape=shape, column_map=dict(mapping), good_from=good_from)

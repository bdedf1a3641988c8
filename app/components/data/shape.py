"""The shape of a file's rows: the one detected and why, the alternatives, and the column of each role."""

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
    """A shape and a mapping of roles to columns that fit the file, and all its columns."""

    shape: str
    column_map: dict[str, str]
    columns: list[str]
    good_from: float | None = None
    """For answers rated on a scale: the lowest rating that counts as good."""


def shape_view(form: Form, path: str, title: str) -> Mapped | None:
    """Draw what a file was detected as, to be corrected; None while a needed role has no column.

    Raises InputError or CorruptArtifactError, with the title in the message, for an unreadable file.
    """
    st.header(as_text(title), anchor=False)
    try:
        with st.spinner("Reading the file …"):
            seen = _asked("look", path)
        return _corrected(form, path, seen, _found(path))
    except TunewrightError as error:
        name = Path(path).name
        titled = type(error)(error.message.replace(name, title), error.remedy.replace(name, title))
        if isinstance(error, (InputError, CorruptArtifactError)):
            raise titled from error
        show_error(titled)
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
        st.info(f"Not used: {as_text(named)}\\. Assign a column above to use it\\.", icon=":material/view_column:")
    return Mapped(fits["shape"], mapping, fits["columns"], good_from)


def _found(path: str) -> dict | None:
    try:
        return _asked("shapes", path)
    except InputError as error:
        st.info(
            f"{as_text(error.message)} Choose below what the rows are, and assign the columns\\.",
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
        **form.bind(f"shape-{path}", found["shape"] if found else None),
    )
    reasons = {one["shape"]: one["reason"] for one in ([found, *found["others"]] if found else [])}
    if chosen in reasons:
        reason = in_labels(reasons[chosen], Shape(chosen))
        st.caption(f"{'Detected' if chosen == found['shape'] else 'Possible'}: {as_text(reason)}")
    return chosen


def _mapping(path: str, shape: str, found: dict | None, good_from: float | None) -> dict[str, str]:
    """The detected column of each role of `shape`."""
    if found and found["shape"] == shape:
        return found["mapping"]
    try:
        return _asked("shapes", path, shape, good_from=good_from)["mapping"]
    except InputError:
        return {}


def _choose_good_from(form: Form, path: str) -> float | None:
    return st.number_input(
        "Good from, for rated answers",
        value=None,
        placeholder="such as 4 on a scale of 1 to 5",
        help="The lowest rating of a good answer. Leave it empty if the column already says good or bad.",
        width=300,
        **form.bind(f"good-from-{path}"),
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _asked(call: str, path: str, shape: str | None = None, mapping: tuple = (), good_from: float | None = None) -> dict:
    if call == "look":
        return ask("look", path=path)
    return ask("shapes", path=path, shape=shape, column_map=dict(mapping), good_from=good_from)

"""A page's form: inputs are stored as they are typed, and problems are shown at their field."""

from collections.abc import Callable

import streamlit as st

from app.components.before_start import before_start
from app.components.errors import showing_errors
from app.components.validation import default_of, is_whole, why_no_name, why_not
from app.components.vocabulary import JobKind
from app.jobs.forecast import Forecast
from app.plumbing.browser_cookie import COOKIE
from app.plumbing.drafts import delete_draft, read_draft, store_draft
from app.wording.markdown import as_text
from core.errors import UnavailableError


class Form:
    """The inputs before a job of `kind` starts, or before something that is not a job.

    Only changed inputs are stored, in the database, by page and browser; the rest follow from the other choices.
    """

    def __init__(self, page: str, kind: JobKind | None = None):
        self.kind = kind
        self.problems: list[str] = []
        """Why the form cannot be submitted as it is."""
        self._page = page
        kept = f"typed-{page}"
        if kept not in st.session_state:
            st.session_state[kept] = read_draft(this_browser(), page)
        self.typed: dict = st.session_state[kept]
        """The changed inputs, by name."""

    def bind(self, name: str, default: object = None, among: object = None) -> dict:
        """The arguments that bind a widget to its stored value, else to `default`; give it no value of its own.

        A stored value that is no longer `among` the options is ignored.
        """
        key = f"{self._page}-{name}"
        value = self.typed.get(name, default)
        if among is not None and not _is_among(value, among):
            value = default
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        return {"key": key, "on_change": self._keep, "args": (name, key)}

    def current(self, name: str, default: object = None) -> object:
        """The stored value, else the one shown in this session: a form must not change while it is open."""
        return self.typed.get(name, st.session_state.get(f"{self._page}-{name}", default))

    def start_at(self, name: str, asked: object) -> None:
        """Start at what the address names; choosing something else removes it from the address."""
        if asked is not None:
            self.typed[name] = asked

    def _keep(self, name: str, key: str) -> None:
        self.keep(name, st.session_state[key])
        st.query_params.pop(name, None)

    def keep(self, name: str, value: object) -> None:
        """Store an input."""
        self.fill({name: value})

    def fill(self, values: dict[str, object]) -> None:
        """Store several inputs, as if they had been typed."""
        self.typed |= values
        with showing_errors():
            store_draft(this_browser(), self._page, **values)

    def number(self, place, field: str, label: str, default=..., step=None, typed_as: str | None = None, **options):
        """A number input for a field of the spec, checked against its limits; `default` is the spec's if not given."""
        default = default_of(self.kind, field) if default is ... else default
        whole = is_whole(self.kind, field)
        default = default if whole or default is None else float(default)
        if default is None:
            options["value"] = None  # the input can be emptied again
        value = place.number_input(
            label,
            step=step or (1 if whole else default / 10 if default else 0.05),
            format=None if whole else "%g",
            **options,
            **self.bind(typed_as or field, default),
        )
        if problem := why_not(self.kind, field, value):
            self.reject(place, f"{label.partition(',')[0]} {problem}.")
        return value

    def name(self, place=st) -> dict[str, str]:
        """The name input as {"name": …}; empty if the name is chosen automatically."""
        name = place.text_input("Name", placeholder="chosen automatically", **self.bind("name", "")).strip()
        if problem := why_no_name(name, self.kind):
            self.reject(place, problem)
        return {"name": name} if name else {}

    def reject(self, place, problem: str) -> None:
        """Show a problem at its field; it blocks submitting."""
        self.problems.append(problem)
        place.error(as_text(problem), icon=":material/error:")

    def check_exists(self, place, what: str, named: str, why_not: Callable[[str], str | None]) -> bool:
        """Whether the `what` that was named exists; shows at the field why not, or that it could not be checked."""
        problem, unasked = _asked(what, named, why_not)
        if problem:
            self.reject(place, problem)
        if unasked:
            place.caption(f":material/cloud_off: {as_text(unasked)}")
        return not problem

    def submit_button(
        self,
        label: str,
        icon: str,
        forecast: Callable[[], Forecast],
        missing: str | None = None,
        place=st.bottom,
    ) -> bool:
        """Draw the submit button at the foot of the page, and return whether it was pressed.

        Beside it is the forecast or, if disabled, what is missing. Pass `place` if a next step is at the foot already.
        """
        why = missing or next(iter(self.problems), None)
        with place.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(label, type="primary", icon=icon, disabled=bool(why), help=why)
            if why:
                st.caption(f"Not yet: {as_text(why)}")
            else:
                before_start(self.kind, forecast())
        return pressed and not why

    def clear(self) -> None:
        """Discard the stored inputs after submitting."""
        self.typed.clear()
        delete_draft(this_browser(), self._page)


def this_browser() -> str | None:
    """The browser's token, from its cookie."""
    return st.context.cookies.to_dict().get(COOKIE)


@st.cache_data(ttl=60, max_entries=100, show_spinner=False)
def _asked(what: str, named: str, _why_not: Callable[[str], str | None]) -> tuple[str | None, str | None]:
    """Why what was named does not exist, and why that could not be checked; cached across reruns."""
    try:
        return _why_not(named), None
    except UnavailableError as error:
        return None, f"{error.message} {error.remedy}"


def _is_among(value: object, among: object) -> bool:
    return all(one in among for one in value) if isinstance(value, list) else value in among

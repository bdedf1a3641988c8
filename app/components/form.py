"""A page's form: what is typed into it is kept as it is typed, and what cannot be is told at its field."""

from collections.abc import Callable

import streamlit as st

from app.components.before_start import before_start
from app.components.errors import showing_errors
from app.components.validation import default_of, is_whole, why_no_name, why_not
from app.components.vocabulary import JobKind
from app.jobs.forecast import Forecast
from app.plumbing.browser_cookie import COOKIE
from app.plumbing.drafts import forget_typed, keep_typed, typed
from app.wording.markdown import as_text
from core.errors import UnavailableError


class Form:
    """What a page asks for before a job of `kind` starts, or something that is no job.

    Only what the person changed is kept, in the database, by page and browser: the rest follows from what was chosen.
    """

    def __init__(self, page: str, kind: JobKind | None = None):
        self.kind = kind
        self.problems: list[str] = []
        """Why it cannot be asked for as it stands, in words."""
        self._page = page
        kept = f"typed-{page}"
        if kept not in st.session_state:
            st.session_state[kept] = typed(this_browser(), page)
        self.typed: dict = st.session_state[kept]
        """What the person has changed, by its name."""

    def keeps(self, name: str, default: object = None, among: object = None) -> dict:
        """What a widget needs to stand at what was typed, else at `default`: it is given no value of its own.

        What is no longer `among` the choices counts as not typed.
        """
        key = f"{self._page}-{name}"
        value = self.typed.get(name, default)
        if among is not None and not _is_among(value, among):
            value = default
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        return {"key": key, "on_change": self._keep, "args": (name, key)}

    def stands_at(self, name: str, default: object = None) -> object:
        """What was typed or, on this visit, stood there; a form must not change under whoever looks at it."""
        return self.typed.get(name, st.session_state.get(f"{self._page}-{name}", default))

    def follows(self, name: str, asked: object) -> None:
        """Begin at what the address names, as long as it does: whoever chooses otherwise takes it out of there."""
        if asked is not None:
            self.typed[name] = asked

    def _keep(self, name: str, key: str) -> None:
        self.keep(name, st.session_state[key])
        st.query_params.pop(name, None)

    def keep(self, name: str, value: object) -> None:
        """Keep what was typed, or given in another way."""
        self.typed[name] = value
        with showing_errors():
            keep_typed(this_browser(), self._page, **{name: value})

    def number(self, place, field: str, label: str, default=..., step=None, typed_as: str | None = None, **options):
        """A number of the spec, checked by the spec's own limits; `default` is the spec's when none is given."""
        default = default_of(self.kind, field) if default is ... else default
        whole = is_whole(self.kind, field)
        default = default if whole or default is None else float(default)
        if default is None:
            options["value"] = None  # it can be emptied again
        value = place.number_input(
            label,
            step=step or (1 if whole else default / 10 if default else 0.05),
            format=None if whole else "%g",
            **options,
            **self.keeps(typed_as or field, default),
        )
        if problem := why_not(self.kind, field, value):
            self.refuse(place, f"{label.partition(',')[0]} {problem}.")
        return value

    def name(self, place=st) -> dict[str, str]:
        """The name to give what is made; empty for one that is chosen by itself."""
        name = place.text_input("Name", placeholder="chosen by itself", **self.keeps("name", "")).strip()
        if problem := why_no_name(name, self.kind):
            self.refuse(place, problem)
        return {"name": name} if name else {}

    def refuse(self, place, problem: str) -> None:
        """Say at a field what is wrong with it; nothing can be started until it is right."""
        self.problems.append(problem)
        place.error(as_text(problem), icon=":material/error:")

    def finds(self, place, named: str, why_not: Callable[[str], str | None]) -> bool:
        """Whether what was named can be had; why not, or that nobody can say now, is told at its field."""
        problem, unasked = _asked(why_not.__name__, named, why_not)
        if problem:
            self.refuse(place, problem)
        if unasked:
            place.caption(f":material/cloud_off: {as_text(unasked)}")
        return not problem

    def asks(
        self,
        label: str,
        icon: str,
        forecast: Callable[[], Forecast],
        missing: str | None = None,
        place=st.bottom,
    ) -> bool:
        """The button that starts it, in view however long the form is: with how long it will take, or, disabled, with
        what is missing or wrong. `place` is another one where the page has a next step at its foot."""
        why = missing or next(iter(self.problems), None)
        with place.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(label, type="primary", icon=icon, disabled=bool(why), help=why)
            if why:
                st.caption(f"Not yet: {as_text(why)}")
            else:
                before_start(self.kind, forecast())
        return pressed and not why

    def done(self) -> None:
        """It was asked for: what was typed is forgotten."""
        self.typed.clear()
        forget_typed(this_browser(), self._page)


def this_browser() -> str | None:
    """The token of the cookie that the browser shows."""
    return st.context.cookies.to_dict().get(COOKIE)


@st.cache_data(ttl=60, max_entries=100, show_spinner=False)
def _asked(what: str, named: str, _why_not: Callable[[str], str | None]) -> tuple[str | None, str | None]:
    """Why what was named cannot be had, and why that is not known; not asked at every redraw of the page."""
    try:
        return _why_not(named), None
    except UnavailableError as error:
        return None, f"{error.message} {error.remedy}"


def _is_among(value: object, among: object) -> bool:
    return all(one in among for one in value) if isinstance(value, list) else value in among

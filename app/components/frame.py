"""What every page shares: its place in the navigation, the same top, and the state of what runs now."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.delete_button import offer_undo
from app.components.navigation import job_link
from app.components.status import fraction_done, progress_text
from app.jobs.queries import job, jobs
from app.wording.markdown import as_text, cut_middle
from app.wording.names import job_title
from core.specs import JobState


def page_top(
    title: str,
    purpose: str,
    shown_job: str | None = None,
    shows: Callable[[], object] = lambda: None,
    thing: str | None = None,
) -> None:
    """Draw the top of a page: its title, what it is for, and in the sidebar what runs now (but for the job the page
    itself shows).

    `shows` looks up, for little, what the page shows of things that change elsewhere. The page is drawn anew once it
    finds something else, so that nothing on the page need be redrawn while it finds the same. `thing` is the name of
    what the page shows, for the browser's tab; unasked it is the job's.
    """
    thing = thing or (job_title(job(shown_job)) if shown_job else None)
    tab_title(title, thing)
    st.title(title, anchor=False)
    st.caption(purpose)
    offer_undo()
    with st.container(key="running-line"):
        line = st.empty()
    with st.sidebar:
        running_now(shown_job, shows, shows(), line)


def tab_title(page: str, thing: str | None) -> None:
    """Call the browser's tab after the page, and after the one thing that it shows."""
    st.set_page_config(page_title=" · ".join([*([thing] if thing else []), page, "Tunewright"]))


def thing_top(title: str, all_of_them: str, slug: str) -> None:
    """Draw the name of the one thing that the page `slug` shows, and the way back to its list."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(as_text(title), anchor=False)
        st.page_link(f"pages/{slug}.py", label=all_of_them, icon=":material/arrow_back:")


@st.fragment(run_every=2)
def running_now(shown_job: str | None, shows: Callable[[], object], drawn: object, line: DeltaGenerator) -> None:
    """The jobs that run now, beside every page, each with the way to it and how far it is; in `line` the newest of
    them, for screens so narrow that the sidebar is closed.

    This is the only thing that is redrawn on a page where nothing goes on.
    """
    if shows() != drawn:
        st.rerun()
    running = [going for going in jobs(state=JobState.RUNNING, limit=4) if going.id != shown_job]
    for going in running:
        job_link(st, going, f"{going.kind} · {as_text(cut_middle(job_title(going), 28))}")
        st.progress(fraction_done(going), text=progress_text(going))
    if running:
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        job_link(line, running[0], f"{running[0].kind} · {fraction_done(running[0]):.0%}{more}")
    else:
        line.empty()

"""The frame of every page: its header, the browser tab's title, and the running jobs in the sidebar."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.actor import actor
from app.components.delete_button import offer_undo
from app.components.navigation import job_link
from app.components.status import fraction_done, progress_text
from app.jobs.queries import job, jobs
from app.wording.markdown import as_text, cut_middle
from app.wording.names import job_title
from core.specs import JobState


def page_header(
    title: str,
    purpose: str,
    shown_job: str | None = None,
    shows: Callable[[], object] = lambda: None,
    thing: str | None = None,
) -> None:
    """Draw a page's title and purpose, and in the sidebar the running jobs, except the one the page shows.

    `shows` is a cheap query for what the page shows of things that change elsewhere; when its result changes, the page
    is redrawn, so nothing else needs to poll. `thing` names what is shown, for the browser tab; by default the job.
    """
    thing = thing or (job_title(job(actor(), shown_job)) if shown_job else None)
    tab_title(title, thing)
    st.title(title, anchor=False)
    st.caption(purpose)
    offer_undo()
    with st.container(key="running-line"):
        line = st.empty()
    with st.sidebar:
        running_now(shown_job, shows, shows(), line)


def tab_title(page: str, thing: str | None) -> None:
    """Title the browser tab after the page and the thing it shows."""
    st.set_page_config(page_title=" · ".join([*([thing] if thing else []), page, "Tunewright"]))


def item_header(title: str, all_of_them: str, slug: str) -> None:
    """Draw the name of the thing shown on page `slug`, with a link back to its list."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(as_text(title), anchor=False)
        st.page_link(f"pages/{slug}.py", label=all_of_them, icon=":material/arrow_back:")


@st.fragment(run_every=2)
def running_now(shown_job: str | None, shows: Callable[[], object], drawn: object, line: DeltaGenerator) -> None:
    """Draw the running jobs in the sidebar, each with a link and its progress; the newest also in `line`, for screens
    so narrow that the sidebar is closed.

    On a page where nothing changes, this fragment is the only thing that is redrawn.
    """
    if shows() != drawn:
        st.rerun()
    running = [going for going in jobs(actor(), state=JobState.RUNNING, limit=4) if going.id != shown_job]
    for going in running:
        job_link(st, going, f"{going.kind} · {as_text(cut_middle(job_title(going), 28))}")
        st.progress(fraction_done(going), text=progress_text(going))
    if running:
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        job_link(line, running[0], f"{running[0].kind} · {fraction_done(running[0]):.0%}{more}")
    else:
        line.empty()

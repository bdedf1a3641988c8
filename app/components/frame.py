"""What every page shares: its place in the navigation, the same top, and the state of what runs now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.status import fraction_done, progress_text
from app.disk.trash import deleted, undo
from app.jobs.queries import job, jobs
from app.next_steps import NextStep
from app.wording.markdown import as_text, cut_middle
from app.wording.names import job_title
from core.errors import TunewrightError
from core.specs import JobKind, JobState
from storage.rows import Job

JUST_DELETED = "just-deleted"
"""Session key: (id in the trash, words) of what was deleted last, while its undoing is offered."""
ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class PageEntry:
    """One page: its file under `pages/` (also its address), its title, a Material icon."""

    slug: str
    title: str
    icon: str
    default: bool = False


SECTIONS: dict[str, tuple[PageEntry, ...]] = {
    "": (PageEntry("overview", "Overview", ":material/home:", default=True),),
    "Build": (
        PageEntry("data", "Data", ":material/table_rows:"),
        PageEntry("train", "Train", ":material/model_training:"),
        PageEntry("runs", "Runs", ":material/monitoring:"),
    ),
    "Prove": (
        PageEntry("evaluate", "Evaluate", ":material/fact_check:"),
        PageEntry("export", "Export", ":material/compress:"),
    ),
    "Use": (
        PageEntry("chat", "Chat", ":material/forum:"),
        PageEntry("serve", "Serve", ":material/dns:"),
    ),
    "Studio": (PageEntry("settings", "Settings", ":material/tune:"),),
}

PLACES = {
    JobKind.PREPARE: "data",
    JobKind.SYNTHESIZE: "data",
    JobKind.TRAIN: "runs",
    JobKind.EVALUATE: "evaluate",
    JobKind.EXPORT: "export",
    JobKind.BENCHMARK: "evaluate",
}
"""The page on which a job of each kind is looked at."""


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
    _undo_offer()
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


def _undo_offer() -> None:
    """What was deleted last, and the button that brings it back, as long as that can be."""
    trash_id, words = st.session_state.get(JUST_DELETED, (None, ""))
    if not trash_id or all(one.id != trash_id for one in deleted()):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: {words}")
        undone = st.button("Undo", icon=":material/undo:", key="undo-deletion")
        left = st.button("Leave it deleted", icon=":material/check:", key="leave-deleted")
    with telling_errors():
        if undone:
            undo(trash_id)
        if undone or left:
            del st.session_state[JUST_DELETED]
            st.rerun()


def next_step(label: str, slug: str, **query: str) -> None:
    """The button that leads to the next step of the work, in view at the foot of the page however long that is."""
    next_steps(NextStep(label, slug, query, ""))


def next_steps(main: NextStep, *quiet: NextStep, proved: bool = True) -> None:
    """The same with what is possible besides, quietly, and why it is no more than that.

    What is not `proved` to be worth doing is quiet even where it is the only step.
    """
    with st.bottom.container(horizontal=True, vertical_alignment="center"):
        for step in (main, *quiet):
            kind = "primary" if step is main and proved else "secondary"
            icon, key = ":material/arrow_forward:", f"next-{step.page}"
            if st.button(as_text(step.label), type=kind, icon=icon, key=key):
                st.switch_page(f"pages/{step.page}.py", query_params=step.query)
        if why := (*quiet, main)[0].why:
            st.caption(as_text(why))


@contextmanager
def telling_errors(place=st) -> Iterator[None]:
    """Show an expected failure of the body to the person instead of raising it; what they typed stays on screen."""
    try:
        yield
    except TunewrightError as error:
        show_error(error, place)


def show_error(error: TunewrightError, place=st) -> None:
    """An expected failure, in words: what happened and what to do about it."""
    place.error(f"{as_text(error.message)}\n\n{as_text(error.remedy)}".strip(), icon=":material/error:")


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


def job_link(place, going: Job, label: str) -> None:
    """The way to a job that runs."""
    place.page_link(
        f"pages/{PLACES[going.kind]}.py",
        label=label,
        icon=":material/play_circle:",
        query_params=job_query(going),
    )


def job_query(job: Job) -> dict[str, str]:
    """What names a job in the address of its page."""
    return {"run" if job.kind == JobKind.TRAIN else "job": job.id}

"""Recent jobs, newest first: those that ended since the last visit, then the rest, each with its verdict."""

from collections.abc import Iterable

import streamlit as st

from app.components.actor import actor
from app.components.form import this_browser
from app.components.navigation import PLACES, job_query
from app.components.status import chip, progress_text, state_word
from app.components.vocabulary import JobState
from app.evaluation.evidence import verdict_on
from app.jobs.queries import jobs
from app.last_visit import ended_since, last_visit
from app.wording.markdown import as_text, cut_middle
from app.wording.names import job_title
from app.wording.times import ago_text, exact_time
from storage.rows import Job

LATEST = 8
_NEWS = 5
_WIDTHS = [0.28, 0.28, 0.3, 0.14]


def news() -> list[Job]:
    """Draw and return the jobs that ended since the last visit; none on a first visit."""
    before_at = last_visit(this_browser())
    ended = ended_since(actor(), before_at)[:_NEWS] if before_at else []
    _rows(f"Since your last visit, {ago_text(before_at)}", ended, exact_time(before_at), in_words=True)
    return ended


def latest_work(but: Iterable[Job]) -> None:
    """Draw the latest jobs, except those in `but`."""
    shown = {job.id for job in but}
    _rows("Recent work", [job for job in jobs(actor(), limit=LATEST) if job.id not in shown])


def _rows(title: str, of_them: list[Job], hover: str | None = None, in_words: bool = False) -> None:
    if of_them:
        st.header(title, anchor=False, help=hover)
    for job in of_them:
        _row(job, in_words)


def _row(job: Job, in_words: bool) -> None:
    """Draw one job. Verdicts are spelled out (`in_words`) for news only."""
    name, state, says, when = st.columns(_WIDTHS, vertical_alignment="center")
    with name:
        st.page_link(
            f"pages/{PLACES[job.kind]}.py",
            label=f"{job.kind} · {as_text(cut_middle(job_title(job), 48))}",
            query_params=job_query(job),
        )
    verdict = verdict_on(actor(), job)
    with state, st.container(horizontal=True):
        chip(state_word(job))
        if verdict:
            chip(verdict.state)
    if job.state == JobState.RUNNING:
        says.caption(progress_text(job))
    elif not verdict:
        says.caption(as_text(job.error_message or ""))
    elif in_words:
        says.caption(as_text(verdict.sentence))
    when.caption(ago_text(job.ended_at or job.created_at), help=exact_time(job.ended_at or job.created_at))

"""Overview: where the work stands, and the next step of it."""

from functools import partial

import streamlit as st

from app.components.frame import PLACES, next_step, page_top, telling_errors
from app.components.status import chip, progress_text, state_word
from app.components.verdict_view import best_model
from app.components.wording import ago_text, as_text, cut_middle, exact_time
from app.datasets import datasets
from app.jobs import jobs, standings
from app.models import models
from app.names import job_title
from app.next_steps import next_step_of_work, try_samples
from app.vocabulary import JobKind, JobState

_LATEST = 8


def steps_of_the_way() -> list[tuple[str, str, str, str, bool]]:
    """(title, what it is, page, icon, done) for each step, judged by what really exists."""
    made = models()
    scored = jobs(kind=JobKind.EVALUATE, state=JobState.SUCCEEDED, limit=1)
    return [
        ("Data", "Examples of how to answer", "data", ":material/table_rows:", bool(datasets())),
        ("Train", "A model learns them", "train", ":material/model_training:", _any(made, "adapter")),
        ("Evaluate", "Proof that it got better", "evaluate", ":material/fact_check:", bool(scored)),
        ("Export", "One file to take home", "export", ":material/compress:", _any(made, "gguf")),
        ("Chat", "Talk to it, serve it", "chat", ":material/forum:", False),
    ]


def _any(made: list[dict], kind: str) -> bool:
    return any(model["kind"] == kind for model in made)


def the_way(steps: list) -> None:
    """The steps side by side, each with a mark when it is done, the next one singled out."""
    following = next((step for step in steps if not step[4]), steps[-1])
    for place, step in zip(st.columns(len(steps)), steps, strict=True):
        title, what, page, icon, done = step
        with place, st.container(border=True, height="stretch"):
            st.page_link(f"pages/{page}.py", label=f"**{title}**", icon=icon)
            st.caption(what)
            if done:
                chip("done")
            elif step is following:
                chip("next")


def recent_work() -> None:
    """The latest jobs, each with its state and the way to it."""
    recent = jobs(limit=_LATEST)
    if not recent:
        return
    st.header("Latest work", anchor=False)
    for job in recent:
        name, state, when = st.columns([0.5, 0.32, 0.18], vertical_alignment="center")
        with name:
            st.page_link(
                f"pages/{PLACES[job.kind]}.py",
                label=f"{job.kind} · {as_text(cut_middle(job_title(job), 48))}",
                query_params={"run" if job.kind == JobKind.TRAIN else "job": job.id},
            )
        with state:
            if job.state == JobState.RUNNING:
                st.caption(progress_text(job))
            else:
                chip(state_word(job), job.error_message)
        when.caption(ago_text(job.created_at), help=exact_time(job.created_at))


def beginning() -> None:
    """For who has nothing yet: how long the way is, and two ways to set out."""
    st.write(
        "Begin with examples: questions as they are asked, answers as you would give them. With samples you see the "
        "whole way, from a dataset to a chat with a model of your own, in a quarter of an hour on a laptop; it takes "
        "0.7 GB of disk."
    )
    with st.bottom.container(horizontal=True):
        if st.button("Try it with samples", type="primary", icon=":material/play_arrow:"):
            with telling_errors():
                st.switch_page("pages/data.py", query_params={"job": try_samples().id})
        if st.button("Bring my own examples", icon=":material/upload_file:"):
            st.switch_page("pages/data.py")


def what_follows(way: list) -> None:
    """For who comes back: what is worth doing next, and why."""
    if step := next_step_of_work():
        st.caption(as_text(step.why))
        next_step(as_text(step.label), step.page, **step.query)
    else:
        title, _, page, _, _ = next((step for step in way if not step[4]), way[-1])
        next_step(f"Next: {title}", page)


latest = standings(limit=_LATEST)
page_top(
    "Overview",
    "From your own text to a small language model you can trust and take home.",
    shows=partial(standings, limit=_LATEST),
)
best_model()
way = steps_of_the_way()
the_way(way)
if latest:
    what_follows(way)
else:
    beginning()
some_run = any(state == JobState.RUNNING for _, state, _ in latest)
st.fragment(recent_work, run_every=3 if some_run else None)()

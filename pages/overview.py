"""Overview: where your work stands, and the next step."""

import os
from functools import partial
from shutil import disk_usage

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.frame import page_header
from app.components.navigation import PLACES, job_query
from app.components.next_step import next_step, next_steps
from app.components.overview.best_model import best_model
from app.components.overview.latest_work import LATEST, latest_work, news
from app.components.status import chip
from app.components.vocabulary import JobKind, JobState
from app.data.datasets import datasets
from app.demo import DEMO_COSTS
from app.jobs.queries import jobs, standings
from app.models.catalogue import default_model
from app.models.model_list import models
from app.next_steps import NextStep, next_step_of_work, try_samples
from app.plumbing.studio import home
from app.wording.names import job_title
from app.wording.numbers import size_text
from app.wording.times import about_text


def steps_of_the_way() -> list[tuple[str, str, str, str, bool]]:
    """(title, description, page, icon, done) of each step; done means that its result exists."""
    made = models(actor())
    scored = jobs(actor(), kind=JobKind.EVALUATE, state=JobState.SUCCEEDED, limit=1)
    return [
        ("Data", "Examples of how to answer", "data", ":material/table_rows:", bool(datasets(actor()))),
        ("Train", "A model learns from them", "train", ":material/model_training:", _any(made, "adapter")),
        ("Evaluate", "Proof that it got better", "evaluate", ":material/fact_check:", bool(scored)),
        ("Export", "One file to download", "export", ":material/compress:", _any(made, "gguf")),
        ("Chat", "Try it, serve it", "chat", ":material/forum:", False),
    ]


def _any(made: list[dict], kind: str) -> bool:
    return any(model["kind"] == kind for model in made)


def the_way(steps: list) -> None:
    """Draw the steps side by side, with chips on those that are done and on the next one."""
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


def what_it_takes() -> str:
    """The time and disk space that the demo took with the default base model, if they were measured."""
    way = DEMO_COSTS.get(default_model(actor()))
    if not way:
        return "Each step shows how long it will take before it starts."
    free = size_text(disk_usage(home()).free)
    return (
        f"That takes {about_text(way.seconds)} of computing, measured on two processor cores (this machine has "
        f"{os.cpu_count()}), and {size_text(way.left_bytes)} of disk space ({free} free)."
    )


def beginning() -> None:
    """For an empty workspace: what to expect, and two ways to start."""
    st.write(
        "Start with examples: questions as they are asked, answers as you would give them. The samples take you "
        f"through every step, from a dataset to a chat with your own model. {what_it_takes()}"
    )
    with st.bottom.container(horizontal=True):
        if st.button("Try it with samples", type="primary", icon=":material/play_arrow:"):
            with showing_errors():
                st.switch_page("pages/data.py", query_params={"job": try_samples(actor()).id})
        if st.button("Bring my own examples", icon=":material/upload_file:"):
            st.switch_page("pages/data.py")


def what_follows(way: list) -> None:
    """For a returning user: the next step and why, or the job that is still running."""
    [newest] = jobs(actor(), limit=1)
    if newest.state in (JobState.QUEUED, JobState.RUNNING):
        why = "It is not finished. The next step will appear here."
        next_steps(NextStep(f"Look at {job_title(newest)}", PLACES[newest.kind], job_query(newest), why))
    elif step := next_step_of_work(actor()):
        next_steps(step)
    else:
        title, _, page, _, _ = next((step for step in way if not step[4]), way[-1])
        next_step(f"Go to {title}", page)


latest = standings(actor(), limit=LATEST)
page_header(
    "Overview",
    "From your own text to a small language model you can trust and run anywhere.",
    shows=partial(standings, actor(), limit=LATEST),
)
shown = news()
best_model()
way = steps_of_the_way()
the_way(way)
if latest:
    what_follows(way)
else:
    beginning()
some_run = any(state == JobState.RUNNING for _, state, _ in latest)
st.fragment(latest_work, run_every=3 if some_run else None)(shown)

"""Evaluate: base and tuned model on the same examples, with intervals and the answers behind every score."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from app.components.actor import actor
from app.components.errors import showing_errors
from app.components.evaluate.blind import blind_view
from app.components.evaluate.download import download_link
from app.components.evaluate.form import ask
from app.components.evaluate.judging.form import judge_form
from app.components.evaluate.judging.rating import rating_view
from app.components.evaluate.judging.result import judging_view
from app.components.evaluate.reports import gate_panel, report_links
from app.components.evaluate.scorecards import evaluation_view
from app.components.evaluate.speed import benchmark_view
from app.components.frame import item_header, page_header
from app.components.job_history import history
from app.components.job_view import condition, follow, job_in_address
from app.components.listing import Row, listing, warn_missing
from app.components.next_step import next_steps
from app.components.status import state_word
from app.components.vocabulary import JobKind
from app.evaluation.answers import answers_or_none
from app.evaluation.blind_votes import asked_pairs
from app.evaluation.evidence import verdict_on
from app.jobs.queries import job, job_count, jobs, standings
from app.jobs.results import EvaluateResult, result_or_none
from app.next_steps import steps_after_evaluation
from app.wording.numbers import plural


def one_evaluation(job_id: str) -> None:
    """Draw an evaluation: its progress, then its scorecards and answers, or the blind comparison."""
    item_header(job(actor(), job_id).name, "All evaluations", "evaluate")
    if "rate" in st.query_params and job(actor(), job_id).kind == JobKind.JUDGE:
        _back(job_id, "What the judge says")
        with showing_errors():
            rating_view(job(actor(), job_id))
        return  # before its end too, and without the history: the ratings are blind
    if follow(job_id):
        found = job(actor(), job_id)
        with showing_errors():
            if found.kind == JobKind.BENCHMARK:
                benchmark_view(found)
                download_link(job_id, "benchmark.json", "Download the figures")
            elif found.kind == JobKind.JUDGE:
                judging_view(found)
                download_link(job_id, "judgements.json", "Download the verdicts")
            elif "judge" in st.query_params:
                _back(job_id, "Scores")
                judge_form(found)
                return
            elif "blind" in st.query_params:
                _back(job_id, "Scores")
                blind_view(found)
                return  # without the history, which names models and scores
            else:
                evaluation_view(found)
                _ways_on(found)
    history(job_id)


def _back(job_id: str, label: str) -> None:
    st.page_link("pages/evaluate.py", label=label, icon=":material/arrow_back:", query_params={"job": job_id})


def _ways_on(found) -> None:
    """The reports, the answers as a file, the gate, the blind comparison, judges, and the next step."""
    with st.container(horizontal=True):
        report_links(found.id)
        download_link(found.id, "predictions.json", "Download the answers")
    gate_panel(found.id)
    answers = answers_or_none(found)
    if answers and asked_pairs(actor(), found.id).pairs:
        query = {"job": found.id, "blind": "1"}
        st.page_link(
            "pages/evaluate.py", label="Compare the answers blind", icon=":material/balance:", query_params=query
        )
    if answers and answers.models:
        query = {"job": found.id, "judge": "1"}
        st.page_link(
            "pages/evaluate.py", label="Have a model judge the answers", icon=":material/gavel:", query_params=query
        )
    if steps := steps_after_evaluation(actor(), found):
        next_steps(*steps)


def earlier() -> None:
    """Draw the list of evaluations."""
    if count := job_count(actor(), JobKind.EVALUATE):
        listing("All evaluations", "evaluate", count, _rows)


def _rows(newest: int) -> Iterable[Row]:
    return map(_row, jobs(actor(), kind=JobKind.EVALUATE, limit=newest))


def _row(one) -> Row:
    result, verdict = result_or_none(one, EvaluateResult), verdict_on(actor(), one)
    facts = [plural(result.examples, f"{result.split} example"), verdict.sentence] if result and verdict else []
    return Row(one.name, {"job": one.id}, state_word(one), facts, one.created_at)


chosen = job_in_address(JobKind.EVALUATE, JobKind.BENCHMARK, JobKind.JUDGE)
shows = partial(condition, chosen) if chosen else partial(standings, actor(), JobKind.EVALUATE)
page_header("Evaluate", "See whether it got better: any models, the same examples, the same metrics.", chosen, shows)
if chosen:
    one_evaluation(chosen)
else:
    if not warn_missing("evaluation", "job"):
        ask()
    earlier()

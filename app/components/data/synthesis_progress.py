"""The progress of a synthesis: examples, tokens and cost so far."""

import streamlit as st

from app.components.actor import actor
from app.components.job_view import refresh_seconds
from app.jobs.queries import job, job_metrics


def synthesis_progress(job_id: str) -> None:
    """Draw the examples kept, tokens used and cost, refreshed while the job runs."""
    st.fragment(_amounts_so_far, run_every=refresh_seconds(job(actor(), job_id)))(job_id)


def _amounts_so_far(job_id: str) -> None:
    points = {name: series[-1][1] for name, series in job_metrics(actor(), job_id).items() if series}
    if not points:
        return
    accepted, tokens, cost = st.columns(3)
    accepted.metric("Examples kept", f"{points.get('accepted', 0):,.0f}")
    tokens.metric("Tokens used", f"{points.get('tokens', 0):,.0f}")
    cost.metric("Cost", f"${points['cost_usd']:,.4f}" if points.get("cost_usd") else "–")

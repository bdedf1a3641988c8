"""The list of deployments: state, address, code to call them."""

import streamlit as st

from app.components.actor import actor
from app.components.delete_button import delete_button
from app.components.errors import showing_errors
from app.components.status import chip
from app.components.vocabulary import DeploymentState, DesiredState
from app.serve.deployments import deployments, restart_deployment, stop_deployment
from app.serve.snippets import snippets
from app.wording.markdown import as_text
from app.wording.times import ago_text, exact_time


def conditions() -> list[tuple]:
    """What the list of deployments shows of each."""
    return [(one.id, one.state, one.desired_state, one.address, one.error_message) for one in deployments(actor())]


@st.fragment
def running() -> None:
    """Draw every deployment with its state, address and code to call it."""
    known = deployments(actor())
    if not known:
        st.info("Nothing is served yet. Serving gives your model an address that speaks OpenAI's format.")
    for deployment in known:
        with st.container(border=True):
            one(deployment)


def one(deployment) -> None:
    """Draw a deployment: state, address, code to call it, and the Stop or Start button."""
    name, state, act = st.columns([0.6, 0.2, 0.2], vertical_alignment="center")
    name.markdown(f"**{as_text(deployment.name)}**")
    with state:
        chip(str(deployment.state), exact_time(deployment.ready_at))
    with act:
        wanted = deployment.desired_state == DesiredState.RUNNING
        label, icon, action = (
            ("Stop", "stop", stop_deployment) if wanted else ("Start", "play_arrow", restart_deployment)
        )
        if st.button(label, icon=f":material/{icon}:", key=f"{label}-{deployment.id}"):
            with showing_errors():
                action(actor(), deployment.id)
    if deployment.state == DeploymentState.READY:
        st.caption(f"{deployment.address} · documentation: {deployment.address}/docs")
        calls = snippets(actor(), deployment)
        for tab, (language, lines) in zip(st.tabs(list(calls)), calls.values(), strict=True):
            tab.code(lines, language=language, wrap_lines=True)
    elif deployment.state == DeploymentState.FAILED:
        st.error(f"{as_text(deployment.error_message or '')}\n\n{as_text(deployment.error_remedy or '')}")
    elif deployment.stopped_at:
        st.caption(f"Stopped {ago_text(deployment.stopped_at)}.")
    if not wanted:
        delete_button("deployment", deployment.id, "Delete")

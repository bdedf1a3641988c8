"""Serve: a model behind an API that other programs can call, started and stopped here."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_model
from app.components.delete_button import delete_button
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.frame import page_header
from app.components.status import chip
from app.components.verdict_view import why_not_recommended
from app.components.vocabulary import DeploymentState, DesiredState
from app.serve.deployments import deployments, restart_deployment, start_deployment, stop_deployment
from app.serve.snippets import snippets
from app.wording.markdown import as_text
from app.wording.times import ago_text, exact_time

_HERE, _LAST_PORT = "127.0.0.1", 65535
_NEW_KEY = "serve-new-key"  # session key: the API key to show


def ask() -> None:
    """Draw the form: which model, on which address."""
    form = Form("serve")
    model = choose_model(("gguf", "adapter", "base"))
    with st.expander("Advanced", icon=":material/tune:"):
        a, b = st.columns(2)
        host = a.text_input(
            "Listen on",
            help="127.0.0.1: this machine only. Any other address gets an API key.",
            **form.bind("host", _HERE),
        )
        port = b.number_input("Port", step=1, help="0 picks a free port.", **form.bind("port", 8000))
        if not 0 <= port <= _LAST_PORT:
            form.reject(b, f"Port must be at least 0 and at most {_LAST_PORT:,}.")
        reranker = st.text_input(
            "Reranker", placeholder="folder or hub id of a cross-encoder, for /rerank", **form.bind("reranker", "")
        ).strip()
    missing = next(iter(form.problems), None if model else "Choose a model")
    why = f"Not yet: {missing}" if missing else why_not_recommended(model)
    kind, icon, key = "secondary" if why else "primary", ":material/dns:", "next-start-serving"
    with st.bottom.container(horizontal=True, vertical_alignment="center"):
        starts = st.button("Start serving", type=kind, icon=icon, disabled=bool(missing), key=key)
        if why:
            st.caption(as_text(why))
    if starts:
        with showing_errors(st.bottom):
            started = start_deployment(
                actor(), model["reference"], reranker=reranker or None, host=host.strip() or _HERE, port=port
            )
            form.clear()
            if started.key:
                st.session_state[_NEW_KEY] = started.key
    if _NEW_KEY in st.session_state:
        new_key(st.session_state[_NEW_KEY])


def new_key(key: str) -> None:
    """Show the key of a new deployment until it is confirmed: the page may be redrawn."""
    st.warning("Clients must send this key. It is shown only once: the studio stores only its hash.")
    st.code(key, language=None)
    if st.button("I have saved it", icon=":material/check:"):
        del st.session_state[_NEW_KEY]
        st.rerun()


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


page_header("Serve", "Give your model an address that other programs can call, in OpenAI's format.", shows=conditions)
ask()
st.header("Deployments", anchor=False)
running()

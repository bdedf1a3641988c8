"""The form that starts a deployment, and the key it may get."""

import streamlit as st

from app.components.actor import actor
from app.components.choices import choose_model
from app.components.errors import showing_errors
from app.components.form import Form
from app.components.verdict_view import why_not_recommended
from app.serve.deployments import start_deployment
from app.wording.markdown import as_text

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

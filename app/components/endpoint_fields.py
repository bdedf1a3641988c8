"""Fields of an OpenAI-compatible server: its address, a model's name there, and where its key is."""

import streamlit as st

from app.components.form import Form
from app.components.validation import why_no_endpoint, why_no_key_name


def endpoint_fields(
    form: Form, names: tuple[str, str, str], given: tuple[str, str, str], whose: str = "", required: bool = False
) -> tuple[str, str, str]:
    """Ask for address, model and the key's environment variable, in three columns; what is wrong is said at its field.

    `names` are the fields' names in the form, `given` their first values; `whose` begins each label.
    """
    address, name, key = st.columns(3)
    endpoint = address.text_input(
        f"{whose} address".strip().capitalize(),
        placeholder="http://127.0.0.1:8000/v1",
        help="On this machine, or a server listed in TUNEWRIGHT_SYNTHESIS_ENDPOINTS. Only listed servers are sent "
        "the key.",
        **form.bind(names[0], given[0]),
    ).strip()
    model = name.text_input(
        f"{whose} model".strip().capitalize(),
        placeholder="its name on that server",
        **form.bind(names[1], given[1]),
    ).strip()
    variable = key.text_input(
        f"Environment variable with {f'the {whose} key' if whose else 'the key'}",
        help="Its name ends in _API_KEY. The key itself is never stored.",
        **form.bind(names[2], given[2]),
    ).strip()
    if endpoint and (problem := why_no_endpoint(endpoint)):
        form.reject(address, problem)
    if required and not endpoint:
        form.reject(address, "Give the server's address.")
    if required and not model:
        form.reject(name, "Name the model on that server.")
    if problem := why_no_key_name(variable):
        form.reject(key, problem)
    return endpoint, model, variable

"""The system prompt and the sampling settings of a conversation."""

import streamlit as st

from storage.rows import Conversation


def sampling_settings(shown: Conversation | None) -> dict:
    """The fields of SamplingSettings as chosen; they start at those of the conversation's last question."""
    last, of = (shown.settings, shown.id) if shown else ({}, "new")
    with st.expander("System prompt and sampling", icon=":material/tune:"):
        system = st.text_area(
            "System prompt", last.get("system", ""), placeholder="None", height=80, max_chars=20_000,
            key=f"chat-system-{of}",
        ).strip()  # fmt: skip
        a, b, c, d, e = st.columns(5)
        settings = {
            "temperature": a.number_input(
                "Temperature", 0.0, 5.0, float(last.get("temperature", 0)), 0.1, key=f"chat-temperature-{of}",
                help="Randomness. 0 is greedy decoding: always the likeliest token.",
            ),
            "top_p": b.number_input(
                "Top-p", 0.01, 1.0, float(last.get("top_p", 0.95)), 0.05, key=f"chat-top-p-{of}",
                help="Sample only from the likeliest tokens that add up to this probability.",
            ),
            "max_tokens": c.number_input(
                "Maximum answer length, tokens", 1, 4096, last.get("max_tokens", 256), key=f"chat-tokens-{of}"
            ),
            "seed": d.number_input(
                "Seed", 0, 2**31 - 1, last.get("seed", 42), key=f"chat-seed-{of}",
                help="The same seed and settings give the same answer.",
            ),
        }  # fmt: skip
        stops = e.text_input(
            "Stop at", next(iter(last.get("stop", ())), ""), placeholder="text", max_chars=64, key=f"chat-stop-{of}"
        )
    return settings | ({"system": system} if system else {}) | ({"stop": [stops]} if stops else {})

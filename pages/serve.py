"""Serve: a model behind an API that other programs can call, started and stopped here."""

import streamlit as st

from app.components.frame import page_header
from app.components.serve.deployments import conditions, running
from app.components.serve.form import ask

page_header("Serve", "Give your model an address that other programs can call, in OpenAI's format.", shows=conditions)
ask()
st.header("Deployments", anchor=False)
running()

"""The evaluate page."""

import streamlit as st

st.title("Evaluate")

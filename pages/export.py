"""The export page."""

import streamlit as st

st.title("Export")

"""The serve page."""

import streamlit as st

st.title("Serve")

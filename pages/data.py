"""The data page."""

import streamlit as st

st.title("Data")

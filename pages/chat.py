"""The chat page."""

import streamlit as st

st.title("Chat")

"""The frame around every page: page settings, logo, and navigation in the order of the work."""

import streamlit as st

from app.components.navigation import SECTIONS
from app.components.scripted import ASSETS, scripted
from app.components.visits import page_opened

st.set_page_config(page_title="Tunewright", page_icon=str(ASSETS / "mark.svg"), layout="wide")
st.html(ASSETS / "frame.css")
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "mark.svg"), size="large")

opened = st.navigation(
    {
        section: [
            st.Page(f"pages/{page.slug}.py", title=page.title, icon=page.icon, default=page.default) for page in pages
        ]
        for section, pages in SECTIONS.items()
    },
    expanded=True,
)
with st.sidebar:
    scripted("address", "<span hidden></span>", key="address")
    scripted("tables", "<span hidden></span>", key="tables")
if not page_opened(opened.url_path):
    # A link from a page to itself changes what is drawn but not the address, so the address is set here. On the way to
    # another page this would be too early: the history would record the page being left, without its query.
    st.query_params.from_dict(st.query_params.to_dict())
opened.run()

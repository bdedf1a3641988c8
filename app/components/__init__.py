"""The only shared Streamlit code: one module for each thing drawn on several pages."""

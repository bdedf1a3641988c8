"""Showing expected failures on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.wording.markdown import as_text
from core.errors import TunewrightError


@contextmanager
def showing_errors(place=st) -> Iterator[None]:
    """Show an expected failure of the body instead of raising it; inputs stay on screen."""
    try:
        yield
    except TunewrightError as error:
        show_error(error, place)


def show_error(error: TunewrightError, place=st) -> None:
    """Draw an expected failure: what happened and what to do about it."""
    place.error(f"{as_text(error.message)}\n\n{as_text(error.remedy)}".strip(), icon=":material/error:")

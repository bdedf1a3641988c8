"""Expected failures, shown in words where they happened."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.wording.markdown import as_text
from core.errors import TunewrightError


@contextmanager
def showing_errors(place=st) -> Iterator[None]:
    """Show an expected failure of the body to the person instead of raising it; what they typed stays on screen."""
    try:
        yield
    except TunewrightError as error:
        show_error(error, place)


def show_error(error: TunewrightError, place=st) -> None:
    """An expected failure, in words: what happened and what to do about it."""
    place.error(f"{as_text(error.message)}\n\n{as_text(error.remedy)}".strip(), icon=":material/error:")

"""The examples behind the scores, a page at a time: sorted, filtered, with what differs marked."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error, showing_errors
from app.components.evaluate.example import example_view
from app.components.evaluate.filters import choose_view
from app.components.evaluate.marked import marked_style
from app.components.evaluate.metrics import model_labels
from app.components.evaluate.new_dataset import dataset_form
from app.evaluation.answers import indexing_of
from app.evaluation.browsing import View, find_examples
from app.wording.numbers import plural
from core.errors import BusyError, NotFoundError, TunewrightError
from core.specs.results.forgetting import GENERAL_SPLIT

_SIZES = (5, 10, 25)
_FROM_REFERENCE, _BETWEEN, _OFF = "From the reference", "Between two models", "None"
_POLL_SECONDS = 1


def answers_view(evaluation, split: str) -> None:
    """Draw the examples of a split behind the scores, or how far making their index is."""
    if indexing_of(evaluation):
        _indexing(evaluation)
        return
    try:
        found = find_examples(actor(), evaluation, View(split=split))
    except NotFoundError:
        return  # the scores are left, in the database
    except BusyError:
        _indexing(evaluation)
        return
    except TunewrightError as error:  # of making the index: the rest of the page stands
        show_error(error)
        return
    if len(found.places):
        st.header("Answers behind the scores", anchor=False)
        marked_style()
        _browser(evaluation, split)


@st.fragment(run_every=_POLL_SECONDS)
def _indexing(evaluation) -> None:
    indexing = indexing_of(evaluation)
    if not indexing:
        st.rerun()
    st.progress(indexing.done, text="Indexing the answers, once: an older version left them without an index")


@st.fragment
def _browser(evaluation, split: str) -> None:
    """Its own fragment: paging and filtering redraw nothing else."""
    key, labels = f"{evaluation.id}-{split}", model_labels(evaluation)
    try:
        whole = find_examples(actor(), evaluation, View(split=split))
        found = find_examples(actor(), evaluation, choose_view(whole, labels, key))
    except TunewrightError as error:
        show_error(error)
        return
    count, places = st.columns([0.6, 0.4], vertical_alignment="center")
    total = len(found.places)
    count.markdown(f"**{plural(total, 'example')}** of {len(whole.places):,}")
    if not total:
        st.info("No example passes these filters. Take one of them back.", icon=":material/filter_list_off:")
        return
    with places.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        size = st.selectbox("Examples a page", _SIZES, key=f"size-{key}", label_visibility="collapsed", width=90)
    marked = _marked(found, labels, key)
    # Each view starts at its own first page.
    pages = -(-total // size)
    page = min(st.session_state.get(f"p-{key}-{hash(found.view)}-{size}", 1), pages)  # there may be fewer than before
    with showing_errors():
        for shown in found.page((page - 1) * size, size):
            example_view(evaluation, found, shown, labels, marked)
    st.pagination(pages, key=f"p-{key}-{hash(found.view)}-{size}")
    if split != GENERAL_SPLIT:  # whose references are only one way to be right
        dataset_form(evaluation, found, labels, key)


def _marked(found, labels: dict[str, str], key: str) -> str | None:
    """What the answers' differences are marked from: "" for the reference, a model's name, or None for nothing."""
    if not found.tally.has_answers:
        return None
    choices = [_FROM_REFERENCE, *([_BETWEEN] if len(labels) > 1 else []), _OFF]
    chosen = st.segmented_control(
        "Mark differences", choices, default=_FROM_REFERENCE, required=True, key=f"marked-{key}",
        help="Underlined: what the answer adds. Struck through: what it leaves out.",
    )  # fmt: skip
    if chosen == _BETWEEN:
        return st.selectbox("Differences from the answer of", list(labels), format_func=labels.get, key=f"than-{key}")
    return "" if chosen == _FROM_REFERENCE else None

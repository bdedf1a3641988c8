"""One example of an evaluation: what was asked, the reference, the answers side by side, and what you say of it."""

import streamlit as st

from app.components.actor import actor
from app.components.errors import show_error
from app.components.evaluate.marked import marked_text
from app.components.evaluate.metrics import label
from app.components.long_text import long_text
from app.evaluation.browsing import Found, Shown
from app.evaluation.remarks import LONGEST_COMMENT, remark_on, remarks_by_place
from app.wording.markdown import as_text, cut_middle
from app.wording.numbers import number_text
from core.errors import ConflictError, TunewrightError
from core.evaluation.browsing.asked_again import asked_in_full
from core.specs.results.evaluate import Prediction
from storage.rows import Remark

_MOST_CHARACTERS = 20_000
_BESIDE = 4
"""Answers side by side; further ones go below."""


def example_view(evaluation, found: Found, shown: Shown, labels: dict[str, str], marked: str | None) -> None:
    """Draw an example. What differs is marked from the reference if `marked` is empty, else from this model's answer;
    with None nothing is marked."""
    row, models = shown.row, list(labels)
    with st.container(border=True):
        _head(evaluation, found, shown)
        long_text("\n".join(part for part in (row.instruction, row.input) if part))
        _asked_in_full(row)
        places = [
            place for _ in range(0, len(models) + 1, _BESIDE) for place in st.columns(min(_BESIDE, len(models) + 1))
        ]
        with places[0]:
            st.caption("Reference")
            marked_text(row.reference)
        than = row.reference if marked == "" else row.predictions.get(marked or "")
        for place, model in zip(places[1:], models, strict=False):
            scores, name = row.scores.get(model, {}), as_text(labels[model])
            if model in row.predictions:
                with place:
                    st.caption(f"{name} · {_how_good(found, model, scores)}")
                    marked_text(row.predictions[model], None if marked == model else than)
            elif "loss" in scores:  # of plain text; an endpoint tells none
                place.caption(f"{name} · loss {number_text(scores['loss'])} nats per token")


def _asked_in_full(row: Prediction) -> None:
    """The system prompt, earlier turns and offered tools, folded, where there are any."""
    if parts := asked_in_full(row):
        with st.expander("All that was asked", icon=":material/forum:"):
            for role, text in parts:
                st.caption(as_text(role.capitalize()))
                st.text(text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]} …")


def _head(evaluation, found: Found, shown: Shown) -> None:
    """Which example it is, its labels, and the remark."""
    row, remark = shown.row, shown.remark
    labels = [value for value in (row.topic, row.source, *row.tags) if value]
    told = " · ".join([f"Example {shown.place + 1:,}", *(as_text(cut_middle(label, 60)) for label in labels)])
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(told, width="content")
        with st.popover("Remark" if remark else "Add a remark", icon=":material/edit_note:", type="tertiary"):
            _remark_form(evaluation, found, shown)
    if remark:
        tags = " ".join(f":blue-badge[{as_text(tag)}]" for tag in remark.tags)
        st.markdown(f":material/edit_note: {as_text(remark.comment)} {tags}")


def _remark_form(evaluation, found: Found, shown: Shown) -> None:
    remark, key = shown.remark, _key(evaluation.id, shown.place, shown.remark)
    mine = list(remark.tags) if remark else []
    typed = st.session_state.get(f"tags-{key}", ())  # kept where a save was refused
    known = sorted({*mine, *typed, *(tag for other in found.remarks.values() for tag in other.tags)})
    with st.form(f"remark-{key}", border=False):
        if error := st.session_state.pop(_refused(evaluation.id, shown.place), None):
            show_error(error)
        st.text_area("Comment", remark.comment if remark else "", max_chars=LONGEST_COMMENT, key=f"comment-{key}")
        st.multiselect(
            "Tags", known, mine, accept_new_options=True, placeholder="Type one and press Enter",
            key=f"tags-{key}",
        )  # fmt: skip
        st.form_submit_button(
            "Save", type="primary", help="Without comment and tags, the remark is removed.", key=f"save-{key}",
            on_click=_save, args=(evaluation.id, shown, key),
        )  # fmt: skip


def _key(evaluation_id: str, place: int, remark: Remark | None) -> str:
    """Of a form's fields: others for another remark, so that they never show one that was replaced elsewhere."""
    return f"{evaluation_id}-{place}" + (f"-{remark.changed_at.timestamp()}" if remark else "")


def _save(evaluation_id: str, shown: Shown, key: str) -> None:
    """Keep what was typed; what cannot be kept stays in its fields, and the form says why."""
    comment, tags = st.session_state[f"comment-{key}"], st.session_state[f"tags-{key}"]
    try:
        over = shown.remark and shown.remark.changed_at
        remark_on(actor(), evaluation_id, shown.place, comment, tags, over)
    except TunewrightError as error:
        st.session_state[_refused(evaluation_id, shown.place)] = error
        if isinstance(error, ConflictError):
            newer = _key(evaluation_id, shown.place, remarks_by_place(actor(), evaluation_id).get(shown.place))
            st.session_state[f"comment-{newer}"], st.session_state[f"tags-{newer}"] = comment, tags


def _refused(evaluation_id: str, place: int) -> str:
    """Where the error of a save stands until the form is drawn."""
    return f"refused-{evaluation_id}-{place}"


def _how_good(found: Found, model: str, scores: dict) -> str:
    """What became of the answer, with the score by which examples are sorted, and whether it ended."""
    told = [str(found.tally.how_good(scores))]
    metric = found.view.metric
    if metric in scores and not (found.tally.right_or_wrong and metric == found.tally.measure):
        told.append(f"{label(metric)} {number_text(scores[metric])}")
    if scores.get("ended") == 0:
        told.append("did not end")
    return " · ".join(told)

"""Which examples of an evaluation to show, and in which order."""

from dataclasses import replace

import streamlit as st

from app.components.evaluate.metrics import label
from app.evaluation.browsing import LONGEST_SEARCH, Found, View
from core.specs.kinds import Length, Order, Outcome

_ORDERS = {
    "Dataset order": Order.DATASET, "Best first": Order.BEST, "Worst first": Order.WORST,
    "Largest gain": Order.GAIN, "Largest loss": Order.LOSS, "Random": Order.RANDOM,
}  # fmt: skip
_BY_METRIC = ("Best first", "Worst first", "Largest gain", "Largest loss")
_LENGTHS = {"Short": Length.SHORT, "Middle": Length.MIDDLE, "Long": Length.LONG}
_MOST_CHOICES = 1000
_ANY = {"index": None, "placeholder": "any"}


def choose_view(whole: Found, labels: dict[str, str], key: str) -> View:
    """Draw the choices for an evaluation's split; `whole` is what stands behind them."""
    models = list(whole.tally.cards)
    orders = [name for name in _ORDERS if len(models) > 1 or name not in ("Largest gain", "Largest loss")]
    chosen = st.segmented_control("Order", orders, default="Dataset order", required=True, key=f"o-{key}")
    view = {"split": whole.view.split, "order": _ORDERS[chosen], "model": whole.view.model}
    places = iter(st.columns(4, vertical_alignment="bottom"))
    view["search"] = next(places).text_input(
        "Search", placeholder="in questions, references, answers", max_chars=LONGEST_SEARCH, key=f"find-{key}"
    )
    if len(models) > 1:
        view["model"] = next(places).selectbox(
            "Answers of", models, index=models.index(whole.view.model), format_func=labels.get, key=f"of-{key}"
        )
    if chosen in _BY_METRIC:
        metrics = whole._replace(view=replace(whole.view, model=view["model"])).metrics
        first = metrics.index(whole.view.metric) if whole.view.metric in metrics else 0
        view["metric"] = next(places).selectbox(
            "By", metrics, index=first, format_func=label, key=f"by-{key}-{view['model']}"
        )
    if view["order"] in (Order.GAIN, Order.LOSS):
        others = [name for name in models if name != view["model"]]
        known = others.index(whole.view.against) if whole.view.against in others else 0
        view["against"] = next(places).selectbox(
            "Above" if view["order"] == Order.GAIN else "Below", others, index=known, format_func=labels.get,
            key=f"than-which-{key}-{view['model']}",
        )  # fmt: skip
    if view["order"] == Order.RANDOM:
        view["seed"] = st.session_state.setdefault(f"seed-{key}", 0)
        if next(places).button("Shuffle again", icon=":material/shuffle:", key=f"shuffle-{key}"):
            view["seed"] = st.session_state[f"seed-{key}"] = view["seed"] + 1
    return View(**view, **_filters(whole, labels[view["model"]], key))


def _filters(whole: Found, model: str, key: str) -> dict:
    """Slices of the examples: only those are offered that this evaluation has."""
    found: dict = {}
    with st.expander("Filter", icon=":material/filter_list:"), st.container(horizontal=True):
        if whole.tally.has_answers:
            found["outcome"] = st.selectbox(
                "Outcome", list(reversed(Outcome)), key=f"outcome-{key}", width=170, help=f"Of {model}.", **_ANY
            )
        length = st.selectbox(
            "Length", list(_LENGTHS), key=f"length-{key}", width=130, help="Thirds, by the reference.", **_ANY
        )
        found["length"] = _LENGTHS.get(length)
        for name in ("topic", "source"):
            values = [value for value in whole.answers.values(name) if value][:_MOST_CHOICES]
            if values:
                found[name] = st.selectbox(name.capitalize(), values, key=f"{name}-{key}", width=200, **_ANY) or ""
        if tags := whole.tags[:_MOST_CHOICES]:
            found["tag"] = st.selectbox("Tag", tags, key=f"tag-{key}", width=200, **_ANY) or ""
        if whole.tally.has_answers and len(whole.tally.cards) > 1:
            found["disagree"] = st.checkbox(
                "Models disagree", key=f"disagree-{key}", help="One answer is right or close, another is missed."
            )
        if whole.remarks:
            found["remarked"] = st.checkbox("With your remarks", key=f"remarked-{key}")
    return found

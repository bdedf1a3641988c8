"""The list of datasets, newest first, each with its newest version; and the one the address names."""

import streamlit as st

from app.components.actor import actor
from app.components.listing import Row, listing
from app.data.datasets import dataset, datasets
from core.errors import NotFoundError


def all_datasets() -> None:
    """Draw the list, or what to do if it is empty."""
    known = list({one["root"]: one for one in reversed(datasets(actor()))}.values())[::-1]
    if not known:
        st.info("No dataset yet: yours will appear here. To look around first, make samples; that takes seconds.")
        return
    listing("All datasets", "data", len(known), lambda newest: map(_row, known[:newest]))


def dataset_in_address() -> dict | None:
    """The dataset named in the address; None if it does not exist."""
    try:
        return dataset(actor(), st.query_params.get("dataset", ""))
    except NotFoundError:
        return None


def _row(dataset: dict) -> Row:
    report = dataset["report"]
    splits = [f"{count:,} {split}" for split, count in report.splits.items()]
    return Row(dataset["title"], {"dataset": dataset["id"]}, report.state, splits, dataset["created_at"])

"""What was typed is kept by browser and page, and goes when it was asked for or nobody came back."""

from sqlalchemy import update

from storage.drafts import KEPT_SECONDS, add_to_draft, read_draft, remove_draft
from storage.rows import Draft, from_now


def test_values_add_up_apart_for_each_browser_and_page(store):
    add_to_draft(store, "ann", "train", {"epochs": 7.0, "name": "first"})
    add_to_draft(store, "ann", "train", {"name": None, "types": ["q8_0"]})
    add_to_draft(store, "bob", "train", {"epochs": 1.0})
    assert read_draft(store, "ann", "train") == {"epochs": 7.0, "name": None, "types": ["q8_0"]}
    assert read_draft(store, "ann", "data") == {}
    remove_draft(store, "ann", "train")
    assert read_draft(store, "ann", "train") == {}
    assert read_draft(store, "bob", "train") == {"epochs": 1.0}


def test_a_draft_that_nobody_comes_back_to_goes(store):
    for browser in ("gone", "here"):
        add_to_draft(store, browser, "train", {"epochs": 7.0})
    with store.write() as session:
        long_ago = from_now(-KEPT_SECONDS - 60)
        session.execute(update(Draft).where(Draft.browser == "gone").values(updated_at=long_ago))
    add_to_draft(store, "here", "data", {"count": 5})
    assert read_draft(store, "gone", "train") == {}
    assert read_draft(store, "here", "train") == {"epochs": 7.0}
